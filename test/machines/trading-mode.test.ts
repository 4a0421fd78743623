import { describe, expect, it } from 'vitest';
import { createActor, type SnapshotFrom } from 'xstate';
import { tradingModeSettingsSchema } from '../../config/trading-mode.ts';
import {
  tradingModeMachine as machine,
  type TradingMode,
  type TradingModeEmitted,
  type TradingModeEvent,
} from '../../machines/trading-mode.ts';
import { expectSound } from '../../runtime/testing/expect-sound.ts';
import type { Edge } from '../../runtime/testing/walk.ts';
import { stranded } from '../support/reaches.ts';

type Snapshot = SnapshotFrom<typeof machine>;

const input = (reconcileAtStart = true) => ({
  settings: tradingModeSettingsSchema.parse({ reconcileAtStart }),
  at: 0,
  listeners: ['/nobody'],
});
const at = 5;

function chart(reconcileAtStart = true) {
  const actor = createActor(machine, { input: input(reconcileAtStart) }).start();
  const facts: TradingModeEmitted[] = [];
  actor.on('tradingMode.changed', (fact) => facts.push(fact));
  const send = (type: TradingModeEvent['type'], by: string, more: object = {}) =>
    actor.send({ type, at, by, why: `${by} says so`, ...more } as TradingModeEvent);
  return {
    facts,
    send,
    get mode() {
      return actor.getSnapshot().context.mode;
    },
    get value() {
      return actor.getSnapshot().value;
    },
  };
}

describe('trading mode', () => {
  it('opens nothing before position and orders are reconciled', () => {
    const t = chart();
    expect(t.mode).toBe('reconciling');
    t.send('RECONCILED', 'broker');
    expect(t.mode).toBe('open');
    expect(t.facts).toMatchObject([{ from: 'reconciling', to: 'open', by: 'broker', at }]);
  });

  it('is open from the start when nothing is to be reconciled, and after a restart too', () => {
    const t = chart(false);
    expect([t.mode, t.value, t.facts]).toEqual(['open', 'open', []]);
    t.send('PROCESS_RESTARTED', 'nobody');
    expect(t.mode).toBe('open');
  });

  it('goes back to the mode before, once reconciled after a restart', () => {
    const t = chart();
    t.send('RECONCILED', 'broker');
    t.send('REDUCE_ONLY', 'feed');
    t.send('PROCESS_RESTARTED', 'nobody');
    expect(t.mode).toBe('reconciling');
    t.send('RECONCILED', 'broker');
    expect(t.mode).toBe('reduceOnly');
  });

  it('follows the most restrictive of several reasons, each released by its own source', () => {
    const t = chart();
    t.send('RECONCILED', 'broker');
    t.send('REDUCE_ONLY', 'feed');
    t.send('HALT', 'safety');
    expect(t.mode).toBe('halted');
    t.send('RESUME', 'feed');
    expect(t.mode).toBe('halted');
    t.send('RESUME', 'safety');
    expect(t.mode).toBe('open');
  });

  it('is not resumed by others, by another scope, or without a name and a reason', () => {
    const t = chart();
    t.send('HALT', 'safety');
    t.send('RESUME', 'ada');
    t.send('RESUME', 'ada', { scope: 'feed' });
    t.send('RESUME', ' ', { scope: 'safety' });
    t.send('RESUME', 'ada', { scope: 'safety', why: '' });
    expect(t.mode).toBe('halted');
    t.send('RESUME', 'ada', { scope: 'safety' });
    expect(t.mode).toBe('reconciling');
  });

  it('is never loosened by the same source asking for less', () => {
    const t = chart();
    t.send('RECONCILED', 'broker');
    t.send('HALT', 'safety');
    t.send('REDUCE_ONLY', 'safety');
    expect([t.mode, t.value]).toEqual(['halted', { halted: 'exiting' }]);
    t.send('HALT', 'safety', { planEnded: true });
    expect([t.mode, t.value]).toEqual(['haltedAfterPlan', { halted: 'afterPlan' }]);
    t.send('HALT', 'safety');
    t.send('REDUCE_ONLY', 'safety');
    expect(t.mode).toBe('haltedAfterPlan');
  });
});

