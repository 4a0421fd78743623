import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SnapshotFrom } from 'xstate';
import { planLimitMs, planSettingsSchema } from '../../config/safety.ts';
import {
  type EmergencyPlanEvent,
  emergencyOutcome,
  emergencyPlanMachine as machine,
} from '../../machines/emergency-plan.ts';
import { expectInvariant } from '../../runtime/testing/expect-invariant.ts';
import { expectSound } from '../../runtime/testing/expect-sound.ts';
import { type Edge, walk } from '../../runtime/testing/walk.ts';

type Snapshot = SnapshotFrom<typeof machine>;
type PlanEdge = Edge<typeof machine>;

const step = fc.record({
  timeoutMs: fc.integer({ min: 1, max: 100 }),
  retryCount: fc.integer({ min: 0, max: 2 }),
});
const settings = fc
  .record({ cancelOrders: step, reducePosition: step, flush: step, stopTree: step })
  .map((drawn) => planSettingsSchema.parse(drawn));
const paths = { safety: '/safety', tradingMode: '/tradingMode' };
const input = (drawn: ReturnType<typeof planSettingsSchema.parse>) => ({
  settings: drawn,
  paths,
  incarnation: 0,
});

const at = 1_000;
const order = { at, by: 'ada', why: 'test' };

/** How a port can end: done, done in part, failed, cut off, with and without what is left. */
const outcomes = [
  { at, isDone: true, why: null },
  { at, isDone: true, why: null, remaining: { quantity: 0, isVerified: true } },
  { at, isDone: false, why: '503' },
  { at, isDone: false, why: 'half', remaining: { quantity: 0.7, isVerified: true } },
  { at, isDone: false, why: 'blind', remaining: { quantity: 0.7, isVerified: false } },
  { at, isDone: true, why: null, remaining: { quantity: 0, isVerified: false } },
];

/** Everything that can reach the plan, the ends of the port that is open included. */
const events = (snapshot: Snapshot): EmergencyPlanEvent[] => {
  const ends = Object.keys(snapshot.children).flatMap((id) => [
    ...outcomes.map((output) => ({ type: `xstate.done.actor.${id}`, output, actorId: id })),
    { type: `xstate.error.actor.${id}`, error: new Error('cut off'), actorId: id },
  ]);
  return [
    { type: 'START', ...order },
    { type: 'RELEASE', ...order },
    { type: 'PLAN_ASKED' },
    { type: 'RESTRICTION_ASKED' },
    ...(ends as unknown as EmergencyPlanEvent[]),
  ];
};

/** What guards read, and what the end is told by. */
const key = ({ value, context }: Snapshot): string =>
  JSON.stringify([
    value,
    context.tryCount,
    context.remaining,
    context.undone.map((undone) => undone.step),
  ]);

const isRunning = ({ value }: Snapshot) => typeof value === 'object';
const isStopped = (snapshot: Snapshot) => snapshot.hasTag('stopped');
const always = (holds: (edge: PlanEdge) => boolean) =>
  expectInvariant(machine, { settings, input, events, key, holds, runs: 5 });

