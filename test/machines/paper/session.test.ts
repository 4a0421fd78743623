import { describe, expect, it } from 'vitest';
import { fromPromise, type SnapshotFrom } from 'xstate';
import { paperSettingsSchema } from '../../../config/paper.ts';
import { sessionMachine } from '../../../machines/paper/session.ts';
import { expectSound } from '../../../runtime/testing/expect-sound.ts';
import { stage } from '../../support/stage.ts';

const paths = { account: '/account', strategy: '/strategy' };
const settings = paperSettingsSchema.parse({});
const input = { settings, paths, incarnation: 0, at: 0 };

type Call = { port: string; input: { callId: string; [key: string]: unknown } };
type Answer = (call: Call) => unknown;

const done = (at: number, more: object = {}) => ({ kind: 'done', at, ...more });
const ended = (kind: string, at = 1) => ({ kind, at, why: 'because' });
const report = (status: string, filledQuantity: number, more: object = {}) => ({
  clientOrderId: 'o-1',
  side: 'buy',
  averagePrice: 100,
  fee: 1,
  status,
  filledQuantity,
  ...more,
});
const reconciled = (positionQuantity = 0, reports: object[] = []) =>
  done(1, { positionQuantity, reports });

const quantityOf = ({ input: asked }: Call) => (asked.order as { quantity: number }).quantity;

const fine: Record<string, Answer> = {
  login: () => done(1),
  reconcile: () => reconciled(),
  ping: () => done(1),
  submitOrder: (call) => done(2, { report: report('filled', quantityOf(call)) }),
  cancelOrder: () => done(3, { report: report('cancelled', 0.4) }),
};

/** A session whose ports answer at once: with what `answers` says, or as a broker does that works. */
function start(answers: Partial<Record<string, Answer>> = {}, more: object = {}) {
  const calls: Call[] = [];
  const fake = (port: string) =>
    fromPromise<never, never>(async ({ input: asked }) => {
      const call = { port, input: asked } as Call;
      calls.push(call);
      return (answers[port]?.(call) ?? fine[port]?.(call)) as never;
    });
  const actors = Object.fromEntries(Object.keys(fine).map((name) => [name, fake(name)]));
  const logic = sessionMachine.provide({ actors: actors as never });
  const it = stage(logic, { ...input, ...more }, Object.values(paths));
  const order = () => calls.filter(({ port }) => port === 'submitOrder');
  return { it, calls, order, ports: () => calls.map(({ port }) => port) };
}

const target = (quantity: number, at = 1) => ({ type: 'TARGET', quantity, price: 100, at });

