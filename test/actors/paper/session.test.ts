import { describe, expect, it, vi } from 'vitest';
import { createActor, type PromiseActorLogic, toPromise } from 'xstate';
import { CircuitOpenError } from '../../../actors/circuit-breaker-errors.ts';
import { BrokerError, CallTimeoutError, NotActiveError } from '../../../actors/errors.ts';
import { breakerBroker } from '../../../actors/paper/breaker-broker.ts';
import { sessionActor } from '../../../actors/paper/session.ts';
import type { Broker, CallOptions, OrderReport } from '../../../actors/ports.ts';

const report = (clientOrderId: string, more: Partial<OrderReport> = {}): OrderReport => ({
  clientOrderId,
  status: 'filled',
  side: 'buy',
  filledQuantity: 1,
  averagePrice: 100,
  fee: 0,
  ...more,
});

const fine: Broker = {
  login: async () => ({ sessionId: 'secret' }),
  ping: async () => ({ at: 1 }),
  account: async () => ({ positionQuantity: 3, workingOrders: [] }),
  submitOrder: async ({ clientOrderId }) => report(clientOrderId),
  order: async (id) => report(id),
  cancelOrder: async (id) => report(id, { status: 'cancelled' }),
};

const order = {
  clientOrderId: 'o-1',
  symbol: 'BTC-PERP',
  side: 'buy' as const,
  quantity: 1,
  reduces: false,
  referencePrice: 100,
  at: 1,
};

/** Runs one port of the session and gives its outcome. */
function ask(
  name: string,
  input: object,
  broker: Partial<Broker> = {},
  admitsOpening = () => true,
): Promise<unknown> {
  const clock = { now: () => 77 };
  const logic = sessionActor({ broker: { ...fine, ...broker }, admitsOpening, clock });
  const port = logic.implementations.actors[name] as PromiseActorLogic<unknown, unknown>;
  const actor = createActor(port, { input: { callId: 'c-1', ...input } });
  actor.start();
  return toPromise(actor);
}

const rejecting = (error: unknown) => ({ ping: () => Promise.reject(error) });

