import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SnapshotFrom } from 'xstate';
import { type SafetySettings, safetySettingsSchema } from '../../config/safety.ts';
import type { SafetyLevel } from '../../machines/policies/safety-level.ts';
import { rankOf, safetyLevelOf } from '../../machines/policies/safety-level.ts';
import { safetyMachine as machine, type SafetyEvent } from '../../machines/safety.ts';
import { describeEdge } from '../../runtime/testing/expect-invariant.ts';
import { expectSound } from '../../runtime/testing/expect-sound.ts';
import { type Edge, walk } from '../../runtime/testing/walk.ts';

type Snapshot = SnapshotFrom<typeof machine>;
type SafetyEdge = Edge<typeof machine>;

const settings = fc
  .record({
    dwellMs: fc.constantFrom(0, 10, 25),
    confirmCount: fc.integer({ min: 1, max: 3 }),
    confirmSourceCount: fc.constantFrom(2, 9),
    confirmWithinMs: fc.constantFrom(5, 1_000),
    emergencyDownCount: fc.constantFrom(1, 2),
  })
  .map((drawn) => safetySettingsSchema.parse(drawn));
const paths = {
  ...{ plan: '/p', alerts: '/a', posture: '/o', tradingMode: '/t', safety: '/s', health: '/h' },
};
const input = (drawn: SafetySettings) => ({ settings: drawn, paths, at: 0 });

const component = (id: string, state: 'passing' | 'failing' | 'down', critical: boolean) => ({
  ...{ id, state, critical, weight: 1 },
});
const outcome = { isFlat: true, remaining: null, undone: [], text: 'stopped, flat' };
const order = { by: 'ada', why: 'test' };

const events = ({ context }: Snapshot): SafetyEvent[] => {
  // Time goes on, up to where everything has been seen.
  const at = Math.min(context.at + 10, 40);
  const scored = (score: number, ...components: ReturnType<typeof component>[]): SafetyEvent => ({
    ...{ type: 'HEALTH_SCORED', at, score, components },
  });
  return [
    scored(100),
    scored(70, component('disk', 'failing', false)),
    scored(90, component('broker', 'down', true)),
    scored(10, component('broker', 'down', true), component('feed', 'down', true)),
    scored(Number.NaN),
    { type: 'EMERGENCY_REPORTED', at, source: 'drawdown', why: 'tick' },
    // One that is late: it happened before everything else.
    { type: 'EMERGENCY_WITHDRAWN', at: 0, source: 'drawdown' },
    { type: 'AUTHENTICATION_FAILED', at, why: 'key' },
    { type: 'EMERGENCY', at, ...order },
    { type: 'PLAN_STARTED', at, ...order },
    { type: 'PLAN_ENDED', at, outcome },
    { type: 'EMERGENCY_ASKED' },
    { type: 'RESTRICTION_ASKED' },
    { type: 'HEALTH_SILENT', at },
    { type: 'RESET', at, scope: 'trading', ...order },
    { type: 'RESET', at, scope: 'all', ...order },
    { type: 'RESET', at, scope: 'metrics', ...order },
    { type: 'RESET', at, scope: 'everything', ...order },
  ];
};

/** What guards read. Counts and words that only people read are left out. */
const key = ({ value, context }: Snapshot): string => {
  const { at, level, calm, reports, judged, halt, emergency, outcome } = context;
  const counts = Object.entries(reports).map(([source, { count, at }]) => [
    ...[source, Math.min(count, 3), at],
  ]);
  return JSON.stringify([value, at, level, calm, counts, judged, !halt, !emergency, !outcome]);
};

const isEmergency = ({ value }: Snapshot) => typeof value === 'object' && 'emergency' in value;
const stateOf = ({ value }: Snapshot): SafetyLevel =>
  typeof value === 'object' && 'watching' in value ? (value.watching as SafetyLevel) : 'emergency';
/** Every edge under a few settings, walked once for all properties below. */
const edges = fc
  .sample(settings, { numRuns: 3, seed: 11 })
  .flatMap((drawn) => walk(machine, { input: input(drawn), events, key, limit: 100_000 }));

const always = (holds: (edge: SafetyEdge) => boolean) => {
  const broken = edges.find((edge) => !holds(edge));
  if (broken) throw new Error(`It does not hold on ${describeEdge(broken)}`);
};

