/** What is known of the health of a system, as plain data. */
import type { HealthMonitorContext } from '../machines/health-monitor.ts';
import type { HealthProbeContext } from '../machines/health-probe.ts';
import { availabilityOf, uptimeOf } from '../machines/policies/availability.ts';
import type { ComponentState } from '../machines/policies/health-score.ts';

export interface ComponentReport {
  readonly id: string;
  readonly state: ComponentState;
  readonly weight: number;
  readonly critical: boolean;
  readonly isAnomalous: boolean;
  /** Failures in a row, and all outcomes so far. */
  readonly failureCount: number;
  readonly passCount: number;
  readonly failCount: number;
  /** Time not spent down since its start, ms, and its share of the whole. */
  readonly uptimeMs: number;
  readonly availabilityRatio: number;
  /** The newest measured value; null without one. */
  readonly value: number | null;
  /** Why it does not pass; null while it does. */
  readonly why: string | null;
  /** Time of its last report, logical ms. */
  readonly atMs: number;
}

export interface HealthReport {
  /** 0 (worst) to 100 (best); 100 while nothing is watched. */
  readonly score: number;
  /** The worst that is said of any component. */
  readonly state: ComponentState;
  readonly atMs: number;
  /** Sorted by id. A probe without an outcome is not in it yet. */
  readonly components: readonly ComponentReport[];
}

const worstFirst = ['down', 'failing', 'passing'] as const;

/** @param probeOf what a probe knows of itself; undefined while it is down. */
export function healthReport(
  monitor: HealthMonitorContext | undefined,
  at: number,
  probeOf: (id: string) => HealthProbeContext | undefined,
): HealthReport {
  const known = monitor?.components ?? {};
  const components = Object.keys(known)
    .sort()
    .map((id): ComponentReport => {
      const { state, weight, critical, isAnomalous, atMs, failureCount } = known[id]!;
      const probe = probeOf(id);
      return {
        id,
        state,
        weight,
        critical,
        isAnomalous,
        failureCount,
        passCount: probe?.passCount ?? 0,
        failCount: probe?.failCount ?? 0,
        uptimeMs: probe ? uptimeOf(probe, at) : 0,
        availabilityRatio: probe ? availabilityOf(probe, at) : 0,
        value: probe?.values.at(-1) ?? null,
        why: probe ? probe.why : 'its probe is down',
        atMs,
      };
    });
  const state = worstFirst.find((one) => components.some((each) => each.state === one));
  return { score: monitor?.score ?? 100, state: state ?? 'passing', atMs: at, components };
}