describe('broker session', () => {
  it('logs in and reconciles before it is ready, and asks for the wish that it does not know', async () => {
    const { it: session, ports } = start();
    await session.settle();
    expect(ports()).toEqual(['login', 'reconcile']);
    expect(session.snapshot.value).toBe('ready');
    expect(session.sent('/strategy')).toEqual([{ type: 'REPEAT_WISH', at: 1 }]);
    expect(session.sent('/account')).toEqual([{ type: 'ADJUSTED', positionQuantity: 0, at: 1 }]);
  });

  it('holds a wish back until the broker has said what it has', async () => {
    const { it: session, calls, order } = start({ reconcile: () => reconciled(0.25) });
    session.send(target(1));
    await session.settle();
    expect(calls.map(({ port }) => port)).toEqual(['login', 'reconcile', 'submitOrder']);
    expect(order()[0]!.input).toMatchObject({
      callId: 'c-3',
      order: { clientOrderId: 'o-1', side: 'buy', quantity: 0.75, reduces: false },
    });
  });

  it('tells the account of a fill and rests when the wish is met', async () => {
    const { it: session, order } = start();
    session.send(target(1));
    await session.settle();
    session.sent('/strategy');
    expect(session.sent('/account').at(-1)).toEqual({
      type: 'FILLED',
      clientOrderId: 'o-1',
      side: 'buy',
      quantity: 1,
      price: 100,
      fee: 1,
      at: 2,
    });
    session.send(target(1, 5));
    await session.settle();
    expect(order()).toHaveLength(1);
    expect(session.snapshot.context).toMatchObject({ positionQuantity: 1, order: null });
  });

  it('turns a position in two orders, the first of which only reduces', async () => {
    const { it: session, order } = start({ reconcile: () => reconciled(1) });
    session.send(target(-1));
    await session.settle();
    expect(order().map(({ input }) => input.order)).toMatchObject([
      { clientOrderId: 'o-1', side: 'sell', quantity: 1, reduces: true },
      { clientOrderId: 'o-2', side: 'sell', quantity: 1, reduces: false },
    ]);
  });

  it('cancels the rest of a partial fill, books once, and orders what is missing', async () => {
    const {
      it: session,
      ports,
      order,
    } = start({
      submitOrder: (call) =>
        quantityOf(call) === 1 ? done(2, { report: report('partiallyFilled', 0.4) }) : undefined,
    });
    session.send(target(1));
    await session.settle();
    expect(ports().slice(2)).toEqual(['submitOrder', 'cancelOrder', 'submitOrder']);
    expect(order()[1]!.input).toMatchObject({ order: { clientOrderId: 'o-2', quantity: 0.6 } });
    const fills = session.sent('/account').filter(({ type }) => type === 'FILLED');
    expect(fills.map(({ quantity }) => quantity)).toEqual([0.4, 0.6]);
    expect(session.snapshot.context.counts).toMatchObject({
      ordersFilled: 2,
      ordersFilledInPart: 1,
    });
  });

  it('reconciles before anything else when nobody knows what became of an order', async () => {
    let answers = 0;
    const { it: session, calls } = start({
      submitOrder: () => (answers++ === 0 ? ended('unknown') : undefined),
      reconcile: () => (answers === 0 ? undefined : reconciled(1, [report('filled', 1)])),
    });
    session.send(target(1));
    await session.settle();
    expect(calls.slice(2)).toMatchObject([
      { port: 'submitOrder' },
      { port: 'reconcile', input: { callId: 'c-4', clientOrderIds: ['o-1'] } },
    ]);
    expect(session.snapshot.value).toBe('holding');
    expect(session.sent('/account').slice(1)).toMatchObject([
      { type: 'FILLED', quantity: 1 },
      { type: 'ADJUSTED', positionQuantity: 1 },
    ]);
    session.pass(1_000);
    expect(session.snapshot.value).toBe('ready');
  });

  it('treats a port that was cut off by the end of the process as unknown', async () => {
    const { it: session, ports } = start({
      submitOrder: () => {
        throw new Error('interrupted');
      },
    });
    session.send(target(1));
    await session.settle();
    expect(ports().slice(2)).toEqual(['submitOrder', 'reconcile']);
    expect(session.snapshot.context.counts.ordersUnknown).toBe(1);
  });

  it('waits after a refusal, longer each time, and tries again under a new id', async () => {
    const { it: session, order } = start({ submitOrder: () => ended('refused') });
    session.send(target(1));
    await session.settle();
    expect(session.snapshot.value).toBe('holding');
    for (const waitMs of [1_000, 2_000, 4_000]) {
      const before = order().length;
      session.pass(waitMs - 1);
      await session.settle();
      expect(order()).toHaveLength(before);
      session.pass(1);
      await session.settle();
      expect(order()).toHaveLength(before + 1);
    }
    expect(
      order().map(({ input }) => (input.order as { clientOrderId: string }).clientOrderId),
    ).toEqual(['o-1', 'o-2', 'o-3', 'o-4']);
    expect(session.snapshot.context.counts.ordersRefused).toBe(4);
  });

  it('never waits longer than the longest wait', async () => {
    const { it: session, calls } = start({ login: () => ended('failed') });
    for (let i = 0; i < 20; i++) {
      await session.settle();
      session.pass(60_000);
    }
    await session.settle();
    expect(calls.length).toBe(21);
  });

  it('looks at a new wish at once while it holds', async () => {
    const { it: session, order } = start({ submitOrder: () => ended('refused') });
    session.send(target(1));
    await session.settle();
    session.send(target(-1, 9));
    await session.settle();
    expect(order().at(-1)!.input).toMatchObject({ order: { side: 'sell', at: 9 } });
  });

  it('logs in again when its session is over', async () => {
    let isOver = true;
    const { it: session, ports } = start({
      submitOrder: () => (isOver ? ended('unauthorized') : undefined),
    });
    session.send(target(1));
    await session.settle();
    expect(session.snapshot.value).toBe('loggedOut');
    isOver = false;
    session.pass(1_000);
    await session.settle();
    session.pass(1_000);
    await session.settle();
    expect(ports().slice(2)).toEqual(['submitOrder', 'login', 'reconcile', 'submitOrder']);
  });

  it('pings after silence, and reconciles after a ping that failed', async () => {
    let isDown = false;
    const { it: session, ports } = start({ ping: () => (isDown ? ended('failed') : undefined) });
    await session.settle();
    session.pass(299_999);
    expect(ports()).toHaveLength(2);
    session.pass(1);
    await session.settle();
    isDown = true;
    session.pass(300_000);
    await session.settle();
    expect(session.snapshot.value).toBe('backingOff');
    session.pass(1_000);
    await session.settle();
    expect(ports().slice(2)).toEqual(['ping', 'ping', 'reconcile']);
  });

  it('reconciles on demand, the order that is out included', async () => {
    const { it: session, calls } = start({ submitOrder: () => new Promise(() => {}) });
    session.send(target(1));
    await session.settle();
    expect(session.snapshot.value).toBe('submitting');
    session.send({ type: 'RECONCILE', at: 50 });
    await session.settle();
    expect(calls.at(3)).toMatchObject({ port: 'reconcile', input: { clientOrderIds: ['o-1'] } });
  });

  it('gives no id twice after a crash', async () => {
    const { it: session, order } = start({}, { incarnation: 2 });
    session.send(target(1));
    await session.settle();
    expect(order()[0]!.input).toMatchObject({
      callId: 'c-2.3',
      order: { clientOrderId: 'o-2.1' },
    });
  });

  it('emits facts with their time', async () => {
    const { it: session } = start();
    session.send(target(1, 7));
    await session.settle();
    const facts = session.emitted();
    expect(facts.map(({ type }) => type)).toEqual([
      'session.loggedIn',
      'session.reconciled',
      'session.ready',
      'order.sent',
      'order.filled',
      'session.ready',
    ]);
    expect(facts.map(({ at }) => at)).toEqual([7, 7, 7, 7, 7, 7]);
  });
});

