/** What the safeguards and the broker session say to each other. */
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

const posture = (forbidden: string[] = [], quality: Record<string, number> = {}) => ({
  ...{ type: 'POSTURE_CHANGED', at: 1, forbidden, quality },
});
const closed = posture(['orders.open']);
const sizes = (orders: ReturnType<ReturnType<typeof startSession>['order']>) =>
  orders.map(({ input: { order } }) => {
    const { side, quantity, reduces } = order as Record<string, unknown>;
    return [side, quantity, reduces];
  });

describe('a broker session under the posture', () => {
  it('subscribes under its own path with its login, and again when it has compared', async () => {
    const { it: session } = startSession({ reconcile: () => ended('failed') });
    await session.settle();
    expect(session.sent('/posture')).toEqual([{ type: 'SUBSCRIBE', path: '/session' }]);
    const { it: other } = startSession();
    await other.settle();
    expect(other.sent('/posture')).toHaveLength(2);
  });

  it('opens nothing while openings are forbidden, and does it when they are allowed', async () => {
    const { it: session, order } = startSession();
    await session.settle();
    session.send(closed);
    session.send(target(1));
    await session.settle();
    expect(order()).toEqual([]);
    expect(session.snapshot.value).toBe('ready');
    session.send(posture());
    await session.settle();
    expect(sizes(order())).toEqual([['buy', 1, false]]);
  });

  it('keeps the position small while openings have less than full quality', async () => {
    const { it: session, order } = startSession();
    await session.settle();
    session.send(posture([], { 'orders.open': 0.5, chat: 0.1 }));
    for (const at of [1, 2, 3]) {
      session.send(target(1, at));
      await session.settle();
    }
    expect(sizes(order())).toEqual([['buy', 0.5, false]]);
    session.send(posture());
    await session.settle();
    expect(sizes(order())).toEqual([
      ['buy', 0.5, false],
      ['buy', 0.5, false],
    ]);
    expect(session.snapshot.context.positionQuantity).toBe(1);
  });

  it('reduces while openings are forbidden, and only until it is flat', async () => {
    const { it: session, order } = startSession({ reconcile: () => reconciled(1) });
    await session.settle();
    session.send(closed);
    session.send(target(-1));
    await session.settle();
    expect(sizes(order())).toEqual([['sell', 1, true]]);
    expect(session.snapshot.context.positionQuantity).toBe(0);
  });

  it('sends nothing at all when reductions are forbidden too', async () => {
    const { it: session, order } = startSession({ reconcile: () => reconciled(1) });
    await session.settle();
    session.send(posture(['orders.open', 'orders.reduce']));
    session.send(target(0));
    await session.settle();
    expect(order()).toEqual([]);
  });

  it('says when its limits change, and only then', async () => {
    const { it: session } = startSession();
    await session.settle();
    session.emitted();
    session.send(closed);
    session.send(posture(['chat', 'orders.open']));
    session.send(posture([], { 'orders.open': 0.5 }));
    session.send(posture(['orders.reduce'], { 'orders.open': 0.5 }));
    const limits = session.emitted().filter(({ type }) => type === 'session.limited');
    expect(limits).toEqual([
      { type: 'session.limited', at: 1, openRatio: 0, mayReduce: true },
      { type: 'session.limited', at: 1, openRatio: 0.5, mayReduce: true },
      { type: 'session.limited', at: 1, openRatio: 0.5, mayReduce: false },
    ]);
  });

  it('asks once more with each ping while it is limited, and only then', async () => {
    const { it: session } = startSession();
    await session.settle();
    const asked = async (event: ReturnType<typeof posture>) => {
      session.send(event);
      session.sent();
      session.pass(300_000);
      await session.settle();
      return session.sent('/posture').length;
    };
    expect(await asked(posture())).toBe(0);
    expect(await asked(posture([], { 'orders.open': 0.5 }))).toBe(1);
    expect(await asked(posture(['orders.reduce']))).toBe(1);
    expect(await asked(posture())).toBe(0);
  });
});

