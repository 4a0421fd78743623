import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { initialTransition, type SnapshotFrom, transition } from 'xstate';
import { type DegradationSettings, degradationSettingsSchema } from '../../config/degradation.ts';
import {
  type DegradationEvent,
  degradationMachine as machine,
} from '../../machines/degradation.ts';
import {
  climbScoreOf,
  type DegradationLevel,
  degradationLevels,
  levelOf,
} from '../../machines/policies/degradation-level.ts';
import { expectInvariant } from '../../runtime/testing/expect-invariant.ts';
import { expectSound } from '../../runtime/testing/expect-sound.ts';
import type { Edge } from '../../runtime/testing/walk.ts';
import { stranded } from '../support/reaches.ts';

type Snapshot = SnapshotFrom<typeof machine>;

const full = process.env['KINTSUGI_RUNS'] === 'full';
const rank = (level: DegradationLevel) => degradationLevels.indexOf(level);
const parse = (given: object) => degradationSettingsSchema.parse(given);
const settings = fc
  .record({ marginScore: fc.constantFrom(0, 1, 2.5, 4), dwellMs: fc.integer({ min: 0, max: 2 }) })
  .map(parse);
const input = (drawn: DegradationSettings) => ({ settings: drawn, at: 0 });
const who = { by: 'ada', why: 'test' };

/** Scores at and beside every bound, holds, releases, and the chart's own delayed events. */
const events = ({ context }: Snapshot): DegradationEvent[] => {
  const { atMs, climb, settings: known, hold } = context;
  const scores = [0, 30, 49, 57, 60, 65, 79, 85, 100];
  return [
    ...scores.map((score) => ({ type: 'HEALTH_SCORED' as const, at: atMs + 1, score })),
    { type: 'HOLD', at: atMs, level: 'level3', ...who },
    { type: 'HOLD', at: atMs, level: 'normal', ...who, expiresAtMs: atMs + 1 },
    { type: 'RELEASE', at: atMs, ...who },
    { type: 'REGION_ASKED' },
    { type: 'SETTINGS_CHANGED', settings: known },
    ...(climb && !hold
      ? [{ type: 'DWELL_ENDED' as const, at: Math.max(atMs, climb.sinceMs + known.dwellMs) }]
      : []),
    ...(hold?.expiresAtMs == null
      ? []
      : [{ type: 'HOLD_EXPIRED' as const, at: Math.max(atMs, hold.expiresAtMs) }]),
  ];
};

/** Times count only against each other, and a dwell that is over stays over. */
const key = ({ value, context }: Snapshot): string => {
  const { atMs, climb, hold, score, settings: known } = context;
  const stoodMs = climb && Math.min(known.dwellMs, atMs - climb.sinceMs);
  return JSON.stringify([
    value,
    score,
    stoodMs,
    climb?.lowestScore,
    hold?.level,
    hold?.expiresAtMs === null,
  ]);
};

const always = (holds: (edge: Edge<typeof machine>) => boolean) =>
  expectInvariant(machine, { settings, input, events, key, holds, runs: full ? 30 : 4 });

describe('degradation controller, on every edge', () => {
  it('is sound, and emergency can be reached from everywhere', () => {
    const edges = expectSound(machine, { input: input(parse({ dwellMs: 2 })), events, key });
    expect(edges.length).toBeGreaterThan(300);
    expect(stranded(edges, key, ({ value }) => value === 'emergency')).toEqual([]);
    expect(stranded(edges, key, ({ value }) => value === 'normal')).toEqual([]);
  });

  it('is on the level that it says, with nothing left to do', () =>
    always(({ to: { value, context } }) => context.level === value && context.dueLevel === value));

  it('is never better than its score, but by a hold', () =>
    always(({ to: { context } }) => {
      const { hold, score, level, settings: known } = context;
      return hold !== null || score === null || rank(level) >= rank(levelOf(known, score));
    }));

  it('is on the held level while it is held', () =>
    always(({ to: { context } }) => context.hold === null || context.level === context.hold.level));

  it('gets better by the score only after the dwell time, with a double margin', () =>
    always(({ from, event, to }) => {
      if (event.type !== 'HEALTH_SCORED' && event.type !== 'DWELL_ENDED') return true;
      const { context } = to;
      if (rank(context.level) >= rank(from.context.level)) return true;
      const { settings: known, climb } = from.context;
      const sinceMs = climb?.sinceMs ?? context.atMs;
      const lowest = Math.min(climb?.lowestScore ?? 100, context.score ?? 0);
      const stood = context.atMs - sinceMs >= known.dwellMs;
      return stood && lowest >= climbScoreOf(known, context.level);
    }));

  it('gets better once it may: no dwell is forgotten', () =>
    always(({ event, to: { context } }) => {
      const { climb, hold, settings: known, atMs, level } = context;
      if (event.type !== 'HEALTH_SCORED' && event.type !== 'DWELL_ENDED') return true;
      if (!climb || hold || atMs - climb.sinceMs < known.dwellMs) return true;
      // A climb that begins with this very step up waits for the next word.
      return climb.sinceMs === atMs && known.dwellMs === 0 && level === context.dueLevel;
    }));
});

describe('score noise of the margin, up and down', () => {
  const runs = full ? 10_000 : 500;
  it(`makes at most one level change in any dwell time (${runs} series)`, () => {
    const series = fc.record({
      score: fc.double({ min: 0, max: 100, noNaN: true }),
      margin: fc.double({ min: 0, max: 4.99, noNaN: true }),
      dwellMs: fc.integer({ min: 1, max: 50 }),
      noise: fc.array(
        fc.record({
          waitMs: fc.integer({ min: 0, max: 40 }),
          share: fc.oneof(fc.constantFrom(-1, 1), fc.double({ min: -1, max: 1, noNaN: true })),
        }),
        { minLength: 2, maxLength: 60 },
      ),
    });
    fc.assert(
      fc.property(series, ({ score, margin, dwellMs, noise }) => {
        const known = parse({ marginScore: margin, dwellMs });
        let [snapshot] = initialTransition(machine, input(known));
        let at = 0;
        const changes: number[] = [];
        for (const [index, { waitMs, share }] of noise.entries()) {
          const dueMs = snapshot.context.climb && snapshot.context.climb.sinceMs + dwellMs;
          const told = Math.min(100, Math.max(0, score + share * margin));
          at += waitMs;
          const steps: DegradationEvent[] = [{ type: 'HEALTH_SCORED', at, score: told }];
          if (dueMs !== null && dueMs <= at) steps.unshift({ type: 'DWELL_ENDED', at: dueMs });
          for (const event of steps) {
            const before = snapshot.value;
            [snapshot] = transition(machine, snapshot, event);
            // The first score says where the system is: that is no noise.
            const isFirst = index === 0;
            if (snapshot.value !== before && !isFirst) changes.push(snapshot.context.changedAtMs);
          }
        }
        return changes.every((one, i) => i === 0 || one - changes[i - 1]! >= dwellMs);
      }),
      { numRuns: runs },
    );
  });
});