describe('emergency plan, on every edge', () => {
  it('is sound', () => {
    const tried = planSettingsSchema.parse({});
    const unreachable = ['ended', 'acting.flushing.fallingBack', 'acting.stopping.fallingBack'];
    const edges = expectSound(machine, { input: input(tried), events, key, unreachable });
    expect(edges.length).toBeGreaterThan(200);
  });

  it('always ends: from every state each limit that elapses leads nearer the end', () => {
    const tried = planSettingsSchema.parse({});
    const edges = walk(machine, { input: input(tried), events, key });
    const limits = new Map(
      edges
        .filter(({ event }) => event.type.startsWith('xstate.after.'))
        .map((edge) => [key(edge.from), edge]),
    );
    const hangs = (from: Snapshot): Snapshot => {
      const edge = limits.get(key(from));
      if (!edge) throw new Error(`Nothing ends ${JSON.stringify(from.value)}.`);
      return edge.to;
    };
    for (const { to } of edges) {
      let now = to;
      let count = 0;
      while (isRunning(now)) {
        const next = hangs(now);
        count += 1;
        expect(count).toBeLessThan(9);
        now = next;
      }
    }
  });

  it('leaves the acting states only by the end of a step, never by an order', () =>
    always(({ from, event, to }) => {
      if (!isRunning(from) || !/^(START|RELEASE|\w+_ASKED)$/.test(event.type)) return true;
      return JSON.stringify(from.value) === JSON.stringify(to.value);
    }));

  it('takes its steps in their order and skips none', () => {
    const steps = ['cancelling', 'reducing', 'flushing', 'stopping'];
    const rank = ({ value }: Snapshot) =>
      typeof value === 'object' ? steps.indexOf(Object.keys(value.acting as object)[0]!) : 4;
    return always(({ from, to }) => {
      if (!isRunning(from)) return true;
      return rank(to) === rank(from) || rank(to) === rank(from) + 1;
    });
  });

  it('is left by a release, and by a further order only when a position is left', () =>
    always(({ from, event, to }) => {
      if (!isStopped(from) || isStopped(to)) return true;
      return event.type === 'RELEASE' || (event.type === 'START' && from.value === 'exposed');
    }));

  it('tries again under the same id, so that nothing is closed twice', () =>
    always(({ from, event, to }) => {
      if (event.type !== 'START' || from.value !== 'exposed') return true;
      const isSame = to.context.planCount === from.context.planCount;
      return isSame && to.context.remaining === from.context.remaining;
    }));

  it('ends flat exactly when the broker confirmed it; else the remaining position is named', () =>
    always(({ from, to }) => {
      if (isStopped(from) || !isStopped(to)) return true;
      const { isFlat, remaining, text } = emergencyOutcome(to.context);
      const confirmed = remaining?.quantity === 0 && remaining.isVerified;
      if (isFlat !== confirmed || (to.value === 'flat') !== isFlat) return false;
      if (isFlat) return text === 'stopped, flat';
      return text.startsWith(`stopped, remaining position ${remaining?.quantity ?? 'unknown'}`);
    }));

  it('names every step that was not done, and no other', () =>
    always(({ from, event, to }) => {
      if (!isRunning(from)) return true;
      const isNext = JSON.stringify(from.value) !== JSON.stringify(to.value);
      const told = (event as { output?: { isDone: boolean } }).output;
      const { length: before } = from.context.undone;
      if (told?.isDone) return to.context.undone.length === before;
      const isLeft = isNext && from.context.step !== to.context.step;
      const isEnd = isNext && isStopped(to);
      return to.context.undone.length - before === (isLeft || isEnd ? 1 : 0);
    }));

  it('asks for the blind fallback only after its tries', () =>
    always(({ to }) => {
      const inner = JSON.stringify(to.value);
      if (!inner.includes('fallingBack')) return true;
      const { step, tryCount, settings } = to.context;
      return tryCount === settings[step].retryCount + 1 && !inner.includes('flushing');
    }));
});

describe('the settings of the plan', () => {
  it('let the whole of it take less than its limit, whatever hangs', () => {
    const { cancelOrders, reducePosition, flush, stopTree } = planSettingsSchema.parse({});
    const wholeMs =
      cancelOrders.timeoutMs * 3 +
      reducePosition.timeoutMs * 3 +
      flush.timeoutMs +
      stopTree.timeoutMs;
    expect(wholeMs).toBeLessThan(planLimitMs);
  });

  it('refuse a plan that could take longer', () => {
    const long = { flush: { timeoutMs: 2_000, retryCount: 0 } };
    expect(planSettingsSchema.safeParse(long).success).toBe(false);
    const words = planSettingsSchema.safeParse(long).error?.issues[0]?.message;
    expect(words).toBe('All tries and fallbacks must end within 5000 ms, got 5500 ms.');
  });
});