describe('a broker session and the trading mode', () => {
  const modes = (events: { type: string }[]) => events.map(({ type }) => type);

  it('says that nothing is known until it has compared', async () => {
    const { it: session } = startSession();
    await session.settle();
    expect(session.sent('/tradingMode')).toEqual([
      {
        type: 'RECONCILE',
        at: 1,
        by: 'session',
        why: 'the position at the broker is not known',
      },
      { type: 'RECONCILED', at: 1, by: 'session', why: 'position 0, no orders at work' },
    ]);
  });

  it('says so when nobody knows what became of an order', async () => {
    let answers = 0;
    const { it: session } = startSession({
      submitOrder: () => (answers++ === 0 ? ended('unknown') : undefined),
      reconcile: () => (answers === 0 ? undefined : reconciled(1, [report('filled', 1)])),
    });
    await session.settle();
    session.sent();
    session.send(target(1));
    await session.settle();
    const told = session.sent('/tradingMode');
    expect(modes(told)).toEqual(['RECONCILE', 'RECONCILED']);
    expect(told[0]).toMatchObject({ why: 'nobody knows what became of order o-1' });
  });

  it('says so when it is told that the process has started again', async () => {
    const { it: session } = startSession();
    await session.settle();
    session.sent();
    session.send({ type: 'RECONCILE', at: 9 });
    await session.settle();
    expect(modes(session.sent('/tradingMode'))).toEqual(['RECONCILE', 'RECONCILED']);
  });

  it('says nothing of trouble in which no order was out', async () => {
    let pings = 0;
    const { it: session } = startSession({ ping: () => (pings++ ? done(1) : ended('failed')) });
    await session.settle();
    session.sent();
    session.pass(300_000);
    await session.settle();
    session.pass(1_000);
    await session.settle();
    expect(modes(session.sent('/tradingMode'))).toEqual(['RECONCILED']);
  });
});

describe('rejected logins', () => {
  /** A session whose logins end as `kinds` says, then go well. */
  async function toldAfter(kinds: readonly string[]) {
    const left = [...kinds];
    const { it: session } = startSession({
      login: () => (left.length > 0 ? ended(left.shift()!) : undefined),
      submitOrder: (call) => done(2, { report: report('filled', quantityOf(call)) }),
    });
    for (let i = 0; i <= kinds.length; i++) {
      await session.settle();
      session.pass(60_000);
    }
    return session.sent('/safety');
  }
  const rejected = (count: number) => Array.from({ length: count }, () => 'unauthorized');

  it('do no harm once or twice', async () => {
    expect(await toldAfter(rejected(1))).toEqual([]);
    expect(await toldAfter(rejected(2))).toEqual([]);
  });

  it('are a failed authentication three times in a row, whatever else failed between', async () => {
    const told = {
      type: 'AUTHENTICATION_FAILED',
      at: 1,
      why: '3 logins in a row were rejected: because',
    };
    expect(await toldAfter(rejected(3))).toEqual([told]);
    expect(await toldAfter(['unauthorized', 'failed', ...rejected(2)])).toEqual([told]);
  });

  it('begin anew with a login that goes well', async () => {
    const { it: session } = startSession({ ping: () => ended('unauthorized'), login: logins() });
    for (let i = 0; i < 8; i++) {
      await session.settle();
      session.pass(300_000);
    }
    expect(session.sent('/safety')).toEqual([]);

    /** Two rejected, one taken, and so on. */
    function logins() {
      let count = 0;
      return () => (count++ % 3 < 2 ? ended('unauthorized') : done(1));
    }
  });

  it('are told again after as many more', async () => {
    expect(await toldAfter(rejected(5))).toHaveLength(1);
    expect(await toldAfter(rejected(6))).toHaveLength(2);
  });
});
