/**
 * The faults of the paper broker, as pure functions of seed, call and time.
 *
 * Nothing is remembered between draws: server and client draw the same fault for the same call, and
 * a run that is continued meets the same outages. Only the four basic operations are used, so
 * that a draw is the same on any machine.
 */
import type { FaultSettings } from '../../config/paper-broker.ts';
import { drawRatio } from '../../machines/policies/random.ts';
import { seedOf } from '../random.ts';
import { episodeAt } from './episodes.ts';

export type FaultKind = 'none' | 'error' | 'hang' | 'reset' | 'partialFill' | 'rejectedLogin';

export interface Fault {
  readonly kind: FaultKind;
  /** Time from the call to its reply, ms; of a hang, to when the broker has done its part. */
  readonly latencyMs: number;
  /** For `hang` and `reset`: whether the broker did what was asked before the reply was lost. */
  readonly executed: boolean;
  /** For `partialFill`: which share of the order is filled. */
  readonly filledRatio: number;
}

/** What happens to the call `callId` made at `atMs`. */
export function drawFault(
  seed: number,
  callId: string,
  atMs: number,
  settings: FaultSettings,
): Fault {
  const callSeed = seedOf(seed, callId);
  const kind = settings.enabled
    ? kindOf(drawRatio(callSeed, 0), isOutage(seed, atMs, settings), settings)
    : 'none';
  return {
    kind,
    latencyMs: latencyOf(drawRatio(callSeed, 1), settings),
    executed: (kind === 'hang' || kind === 'reset') && drawRatio(callSeed, 2) < 0.5,
    filledRatio: 0.2 + 0.6 * drawRatio(callSeed, 3),
  };
}

/** Whether `atMs` lies in an outage: see `episodeAt`. */
export function isOutage(
  seed: number,
  atMs: number,
  { outageEveryMs, outageDurationMs }: FaultSettings,
): boolean {
  const rule = { everyMs: outageEveryMs, durationMs: outageDurationMs };
  return episodeAt(seedOf(seed, 'outages'), atMs, rule) !== undefined;
}

function kindOf(draw: number, outage: boolean, settings: FaultSettings): FaultKind {
  if (outage) {
    if (draw < 0.7) return 'error';
    return draw < 0.9 ? 'reset' : 'hang';
  }
  const shares: readonly (readonly [FaultKind, number])[] = [
    ['error', settings.errorRatio],
    ['hang', settings.hangRatio],
    ['reset', settings.resetRatio],
    ['partialFill', settings.partialFillRatio],
    ['rejectedLogin', settings.rejectedLoginRatio],
  ];
  let end = 0;
  for (const [kind, share] of shares) {
    end += share;
    if (draw < end) return kind;
  }
  return 'none';
}

/**
 * Latency by its quantiles, straight lines between them: half the median at 0, the median at 0.5,
 * the tail at 0.99, twice the tail at 1.
 */
function latencyOf(draw: number, { latencyMedianMs, latencyTailMs }: FaultSettings): number {
  if (draw < 0.5) return Math.round(latencyMedianMs * (0.5 + draw));
  if (draw < 0.99) {
    // Most of the way is near the median: the share is raised to the fourth power.
    const share = (draw - 0.5) / 0.49;
    const bent = share * share * share * share;
    return Math.round(latencyMedianMs + (latencyTailMs - latencyMedianMs) * bent);
  }
  return Math.round(latencyTailMs * (1 + (draw - 0.99) * 100));
}
