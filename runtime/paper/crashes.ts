/** Crashes of actors that a run is told to suffer: a pure function of seed, settings and feed. */
import { paperPaths } from '../../actors/paper/tree.ts';
import type { CrashSettings } from '../../config/paper.ts';
import { drawRatio } from '../../machines/policies/random.ts';

export interface Crash {
  readonly path: string;
  /** At once, or in place of the next event that it is sent. */
  readonly at: 'now' | 'next-event';
  readonly why: string;
}

/** A bar and the one before it. */
export interface Moment {
  /** How many bars the run has taken, this one included. */
  readonly barCount: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Actors that crash on a bar, before it is handed over. */
export function crashesOn(moment: Moment, seed: number, settings: CrashSettings): Crash[] {
  const { barCount, fromMs, toMs } = moment;
  const crashes: Crash[] = [];
  if (barCount === settings.strategyAtBarCount) {
    const why = `told to crash on bar ${barCount}`;
    crashes.push({ path: paperPaths.strategy, at: 'next-event', why });
  }
  const everyMs = settings.sessionEveryMs;
  if (everyMs > 0) {
    const stretch = Math.floor(toMs / everyMs);
    const atMs = (stretch + drawRatio(seed, stretch)) * everyMs;
    if (fromMs < atMs && atMs <= toMs) {
      const why = 'told to crash at a random time';
      crashes.push({ path: paperPaths.session, at: 'now', why });
    }
  }
  return crashes;
}
