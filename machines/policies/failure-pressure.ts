/**
 * Pressure index: how much failure there has been lately.
 *
 *     pressure(t) = sum over all failures i of severity_i * 2 ^ -((t - t_i) / halfLife)
 *
 * Unit: severities, so one failure of the worst severity (1) right now is a pressure of 1, and one
 * half-life later of 0.5. It needs no list: one number and a time say it all. Failures of one
 * severity that come every T ms settle around severity * halfLife / (T * ln 2), and so a pressure
 * says as well how much failure there is in each ms.
 */
import { powerOfTwo } from './elementary.ts';

/** Pressure of one kind of failure as of its newest one. */
export interface Pressure {
  /** In severities. */
  readonly value: number;
  /** Logical ms. */
  readonly atMs: number;
}

export type Pressures = Readonly<Record<string, Pressure>>;

const remaining = (elapsedMs: number, halfLifeMs: number): number =>
  powerOfTwo(-Math.max(0, elapsedMs) / halfLifeMs);

/** In severities, at a time that is not before the newest failure. */
export const pressureAt = (
  pressure: Pressure | undefined,
  at: number,
  halfLifeMs: number,
): number => (pressure ? pressure.value * remaining(at - pressure.atMs, halfLifeMs) : 0);

/** After one more failure. */
export function pressureAfter(
  pressure: Pressure | undefined,
  failure: { readonly at: number; readonly severity: number },
  halfLifeMs: number,
): Pressure {
  const { at, severity } = failure;
  if (!pressure) return { value: severity, atMs: at };
  const left = remaining(at - pressure.atMs, halfLifeMs);
  return {
    value: pressure.value * left + severity,
    // An event that comes late does not turn time back.
    atMs: Math.max(at, pressure.atMs),
  };
}

/** Severities in each ms that keep a pressure where it is. */
export const severityPerMs = (pressure: number, halfLifeMs: number): number =>
  (Math.max(0, pressure) * Math.LN2) / halfLifeMs;

/** The pressure of several kinds together. */
export const totalPressure = (
  pressures: Pressures,
  kinds: readonly string[],
  at: number,
  halfLifeMs: number,
): number => kinds.reduce((sum, kind) => sum + pressureAt(pressures[kind], at, halfLifeMs), 0);
