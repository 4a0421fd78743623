/** How long a breaker stays open, this time. */
import type { CircuitBreakerSettings } from '../../config/circuit-breaker.ts';
import { backoffMs } from './backoff.ts';
import { drawRatio } from './random.ts';

export interface OpenPeriod {
  readonly openCount: number;
  readonly openDurationMs: number;
  readonly openedAtMs: number;
  readonly openUntilMs: number;
}

type OpenSettings = Pick<CircuitBreakerSettings, 'openDurationMs' | 'openBackoff'>;

function openMs(settings: OpenSettings, openCount: number, draw: number): number {
  return backoffMs({ baseMs: settings.openDurationMs, ...settings.openBackoff }, openCount, draw);
}

/** Stops where the next open time would not differ, so that a chart has finitely many states. */
function nextOpenCount(settings: OpenSettings, openCount: number): number {
  const grows = openMs(settings, openCount, 0) > openMs(settings, openCount - 1, 0);
  return openCount === 0 || grows ? openCount + 1 : openCount;
}

/**
 * The period that begins at `atMs`, after `openCount` earlier ones since the breaker was closed.
 *
 * The first one is exact, as documented; the later ones are spread by jitter, drawn from the
 * breaker's seed and generation so that a replay draws the same.
 */
export function openPeriod(
  settings: OpenSettings,
  from: {
    readonly openCount: number;
    readonly seed: number;
    readonly generation: number;
    readonly atMs: number;
  },
): OpenPeriod {
  const draw = from.openCount === 0 ? 0 : drawRatio(from.seed, from.generation);
  const openDurationMs = openMs(settings, from.openCount, draw);
  return {
    openCount: nextOpenCount(settings, from.openCount),
    openDurationMs,
    openedAtMs: from.atMs,
    openUntilMs: from.atMs + openDurationMs,
  };
}