type Session = SnapshotFrom<typeof sessionMachine>;

const outcomes: Record<string, readonly unknown[]> = {
  loggingIn: [done(1)],
  reconciling: [
    reconciled(0, [report('unknown', 0)]),
    reconciled(1, [report('filled', 1)]),
    reconciled(-1),
  ],
  pinging: [done(1)],
  submitting: [
    done(1, { report: report('filled', 1) }),
    done(1, { report: report('partiallyFilled', 0.5) }),
    done(1, { report: report('rejected', 0) }),
    done(1, { report: report('unknown', 0) }),
  ],
  cancelling: [
    done(1, { report: report('cancelled', 0.5) }),
    done(1, { report: report('unknown', 0) }),
  ],
};
const troubles = ['refused', 'unauthorized', 'failed', 'unknown'].map((kind) => ended(kind));

function eventsIn({ value }: Session): never[] {
  const state = String(value);
  const ends = outcomes[state];
  const id = `0.session.${state}`;
  const finished = ends
    ? [
        ...[...ends, ...troubles].map((output) => ({ type: `xstate.done.actor.${id}`, output })),
        { type: `xstate.error.actor.${id}`, error: new Error('interrupted') },
      ]
    : [];
  return [...finished, target(1), target(-1), target(0), { type: 'RECONCILE', at: 1 }] as never[];
}

const edges = expectSound(sessionMachine, {
  input,
  events: eventsIn,
  limit: 40_000,
  unreachable: ['reconciled'],
  key: ({ value, context }) =>
    JSON.stringify([
      value,
      context.positionQuantity === null ? null : Math.sign(context.positionQuantity),
      context.target?.quantity ?? null,
      context.order && [context.order.side, context.order.reduces],
      Math.min(2, context.failureCount),
    ]),
});
const outputKind = (event: { type: string }) =>
  (event as { output?: { kind?: string } }).output?.kind ?? 'error';

describe('on every edge, a broker session', () => {
  it('is walked through all its states', () => {
    expect(edges.length).toBeGreaterThan(1_000);
  });

  it('submits only when the broker has said its position', () => {
    for (const { to } of edges) {
      if (to.value === 'submitting') expect(to.context.positionQuantity).not.toBeNull();
    }
  });

  it('has an order out only while it submits, cancels, or finds out what became of it', () => {
    const out = ['submitting', 'cancelling', 'reconciling', 'backingOff', 'loggedOut', 'loggingIn'];
    for (const { to } of edges) {
      if (to.context.order !== null) expect(out).toContain(to.value);
      if (to.value === 'submitting') expect(to.context.order).not.toBeNull();
    }
  });

  it('sends a new order only when the end of the last one is certain', () => {
    for (const { from, event, to } of edges) {
      const before = from.context.order?.clientOrderId;
      const after = to.context.order?.clientOrderId;
      if (before === undefined || before === after) continue;
      expect(event.type).toMatch(/^xstate\.done\.actor/);
      expect(['submitting', 'cancelling', 'reconciling']).toContain(from.value);
      expect(outputKind(event)).not.toBe('unknown');
      if (from.value !== 'submitting') expect(outputKind(event)).toBe('done');
    }
  });

  it('reconciles next when the end of an order is not known', () => {
    for (const { from, event, to } of edges) {
      if (from.value !== 'submitting' || !event.type.startsWith('xstate.')) continue;
      if (!['unknown', 'error'].includes(outputKind(event))) continue;
      expect(to.value).toBe('reconciling');
      expect(to.context.order?.clientOrderId).toBe(from.context.order?.clientOrderId);
    }
  });

  it('comes to an order after trouble only through reconciling', () => {
    const trouble = ['backingOff', 'loggedOut', 'loggingIn'];
    for (const { from, to } of edges) {
      if (!trouble.includes(String(from.value))) continue;
      expect([...trouble, 'reconciling']).toContain(to.value);
    }
  });

  it('grows its number of orders by at most one', () => {
    for (const { from, to } of edges) {
      const more = to.context.orderCount - from.context.orderCount;
      expect(more === 0 || (more === 1 && to.value === 'submitting')).toBe(true);
    }
  });
});
