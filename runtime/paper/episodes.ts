/** Episodes of trouble that come again and again, as a pure function of seed and time. */
import { drawRatio } from '../../machines/policies/random.ts';

/** How often an episode begins, and how long it lasts. */
export interface EpisodeRule {
  /** Time is cut in stretches of this length; in each begins one episode, somewhere, ms. */
  readonly everyMs: number;
  /** Mean length, ms: each lasts 0.5 to 1.5 of it, and at most two thirds of `everyMs`. */
  readonly durationMs: number;
}

export interface Episode {
  /** Number of the stretch in which it began. */
  readonly number: number;
  /** How much of it is over: 0 at its begin, below 1. */
  readonly doneRatio: number;
}

/**
 * The episode at `atMs`; undefined outside. It may reach into the next stretch, never further: the
 * settings see to that. Of two that overlap the earlier one counts.
 */
export function episodeAt(
  seed: number,
  atMs: number,
  { everyMs, durationMs }: EpisodeRule,
): Episode | undefined {
  const stretch = Math.floor(atMs / everyMs);
  for (const number of [stretch - 1, stretch]) {
    if (number < 0) continue;
    const beginsAt = (number + drawRatio(seed, 2 * number)) * everyMs;
    const lengthMs = durationMs * (0.5 + drawRatio(seed, 2 * number + 1));
    if (beginsAt <= atMs && atMs < beginsAt + lengthMs) {
      return { number, doneRatio: (atMs - beginsAt) / lengthMs };
    }
  }
  return undefined;
}