describe('the end of a standstill', () => {
  const afterPlan = (reconcileAtStart: boolean) => {
    const t = chart(reconcileAtStart);
    t.send('RECONCILED', 'broker');
    t.send('HALT', 'emergencyPlan', { planEnded: true });
    t.send('RESUME', 'ada', { scope: 'emergencyPlan' });
    return t.mode;
  };

  it('reconciles first: what traded was stopped', () => {
    expect(afterPlan(true)).toBe('reconciling');
  });

  it('opens at once where nothing is to be reconciled', () => {
    expect(afterPlan(false)).toBe('open');
  });
});

const who = { by: 'a', why: 'test' };
const events: TradingModeEvent[] = [
  ...['a', 'b'].flatMap((by): TradingModeEvent[] => [
    { type: 'HALT', at, by, why: 'test' },
    { type: 'HALT', at, by, why: 'test', planEnded: true },
    { type: 'REDUCE_ONLY', at, by, why: 'test' },
    { type: 'RESUME', at, by, why: 'test' },
    { type: 'RESUME', at, by: 'ada', why: 'test', scope: by },
  ]),
  { type: 'HALT', at, by: '', why: 'test' },
  { type: 'RESUME', at, by: 'a', why: ' ' },
  { type: 'RECONCILED', at, ...who },
  { type: 'RECONCILE', at, ...who },
  { type: 'PROCESS_RESTARTED', at },
  { type: 'REGION_ASKED' },
];
const key = ({ value, context }: Snapshot): string =>
  JSON.stringify([value, context.isReconciled, Object.entries(context.reasons).sort()]);
const order: TradingMode[] = ['open', 'reduceOnly', 'reconciling', 'halted', 'haltedAfterPlan'];
const shown = (snapshot: Snapshot): string =>
  typeof snapshot.value === 'string'
    ? snapshot.value
    : { exiting: 'halted', afterPlan: 'haltedAfterPlan' }[snapshot.value.halted as string]!;

describe('trading mode, on every edge', () => {
  const exclusiveTags = ['opens', 'refuses'];
  const edges = expectSound(machine, { input: input(), events, key, exclusiveTags });
  const always = (holds: (edge: Edge<typeof machine>) => boolean) =>
    expect(edges.filter((edge) => !holds(edge))).toEqual([]);

  it('reaches a halt, and a way back, from everywhere', () => {
    expect(edges.length).toBeGreaterThan(500);
    expect(stranded(edges, key, (one) => one.matches('halted'))).toEqual([]);
    expect(stranded(edges, key, (one) => one.matches('open'))).toEqual([]);
  });

  it('is not reconciled after the release of a halt that followed an emergency', () => {
    always(({ from, event, to }) => {
      if (event.type !== 'RESUME' || from.context.reasons === to.context.reasons) return true;
      const [released] = Object.entries(from.context.reasons).filter(
        ([source]) => !Object.hasOwn(to.context.reasons, source),
      );
      if (released === undefined) return true;
      const isKept = to.context.isReconciled === from.context.isReconciled;
      return released[1].afterPlan ? !to.context.isReconciled : isKept;
    });
  });

  it('shows the mode that its reasons ask for', () => {
    always(({ to }) => {
      const { mode, reasons, isReconciled } = to.context;
      const all = Object.values(reasons);
      const worst = all.map(({ restriction, afterPlan }) =>
        afterPlan ? 4 : restriction === 'halted' ? 3 : 1,
      );
      const expected = order[Math.max(isReconciled ? 0 : 2, ...worst)];
      return mode === expected && shown(to) === mode;
    });
  });

  it('opens only when reconciled, without any reason', () => {
    always(({ to }) => {
      const isFree = to.context.isReconciled && Object.keys(to.context.reasons).length === 0;
      return to.hasTag('opens') === isFree;
    });
  });

  it('loses a reason only by a signed release that names it', () => {
    always(({ from, event, to }) =>
      Object.keys(from.context.reasons).every((source) => {
        if (Object.hasOwn(to.context.reasons, source)) return true;
        if (event.type !== 'RESUME' || event.why.trim() === '') return false;
        return (event.scope ?? event.by) === source;
      }),
    );
  });
});
