/** How often components failed, and for which share of the time the system was available. */
import type { ComponentHealth, SafetyLevel } from './safety-level.ts';

export type SafetyMetrics = {
  /** Since when it is counted, ms; null before the first evidence. */
  readonly sinceMs: number | null;
  /** Time of the newest evidence, ms. */
  readonly lastAtMs: number;
  /** Time in critical or emergency, ms. */
  readonly unavailableMs: number;
  /** Times that a component stopped passing, by its id. */
  readonly failureCounts: Readonly<Record<string, number>>;
};

export const noMetrics: SafetyMetrics = {
  sinceMs: null,
  lastAtMs: 0,
  unavailableMs: 0,
  failureCounts: {},
};

/** Components that are counted each; failures of further ones are counted together. */
const componentCountMax = 256;
export const otherComponents = '(others)';

/** The metrics at `at`, after a stretch at `level`. Time that goes back adds nothing. */
export function metricsAt(metrics: SafetyMetrics, level: SafetyLevel, at: number): SafetyMetrics {
  if (metrics.sinceMs === null) return { ...metrics, sinceMs: at, lastAtMs: at };
  if (at <= metrics.lastAtMs) return metrics;
  const isAvailable = level === 'healthy' || level === 'degraded';
  const unavailableMs = metrics.unavailableMs + (isAvailable ? 0 : at - metrics.lastAtMs);
  return { ...metrics, lastAtMs: at, unavailableMs };
}

/** Counts each component that passed before, or was not known, and does not pass now. */
export function countFailures(
  metrics: SafetyMetrics,
  failingBefore: readonly string[],
  components: readonly ComponentHealth[],
): SafetyMetrics {
  const failed = components.filter(
    ({ id, state }) => state !== 'passing' && !failingBefore.includes(id),
  );
  if (failed.length === 0) return metrics;
  const counts: Record<string, number> = { ...metrics.failureCounts };
  for (const { id } of failed) {
    const isKnown = Object.hasOwn(counts, id) || Object.keys(counts).length < componentCountMax;
    const name = isKnown ? id : otherComponents;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return { ...metrics, failureCounts: counts };
}

/** Time counted, ms, and the share of it in which the system was available; 1 before the first. */
export function availabilityOf(metrics: SafetyMetrics): {
  readonly uptimeMs: number;
  readonly availabilityRatio: number;
} {
  const wholeMs = metrics.lastAtMs - (metrics.sinceMs ?? metrics.lastAtMs);
  const uptimeMs = wholeMs - metrics.unavailableMs;
  return { uptimeMs, availabilityRatio: wholeMs === 0 ? 1 : uptimeMs / wholeMs };
}
