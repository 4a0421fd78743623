/**
 * The supervisor of everything that watches and decides whether the host may go on: health,
 * degradation, safety, trading mode and posture, and the alerts that tell people.
 */
import { type AlertsPorts, alertsChild } from './alerts.ts';
import { type SupervisorSpec, supervisor } from './child.ts';
import { degradationChild } from './degradation.ts';
import { type EmergencyPlanPorts, emergencyPlanChild } from './emergency-plan.ts';
import { healthChild, probesSupervisor } from './health.ts';
import type { HealthChecks } from './ports.ts';
import { postureChild } from './posture.ts';
import { safeguardPaths as paths } from './safeguard-paths.ts';
import { safetyChild } from './safety.ts';
import { signalsSupervisor } from './signal-breaker.ts';
import { tradingModeChild } from './trading-mode.ts';

export { safeguardPaths } from './safeguard-paths.ts';

export type SafeguardPorts = AlertsPorts & EmergencyPlanPorts;

export interface SafeguardsOptions {
  readonly checks: HealthChecks;
  /** Without them the tree can be replayed: nobody is told, and nothing is stopped. */
  readonly ports?: SafeguardPorts | undefined;
}

/**
 * Describes `/safeguards`. Receivers start before those who send to them. Each works alone while
 * the others are down: what it was told last holds.
 */
export function safeguards({ checks, ports }: SafeguardsOptions): SupervisorSpec {
  return supervisor({
    id: 'safeguards',
    // Restarting is cheap and nothing is lost by it; without them the host is blind.
    intensity: 100,
    periodMs: 60_000,
    children: [
      alertsChild(ports),
      postureChild([paths.degradation, paths.safety, paths.tradingMode]),
      degradationChild([paths.posture], [paths.health]),
      tradingModeChild([paths.posture], [paths.plan, paths.safety]),
      emergencyPlanChild(ports),
      safetyChild(),
      healthChild([paths.degradation, paths.safety]),
      probesSupervisor(checks, [paths.health]),
      signalsSupervisor(),
    ],
  });
}
