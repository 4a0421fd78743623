import { describe, expect, it } from 'vitest';
import { paperPaths } from '../../../actors/paper/tree.ts';
import { paperSettingsSchema } from '../../../config/paper.ts';
import type { PendingOrder } from '../../../machines/paper/session-types.ts';
import type { Fact } from '../../../runtime/options.ts';
import { failuresIn, failuresOf, slippageOf } from '../../../runtime/paper/failures.ts';

const settings = paperSettingsSchema.parse({});

const order: PendingOrder = {
  ...{ clientOrderId: 'o-1', symbol: 'BTC-PERP', side: 'buy', quantity: 2, reduces: false },
  ...{ referencePrice: 10_000, at: 0 },
};

const fact = (type: string, more: object = {}): Fact => ({ type, path: '', ...more });
const fill = (price: number, quantity = 2, id = 'o-1') =>
  fact('order.filled', { clientOrderId: id, side: 'buy', quantity, price });
const told = (one: Fact, sent: PendingOrder | undefined = order) => failuresIn(one, sent, settings);

describe('what the host sees of its orders', () => {
  it('is no failure when an order is filled as usual, and a little worse', () => {
    expect(told(fill(10_001))).toEqual([]);
    expect(told(fill(10_006))).toEqual([]);
    expect(told(fill(9_900))).toEqual([]);
  });

  it('is slippage beyond the usual one, on either side', () => {
    const measure = { what: 'slippageBasisPoints', value: 15, limit: 5, worst: 25 };
    const slipped = { group: 'ORDER', subgroup: 'SLIP_DRIFT', severity: 0.5, context: { measure } };
    expect(told(fill(10_016))).toEqual([slipped]);
    const sale = { ...order, side: 'sell' } as const;
    expect(told(fill(9_984), sale)).toEqual([slipped]);
    expect(slippageOf(sale, 10_016)).toBe(-16);
  });

  it('is the share of an order that was not filled', () => {
    expect(told(fill(10_001, 0.5))).toMatchObject([
      { group: 'ORDER', subgroup: 'PARTIAL_FILL', severity: 0.75 },
    ]);
  });

  it('says nothing of a fill whose order is not known', () => {
    expect(told(fill(10_100, 1, 'o-2'))).toEqual([]);
    expect(failuresIn(fill(10_100, 1), undefined, settings)).toEqual([]);
  });

  it.each(['order.failed', 'order.rejected', 'order.unknown'])('is missed by %s', (type) => {
    expect(told(fact(type, { why: 'late' }))).toEqual([
      {
        ...{ group: 'ORDER', subgroup: 'BATCH_MISS', severity: 0.3 },
        context: { what: type, why: 'late' },
      },
    ]);
  });

  it('leaves refused orders to the breaker that refuses them', () => {
    expect(told(fact('order.refused', { why: 'open' }))).toEqual([]);
  });
});

describe('a trip of a breaker', () => {
  const opened = (evidence: object, path: string = paperPaths.brokerBreaker) =>
    told({ ...fact('breaker.opened', { evidence }), path });

  it('is a timeout, or a connection that was cut, by its own words', () => {
    expect(opened({ kind: 'consecutive', why: 'CallTimeoutError: no result' })).toMatchObject([
      { group: 'NET', subgroup: 'API_TIMEOUT', severity: 0.6 },
    ]);
    const cut = "BrokerError: Broker cut the connection during 'ping'.";
    expect(opened({ kind: 'consecutive', why: cut })).toMatchObject([
      { group: 'NET', subgroup: 'SOCKET_DROP' },
    ]);
    expect(opened({ kind: 'consecutive', why: null })).toHaveLength(1);
  });

  it('is none when probes failed once more, or another breaker opened', () => {
    expect(opened({ kind: 'probes', why: null })).toEqual([]);
    expect(opened({ kind: 'consecutive', why: null }, paperPaths.feedBreaker)).toEqual([]);
    expect(told({ ...fact('breaker.opened'), path: paperPaths.brokerBreaker })).toEqual([]);
  });
});

describe('what lasts', () => {
  const computer = { temperatureCelsius: 70, backlogMs: 0, analysisDelayMs: 0 };

  it('is heat and backlog beyond their limits', () => {
    expect(failuresOf(computer, settings.secr)).toEqual([]);
    expect(failuresOf({ ...computer, backlogMs: 2_000 }, settings.secr)).toEqual([]);
    expect(failuresOf({ ...computer, backlogMs: 7_000 }, settings.secr)).toMatchObject([
      { group: 'PERF', subgroup: 'GPU_LAG', severity: 0.5 },
    ]);
    expect(failuresOf({ ...computer, temperatureCelsius: 87.5 }, settings.secr)).toMatchObject([
      { group: 'THERMAL', subgroup: 'THERMAL_HALT', severity: 0.5 },
    ]);
  });

  it('is a market of little entropy, at each analysis', () => {
    expect(told(fact('market.analysed', { entropy: 0.86 }))).toEqual([]);
    expect(told(fact('market.analysed', { entropy: 0.75 }))).toMatchObject([
      { group: 'ENTROPY', subgroup: 'ICAP_COLLAPSE', severity: 0.5 },
    ]);
  });
});
