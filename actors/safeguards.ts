/**
 * The supervisor of everything that watches and decides whether the host may go on: health,
 * degradation, trading mode and posture, and whoever joins them.
 */
import { type AnySpec, type SupervisorSpec, supervisor } from './child.ts';
import { degradationChild } from './degradation.ts';
import { healthChild, probesSupervisor } from './health.ts';
import type { HealthChecks } from './ports.ts';
import { postureChild } from './posture.ts';
import { tradingModeChild } from './trading-mode.ts';

/** Where each of them lives; they find each other by these paths. */
export const safeguardPaths = {
  root: '/safeguards',
  posture: '/safeguards/posture',
  degradation: '/safeguards/degradation',
  tradingMode: '/safeguards/tradingMode',
  safety: '/safeguards/safety',
  alerts: '/safeguards/alerts',
  health: '/safeguards/health',
  probes: '/safeguards/probes',
} as const;

export interface SafeguardsOptions {
  readonly checks: HealthChecks;
  /** Further safeguards; those called `safety` and `alerts` are told of scores and states. */
  readonly children?: readonly AnySpec[];
}

/**
 * Describes `/safeguards`. Receivers start before those who send to them. Each works alone while
 * the others are down: what it was told last holds.
 */
export function safeguards({ checks, children = [] }: SafeguardsOptions): SupervisorSpec {
  const paths = safeguardPaths;
  const isHere = (id: string) => children.some((child) => child.id === id);
  const safety = isHere('safety') ? [paths.safety] : [];
  return supervisor({
    id: 'safeguards',
    // Restarting is cheap and nothing is lost by it; without them the host is blind.
    intensity: 100,
    periodMs: 60_000,
    children: [
      postureChild([paths.degradation, paths.tradingMode, ...safety]),
      degradationChild([paths.posture]),
      tradingModeChild([paths.posture]),
      ...children,
      healthChild([paths.degradation, ...safety]),
      probesSupervisor(checks, [paths.health]),
    ],
  });
}
