/**
 * When a process is killed. Moments hang on progress, so that a slow machine meets the same ones,
 * with a short random wait behind it, so that they fall everywhere between two steps.
 */
import type { RandomStream } from '../../actors/ports.ts';

export type Moment =
  /** So long after its birth: while it loads, takes the lock, replays; `share` of a usual start. */
  | { readonly kind: 'birth'; readonly share: number }
  /** As soon as it goes on: again in the middle of the recovery from the kill before. */
  | { readonly kind: 'recovered'; readonly waitMs: number }
  /** When it has acknowledged this seq. */
  | { readonly kind: 'progress'; readonly seq: number; readonly waitMs: number }
  /** When it has come to its end and stops. */
  | { readonly kind: 'end'; readonly waitMs: number };

/**
 * Moments for `count` kills of a run of about `seqCount` entries, in the order of use. Most are
 * spread over the whole run, the last is at its end.
 */
export function drawMoments(random: RandomStream, count: number, seqCount: number): Moment[] {
  const moments: Moment[] = [];
  for (let n = 1; n < count; n += 1) {
    const kind = random.next();
    const waitMs = random.next() * 10;
    if (kind < 0.15) moments.push({ kind: 'birth', share: 1.3 * random.next() });
    else if (kind < 0.3) moments.push({ kind: 'recovered', waitMs });
    else {
      const seq = Math.ceil((seqCount * (n - random.next())) / count);
      moments.push({ kind: 'progress', seq, waitMs });
    }
  }
  if (count > 0) moments.push({ kind: 'end', waitMs: random.next() * 10 });
  return moments;
}

/** Kinds with how often each was met. */
export type MomentCounts = { readonly [K in Moment['kind']]: number };

export const noMoments: MomentCounts = { birth: 0, recovered: 0, progress: 0, end: 0 };