describe('safety manager, on every edge', () => {
  it('is sound', () => {
    const tried = safetySettingsSchema.parse({ dwellMs: 20, confirmCount: 2, confirmWithinMs: 5 });
    const edges = expectSound(machine, {
      ...{ input: input(tried), events, key, limit: 100_000 },
      exclusiveTags: ['available', 'unavailable'],
    });
    expect(edges.length).toBeGreaterThan(1_000);
  });

  it('says in its context the level that it is in', () =>
    always(({ to }) => to.context.level === stateOf(to)));

  it('leaves an emergency only by a reset of trading, and never while the plan runs', () =>
    always(({ from, event, to }) => {
      if (!isEmergency(from) || isEmergency(to)) return true;
      const isReset = event.type === 'RESET' && ['trading', 'all'].includes(String(event.scope));
      return isReset && from.context.outcome !== null;
    }));

  it('begins an emergency only by an operator, its plan or confirmed reports', () =>
    always(({ from, event, to }) => {
      if (isEmergency(from) || !isEmergency(to)) return true;
      if (event.type === 'EMERGENCY' || event.type === 'PLAN_STARTED') return true;
      const { confirmCount, confirmSourceCount } = to.context.settings;
      const reports = Object.values(to.context.reports);
      return (
        reports.some(({ count }) => count >= confirmCount) || reports.length >= confirmSourceCount
      );
    }));

  it('is worse at once', () =>
    always(({ from, event, to }) => {
      if (event.type !== 'HEALTH_SCORED' || isEmergency(from)) return true;
      const judged = safetyLevelOf(event, from.context.settings);
      const capped = judged === 'emergency' ? 'critical' : judged;
      return rankOf(stateOf(to)) >= rankOf(capped);
    }));

  it('gets better only after a dwell in which all evidence was better', () =>
    always(({ from, event, to }) => {
      if (isEmergency(from) || rankOf(stateOf(to)) >= rankOf(stateOf(from))) return true;
      if (event.type !== 'HEALTH_SCORED') return false;
      const { calm, settings } = from.context;
      const sinceMs = calm?.sinceMs ?? event.at;
      return event.at - sinceMs >= settings.dwellMs;
    }));

  it('never goes back in time', () => always(({ from, to }) => to.context.at >= from.context.at));

  it('ends to act also when its plan tells nothing, and does not know the position then', () => {
    const acting = edges.filter(({ from }) => JSON.stringify(from.value).includes('acting'));
    const ends = acting.filter(({ event }) => event.type.startsWith('xstate.after.'));
    expect(new Set(ends.map(({ from }) => key(from)))).toEqual(
      new Set(acting.map(({ from }) => key(from))),
    );
    for (const { to } of ends) {
      expect(to.value).toEqual({ emergency: 'stopped' });
      expect(to.context.outcome).toMatchObject({ isFlat: false, remaining: null });
    }
  });

  it('keeps the first reason of a halt', () =>
    always(({ from, to }) => {
      const { halt } = from.context;
      return halt === null || to.context.halt === null || to.context.halt === halt;
    }));

  it('begins its counts anew only by a reset that says so', () =>
    always(({ from, event, to }) => {
      const isAnew = to.context.metrics.sinceMs !== from.context.metrics.sinceMs;
      if (!isAnew || from.context.metrics.sinceMs === null) return true;
      return event.type === 'RESET' && ['metrics', 'all'].includes(String(event.scope));
    }));

  it('keeps a halt until a reset of trading', () =>
    always(({ from, event, to }) => {
      if (from.context.halt === null || to.context.halt !== null) return true;
      return event.type === 'RESET' && event.scope !== 'metrics' && event.scope !== 'everything';
    }));

  it('refuses a reset that is not clear in words, and changes nothing by it', () =>
    always(({ from, event, to }) => {
      if (event.type !== 'RESET' || event.scope !== 'everything') return true;
      const isSame = JSON.stringify(from.value) === JSON.stringify(to.value);
      return isSame && to.context.refusal?.includes("got 'everything'") === true;
    }));

  it('begins the confirmations anew with every release', () =>
    always(({ event, from, to }) => {
      const isRelease = isEmergency(from) && !isEmergency(to) && event.type === 'RESET';
      return !isRelease || Object.keys(to.context.reports).length === 0;
    }));
});