describe('ports of the broker session', () => {
  it('tell nobody the secret of the session', async () => {
    expect(await ask('login', {})).toEqual({ kind: 'done', at: 77 });
  });

  it('hand an order on without what only the chart needs', async () => {
    const submitOrder = vi.fn(fine.submitOrder);
    expect(await ask('submitOrder', { order }, { submitOrder })).toEqual({
      kind: 'done',
      at: 77,
      report: report('o-1'),
    });
    const { reduces, ...request } = order;
    expect(reduces).toBe(false);
    expect(submitOrder.mock.calls[0]![0]).toEqual(request);
    expect(submitOrder.mock.calls[0]![1].callId).toBe('c-1');
  });

  it('refuse an order that opens while nothing may, and send nothing', async () => {
    const submitOrder = vi.fn(fine.submitOrder);
    expect(await ask('submitOrder', { order }, { submitOrder }, () => false)).toEqual({
      kind: 'refused',
      at: 77,
      why: "Order 'o-1' opens a position, and nothing may open now: it was not sent.",
    });
    expect(submitOrder).not.toHaveBeenCalled();
  });

  it('always let an order pass that reduces', async () => {
    const reducing = { order: { ...order, reduces: true } };
    expect(await ask('submitOrder', reducing, {}, () => false)).toMatchObject({ kind: 'done' });
  });

  it.each([
    [new BrokerError('unauthorized', 'x'), 'unauthorized'],
    [new BrokerError('unavailable', 'x'), 'failed'],
    [new BrokerError('refused', 'x'), 'failed'],
    [new BrokerError('fenced', 'x'), 'failed'],
    [new BrokerError('reset', 'x'), 'unknown'],
    [new BrokerError('protocol', 'x'), 'unknown'],
    [new CircuitOpenError('broker', 'x', () => 0), 'refused'],
    [new NotActiveError('broker'), 'refused'],
    [new CallTimeoutError('broker', 10), 'unknown'],
    [new TypeError('x'), 'unknown'],
    ['x', 'unknown'],
  ])('turn %s into an outcome of its kind: %s', async (error, kind) => {
    const why = error instanceof Error ? error.message : 'x';
    expect(await ask('ping', {}, rejecting(error))).toEqual({ kind, at: 77, why });
  });

  it('reconcile: cancel what works, ask for what is unknown, take the position', async () => {
    const log: string[] = [];
    const note = (name: string, { callId }: CallOptions) => log.push(`${name} ${callId}`);
    let position = 1;
    const broker: Partial<Broker> = {
      account: async (options) => {
        note('account', options);
        const workingOrders = position === 1 ? [report('o-5'), report('o-8')] : [];
        return { positionQuantity: position, workingOrders };
      },
      cancelOrder: async (id, options) => {
        note(`cancel ${id}`, options);
        position += 1;
        return report(id, { status: 'cancelled' });
      },
      order: async (id, options) => {
        note(`order ${id}`, options);
        return report(id);
      },
    };
    expect(await ask('reconcile', { clientOrderIds: ['o-8', 'o-9'] }, broker)).toEqual({
      kind: 'done',
      at: 77,
      positionQuantity: 3,
      reports: [report('o-8', { status: 'cancelled' }), report('o-9')],
    });
    expect(log).toEqual([
      'account c-1.account',
      'cancel o-5 c-1.cancel.o-5',
      'cancel o-8 c-1.cancel.o-8',
      'order o-9 c-1.order.o-9',
      'account c-1.after',
    ]);
  });

  it('ask for the account once when nothing works', async () => {
    const account = vi.fn(fine.account);
    await ask('reconcile', { clientOrderIds: [] }, { account });
    expect(account).toHaveBeenCalledTimes(1);
  });

  it('end a reconciling with the first call that fails', async () => {
    const order = () => Promise.reject(new BrokerError('reset', 'cut'));
    expect(await ask('reconcile', { clientOrderIds: ['o-1'] }, { order })).toEqual({
      kind: 'unknown',
      at: 77,
      why: 'cut',
    });
  });
});

describe('broker behind a breaker', () => {
  it('makes every call through the breaker, with its signal and the id of the call', async () => {
    const inner = new AbortController().signal;
    const outer = new AbortController().signal;
    const seen: unknown[] = [];
    const noting = <T>(options: CallOptions, value: T) => {
      seen.push(options.callId, options.signal === inner);
      return Promise.resolve(value);
    };
    const broker = breakerBroker(
      {
        login: (options) => noting(options, { sessionId: 's' }),
        ping: (options) => noting(options, { at: 1 }),
        account: (options) => noting(options, { positionQuantity: 0, workingOrders: [] }),
        submitOrder: (asked, options) => noting(options, report(asked.clientOrderId)),
        order: (id, options) => noting(options, report(id)),
        cancelOrder: (id, options) => noting(options, report(id)),
      },
      {
        execute: (call, options) => {
          expect(options?.signal).toBe(outer);
          return call({ signal: inner });
        },
      },
    );
    const options = (callId: string) => ({ callId, signal: outer });
    await broker.login(options('1'));
    await broker.ping(options('2'));
    await broker.account(options('3'));
    await broker.submitOrder(order, options('4'));
    await broker.order('o-1', options('5'));
    await broker.cancelOrder('o-1', options('6'));
    expect(seen).toEqual(['1', true, '2', true, '3', true, '4', true, '5', true, '6', true]);
  });

  it('makes no call that the breaker refuses', async () => {
    const ping = vi.fn(fine.ping);
    const error = new CircuitOpenError('broker', 'open', () => 0);
    const broker = breakerBroker({ ...fine, ping }, { execute: () => Promise.reject(error) });
    const { signal } = new AbortController();
    await expect(broker.ping({ callId: '1', signal })).rejects.toBe(error);
    expect(ping).not.toHaveBeenCalled();
  });
});
