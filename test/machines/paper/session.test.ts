import { describe, expect, it } from 'vitest';
import {
  done,
  ended,
  quantityOf,
  reconciled,
  report,
  startSession,
  target,
} from '../../support/session.ts';

describe('broker session', () => {
  it('logs in and reconciles before it is ready, and asks for the wish', async () => {
    const { it: session, ports } = startSession();
    await session.settle();
    expect(ports()).toEqual(['login', 'reconcile']);
    expect(session.snapshot.value).toBe('ready');
    expect(session.sent('/strategy')).toEqual([{ type: 'REPEAT_WISH', at: 1 }]);
    expect(session.sent('/account')).toEqual([{ type: 'ADJUSTED', positionQuantity: 0, at: 1 }]);
  });

  it('holds a wish back until the broker has said what it has', async () => {
    const { it: session, calls, order } = startSession({ reconcile: () => reconciled(0.25) });
    session.send(target(1));
    await session.settle();
    expect(calls.map(({ port }) => port)).toEqual(['login', 'reconcile', 'submitOrder']);
    expect(order()[0]!.input).toMatchObject({
      callId: 'c-3',
      order: { clientOrderId: 'o-1', side: 'buy', quantity: 0.75, reduces: false },
    });
  });

  it('tells the account of a fill and rests when the wish is met', async () => {
    const { it: session, order } = startSession();
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
    const { it: session, order } = startSession({ reconcile: () => reconciled(1) });
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
    } = startSession({
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
    const { it: session, calls } = startSession({
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
    const { it: session, ports } = startSession({
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
    const { it: session, order } = startSession({ submitOrder: () => ended('refused') });
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
    const { it: session, calls } = startSession({ login: () => ended('failed') });
    for (let i = 0; i < 20; i++) {
      await session.settle();
      session.pass(60_000);
    }
    await session.settle();
    expect(calls.length).toBe(21);
  });

  it('looks at a new wish at once while it holds', async () => {
    const { it: session, order } = startSession({ submitOrder: () => ended('refused') });
    session.send(target(1));
    await session.settle();
    session.send(target(-1, 9));
    await session.settle();
    expect(order().at(-1)!.input).toMatchObject({ order: { side: 'sell', at: 9 } });
  });

  it('logs in again when its session is over', async () => {
    let isOver = true;
    const { it: session, ports } = startSession({
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
    const { it: session, ports } = startSession({
      ping: () => (isDown ? ended('failed') : undefined),
    });
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
    const { it: session, calls } = startSession({ submitOrder: () => new Promise(() => {}) });
    session.send(target(1));
    await session.settle();
    expect(session.snapshot.value).toBe('submitting');
    session.send({ type: 'RECONCILE', at: 50 });
    await session.settle();
    expect(calls.at(3)).toMatchObject({ port: 'reconcile', input: { clientOrderIds: ['o-1'] } });
  });

  it('gives no id twice after a crash', async () => {
    const { it: session, order } = startSession({}, { incarnation: 2 });
    session.send(target(1));
    await session.settle();
    expect(order()[0]!.input).toMatchObject({
      callId: 'c-2.3',
      order: { clientOrderId: 'o-2.1' },
    });
  });

  it('emits facts with their time', async () => {
    const { it: session } = startSession();
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
