import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { FaultSettings } from '../../../config/paper-broker.ts';
import { simulatedClock } from '../../../runtime/clock/simulated.ts';
import { brokerClient } from '../../../runtime/paper/broker-client.ts';
import type { BrokerServer } from '../../../runtime/paper/broker-server.ts';
import { drawFault, type FaultKind } from '../../../runtime/paper/faults.ts';
import { call, faultsOf, openBroker, order, ratios } from '../../support/paper-broker.ts';

/** An id for which the fault is as wanted. */
function idFor(faults: FaultSettings, kind: FaultKind, executed?: boolean): string {
  for (let i = 0; i < 10_000; i++) {
    const fault = drawFault(1, `c-${i}`, 1_000_000, faults);
    if (fault.kind === kind && (executed ?? fault.executed) === fault.executed) return `c-${i}`;
  }
  throw new Error(`No id draws ${kind}.`);
}

/** Sends what no client of ours would send. */
function raw({ port }: BrokerServer, path: string, token: string, body?: string) {
  return new Promise<number>((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const method = body === undefined ? 'GET' : 'POST';
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

describe('paper broker', () => {
  it('fills an order at the market price, worse by the slippage, for a fee', async () => {
    const { client, finish, login } = await openBroker({ price: 1_000 });
    await login();
    const bought = await finish(client.submitOrder(order('o-1'), call('c-1')));
    expect(bought.value).toEqual({
      clientOrderId: 'o-1',
      status: 'filled',
      side: 'buy',
      filledQuantity: 2,
      averagePrice: 1_002,
      fee: 2.004,
    });
    const sell = order('o-2', { side: 'sell', quantity: 3 });
    const sold = await finish(client.submitOrder(sell, call('c-2')));
    expect(sold.value?.averagePrice).toBe(998);
    const { value } = await finish(client.account(call('c-3')));
    expect(value).toEqual({ positionQuantity: -1, workingOrders: [] });
  });

  it('fills at the reference price where the market is not known', async () => {
    const { client, finish, login } = await openBroker();
    await login();
    const { value } = await finish(client.submitOrder(order('o-1'), call('c-1')));
    expect(value?.averagePrice).toBeCloseTo(100.2, 9);
  });

  it('executes one id once', async () => {
    const { client, finish, login } = await openBroker();
    await login();
    const first = await finish(client.submitOrder(order('o-1'), call('c-1')));
    const again = await finish(client.submitOrder(order('o-1', { quantity: 9 }), call('c-2')));
    expect(again.value).toEqual(first.value);
    expect((await finish(client.account(call('c-3')))).value?.positionQuantity).toBe(2);
  });

  it('gives each outcome its logical time, however long the reply took', async () => {
    const { client, clock, finish, login, settings } = await openBroker();
    await login();
    const startMs = clock.now();
    const { latencyMs } = drawFault(1, 'c-9', startMs, settings.current);
    const { at, value } = await finish(client.ping(call('c-9')));
    expect(at).toBe(startMs + latencyMs);
    expect(value).toEqual({ at: startMs });
  });

  it('keeps time from leaving the moment of a call before the broker has acted', async () => {
    const { client, clock, login, server } = await openBroker();
    await login();
    const startMs = clock.now();
    const pending = client.submitOrder(order('o-1'), call('c-1'));
    await clock.advanceTo(startMs);
    // By now the server has answered, although the outcome is still to come.
    await server.close();
    await clock.advanceTo(startMs + 60_000);
    expect((await pending).status).toBe('filled');
  });

  it('keeps time from moving on while a slow server has not answered', async () => {
    let hasAnswered = false;
    const server = createServer((_request, response) => {
      setTimeout(() => {
        hasAnswered = true;
        response.end('{"at":1}');
      }, 50);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const clock = simulatedClock();
    const client = brokerClient({ port, key: '', clock, seed: 1, faults: () => faultsOf() });
    const pong = client.ping(call('c-1'));
    await clock.advanceTo(1);
    expect(hasAnswered).toBe(true);
    await clock.advanceTo(10_000);
    expect(await pong).toEqual({ at: 1 });
    client.close();
    server.close();
  });

  it('cancels the rest of a partial fill and keeps what was filled', async () => {
    const faults = faultsOf({ partialFillRatio: 1 });
    const { client, finish, login } = await openBroker({ faults });
    await login();
    const { value } = await finish(client.submitOrder(order('o-1'), call('c-1')));
    expect(value?.status).toBe('partiallyFilled');
    expect(value?.filledQuantity).toBeLessThan(2);
    const { value: account } = await finish(client.account(call('c-2')));
    expect(account?.workingOrders).toEqual([value]);
    const { value: final } = await finish(client.cancelOrder('o-1', call('c-3')));
    expect(final).toEqual({ ...value, status: 'cancelled' });
    expect((await finish(client.account(call('c-4')))).value).toEqual({
      positionQuantity: value?.filledQuantity,
      workingOrders: [],
    });
  });

  it('knows nothing of an order that it never saw', async () => {
    const { client, finish, login } = await openBroker();
    await login();
    for (const asked of [
      client.order('o-7', call('c-1')),
      client.cancelOrder('o-7', call('c-2')),
    ]) {
      expect((await finish(asked)).value).toMatchObject({ status: 'unknown', filledQuantity: 0 });
    }
  });

  it.each([
    ['errorRatio', 'error', 'unavailable', "Broker answered 503 to 'submitOrder'."],
    ['resetRatio', 'reset', 'reset', "Broker cut the connection during 'submitOrder'."],
    [
      'rejectedLoginRatio',
      'rejectedLogin',
      'unauthorized',
      "Broker answered 401 to 'submitOrder'.",
    ],
  ] as const)('acts %s for real', async (ratio, kind, errorKind, message) => {
    const { client, clock, finish, login, settings } = await openBroker();
    await login();
    settings.current = faultsOf({ [ratio]: 1 });
    const startMs = clock.now();
    const { error, at } = await finish(client.submitOrder(order('o-1'), call('c-1')));
    expect(error).toMatchObject({ name: 'BrokerError', kind: errorKind, message });
    expect(drawFault(1, 'c-1', startMs, settings.current)).toMatchObject({
      kind,
      latencyMs: at! - startMs,
    });
  });

  it('has ended the session after a rejected login, until the next login', async () => {
    const { client, finish, login, settings } = await openBroker();
    await login();
    settings.current = faultsOf({ rejectedLoginRatio: 1 });
    await finish(client.ping(call('c-1')));
    settings.current = faultsOf();
    expect((await finish(client.ping(call('c-2')))).error?.kind).toBe('unauthorized');
    await login();
    expect((await finish(client.ping(call('c-3')))).error).toBeUndefined();
  });

  it.each(['hang', 'reset'] as const)(
    'executes an order before its %s, or not, as drawn',
    async (kind) => {
      const faults = faultsOf({ [`${kind}Ratio`]: 1 });
      for (const executed of [true, false]) {
        const { client, clock, finish, login, settings } = await openBroker();
        await login();
        settings.current = faults;
        const abort = new AbortController();
        const id = idFor(faults, kind, executed);
        const lost = client.submitOrder(order('o-1'), call(id, abort.signal));
        lost.catch(() => {});
        await clock.advance(10_000);
        abort.abort(new Error('given up'));
        await expect(lost).rejects.toThrow(kind === 'hang' ? 'given up' : 'cut the connection');
        settings.current = faultsOf();
        const { value } = await finish(client.account(call('after')));
        expect(value?.positionQuantity).toBe(executed ? 2 : 0);
      }
    },
  );

  it('never answers a call that hangs, however much time passes', async () => {
    const { client, clock, login, settings } = await openBroker();
    await login();
    settings.current = faultsOf({ hangRatio: 1 });
    let hasEnded = false;
    const end = () => {
      hasEnded = true;
    };
    client.ping(call('c-1')).then(end, end);
    await clock.advance(86_400_000);
    expect(hasEnded).toBe(false);
  });

  it('draws the same run twice', async () => {
    const run = async () => {
      const { client, finish, login, clock } = await openBroker({
        faults: { ...ratios, errorRatio: 0.2, resetRatio: 0.2, partialFillRatio: 0.3 },
      });
      const log: unknown[] = [await login()];
      for (let i = 0; i < 40; i++) {
        const { value, error, at } = await finish(
          client.submitOrder(order(`o-${i}`), call(`c-${i}`)),
        );
        log.push({ value, message: error?.message, at });
        await clock.advance(1_000);
      }
      (log[0] as { value: unknown }).value = undefined;
      return log;
    };
    expect(await run()).toEqual(await run());
  });

  it('cannot be reached after it was closed', async () => {
    const { client, finish, server } = await openBroker();
    await server.close();
    const { error } = await finish(client.login(call('c-1')));
    expect(error).toMatchObject({
      kind: 'unavailable',
      message: "Broker could not be reached for 'login'.",
    });
  });

  it('closes at once although somebody waits for a reply', async () => {
    const { client, clock, server, login, settings } = await openBroker();
    await login();
    settings.current = faultsOf({ hangRatio: 1 });
    client.ping(call('c-1')).catch(() => {});
    await clock.advance(1);
    const startMs = performance.now();
    await server.close();
    expect(performance.now() - startMs).toBeLessThan(1_000);
  });
});

describe('paper broker, when misused', () => {
  it('wants the key to log in and the token for the rest', async () => {
    const { server } = await openBroker();
    expect(await raw(server, '/login', 'wrong', '{}')).toBe(401);
    expect(await raw(server, '/account', '')).toBe(401);
    expect(await raw(server, '/account', server.key)).toBe(401);
    expect(await raw(server, '/login', server.key, '{}')).toBe(200);
    expect(await raw(server, '/account', server.key)).toBe(401);
  });

  it('refuses orders that are none, large bodies and unknown paths', async () => {
    const { client, finish, login, server } = await openBroker();
    const { value } = await login();
    const token = value!.sessionId;
    expect(await raw(server, '/orders', token, '{"quantity":')).toBe(400);
    expect(
      await raw(server, '/orders', token, JSON.stringify(order('o-1', { quantity: -1 }))),
    ).toBe(400);
    expect(await raw(server, '/orders', token, 'x'.repeat(20_000))).toBe(413);
    expect(await raw(server, '/nowhere', token)).toBe(404);
    const bad = await finish(client.submitOrder(order('o-1', { quantity: 0 }), call('c-1')));
    expect(bad.error?.kind).toBe('refused');
  });
});
