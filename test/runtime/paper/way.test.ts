/** One way to the paper broker: when it is down, and when a look at it is a call. */
import { afterEach, describe, expect, it } from 'vitest';
import type { PaperSettingsInput } from '../../../config/paper.ts';
import { paperSettingsSchema } from '../../../config/paper.ts';
import { simulatedClock } from '../../../runtime/clock/simulated.ts';
import { openOffice } from '../../../runtime/paper/broker-office.ts';
import { drawFault } from '../../../runtime/paper/faults.ts';
import { openWay, wayFaults } from '../../../runtime/paper/way.ts';
import { call, order, ratios } from '../../support/paper-broker.ts';

type Broker = NonNullable<PaperSettingsInput['broker']>;

const brokerOf = (broker: Broker = {}) => paperSettingsSchema.parse({ broker }).broker;
const hourMs = 3_600_000;
const outages = { outageEveryMs: 4 * hourMs, outageDurationMs: hourMs };
const broken = brokerOf({ pair: { primary: outages, backup: outages } });

/** The minutes of some days in which a way is down. */
const downMinutes = (side: 'primary' | 'backup', settings = broken) =>
  Array.from({ length: 3 * 1_440 }, (_, minute) => minute).filter(
    (minute) => wayFaults(side, 3, settings, minute * 60_000) !== settings.faults,
  );

describe('the faults of a way', () => {
  it('are outages of its own, each side at other times, about as long as set', () => {
    const [primary, backup] = [downMinutes('primary'), downMinutes('backup')];
    for (const minutes of [primary, backup]) {
      expect(minutes.length / (3 * 1_440)).toBeGreaterThan(0.125);
      expect(minutes.length / (3 * 1_440)).toBeLessThan(0.375);
    }
    const both = primary.filter((minute) => backup.includes(minute));
    expect(both.length).toBeLessThan(primary.length / 2);
  });

  it('fail every call while it is down, and leave the broker its own at other times', () => {
    const atMs = downMinutes('primary')[0]! * 60_000;
    const faults = wayFaults('primary', 3, broken, atMs);
    const kinds = Array.from(
      { length: 200 },
      (_, id) => drawFault(3, `c-${id}`, atMs, faults).kind,
    );
    expect(new Set(kinds)).toEqual(new Set(['error', 'reset', 'hang']));
    expect(wayFaults('primary', 3, broken, atMs - 2 * hourMs)).toBe(broken.faults);
  });

  it('are none without outages, and none when nothing fails', () => {
    expect(downMinutes('backup', brokerOf())).toEqual([]);
    const calm = brokerOf({ faults: { enabled: false }, pair: { primary: outages } });
    const atMs = downMinutes('primary', calm)[0]! * 60_000;
    expect(drawFault(3, 'c-1', atMs, wayFaults('primary', 3, calm, atMs)).kind).toBe('none');
  });

  it('have outages that end before the next ones begin', () => {
    const tooLong = { outageEveryMs: hourMs, outageDurationMs: hourMs };
    expect(() => brokerOf({ pair: { backup: tooLong } })).toThrow(/two thirds of outageEveryMs/);
  });
});

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Both ways to one broker, and what each look asks it. */
async function openBoth(faults: Broker['faults'] = {}) {
  const current = { broker: brokerOf({ faults: { outageDurationMs: 0, ...ratios, ...faults } }) };
  const clock = simulatedClock({ startMs: 1_000_000 });
  const office = openOffice({ fees: () => ({ feeBasisPoints: 0, slippageBasisPoints: 0 }) });
  const settings = () => current.broker;
  const world = {
    ...{ office, clock, settings, seed: 1, epoch: () => 5 },
    faults: () => settings().faults,
  };
  const doubts: string[] = [];
  const open = (side: 'primary' | 'backup') =>
    openWay({ ...world, side, doubted: () => doubts.push(side) });
  const ways = { primary: await open('primary'), backup: await open('backup') };
  closers.push(
    () => ways.primary.close(),
    () => ways.backup.close(),
  );
  const { signal } = new AbortController();
  /** Lets time pass until it ends; says how long that took, ms. */
  const finish = async <T>(begun: Promise<T>) => {
    const fromMs = clock.now();
    let tookMs: number | undefined;
    const ended = begun.then(
      (value) => ({ value, error: undefined }),
      (error) => ({ value: undefined, error }),
    );
    void ended.then(() => {
      tookMs = clock.now() - fromMs;
    });
    for (let i = 0; i < 5 && tookMs === undefined; i++) {
      await clock.advanceTo(clock.nextDueMs ?? clock.now());
    }
    return { ...(await ended), tookMs };
  };
  const look = async (side: 'primary' | 'backup') => {
    const { error, tookMs } = await finish(
      ways[side].look({ signal, callId: `look.${clock.now()}` }),
    );
    return error ? String(error.kind) : tookMs === 0 ? 'trusted' : 'asked';
  };
  return { ways, clock, office, doubts, current, finish, look };
}

describe('a look at a way', () => {
  it('is a call when the last one that went well is too long ago', async () => {
    const { look, clock, current } = await openBoth();
    expect(await look('primary')).toBe('asked');
    expect(await look('primary')).toBe('trusted');
    await clock.advance(current.broker.pair.trustMs - 200);
    expect(await look('primary')).toBe('trusted');
    await clock.advance(200);
    expect(await look('primary')).toBe('asked');
    expect(await look('backup')).toBe('asked');
  });

  it('takes any call that went well for one', async () => {
    const { look, clock, current, ways, finish } = await openBoth();
    await look('primary');
    await clock.advance(current.broker.pair.trustMs - 100);
    await finish(ways.primary.broker.account(call('a')));
    await clock.advance(10_000);
    expect(await look('primary')).toBe('trusted');
  });

  it('fails when its call does, and tells that something is amiss', async () => {
    const { look, doubts, current } = await openBoth({ errorRatio: 1 });
    expect(await look('primary')).toBe('unavailable');
    expect(doubts).toEqual(['primary']);
    current.broker = brokerOf({ faults: { outageDurationMs: 0, ...ratios } });
    expect(await look('primary')).toBe('asked');
    expect(doubts).toHaveLength(1);
  });

  it('is a call again once it is doubted', async () => {
    const { look, ways } = await openBoth();
    await look('primary');
    ways.primary.doubt();
    expect(await look('primary')).toBe('asked');
  });

  it('passes when the broker rejects the login: it can be reached', async () => {
    const { look, doubts } = await openBoth({ rejectedLoginRatio: 1 });
    expect(await look('primary')).toBe('asked');
    expect(doubts).toEqual([]);
  });

  it('logs in anew after the session was ended', async () => {
    const { look, current, clock, ways, finish } = await openBoth();
    await look('primary');
    current.broker = brokerOf({
      faults: { outageDurationMs: 0, ...ratios, rejectedLoginRatio: 1 },
    });
    expect((await finish(ways.primary.broker.account(call('a')))).error.kind).toBe('unauthorized');
    current.broker = brokerOf({ faults: { outageDurationMs: 0, ...ratios } });
    await clock.advance(current.broker.pair.trustMs);
    expect(await look('primary')).toBe('asked');
    expect((await finish(ways.primary.broker.account(call('b')))).error).toBeUndefined();
  });
});

describe('two ways to one broker', () => {
  it('lead to the same orders, each with a login of its own', async () => {
    const { ways, look, finish, office } = await openBoth();
    await look('primary');
    const other = await finish(ways.backup.broker.account(call('a')));
    expect(other.error.kind).toBe('unauthorized');
    await look('backup');
    await finish(ways.primary.broker.submitOrder(order('o-1'), call('b')));
    const again = await finish(ways.backup.broker.submitOrder(order('o-1'), call('c')));
    expect(again.value).toMatchObject({ clientOrderId: 'o-1', status: 'filled' });
    const { value } = await finish(ways.backup.broker.account(call('d')));
    expect(value!.positionQuantity).toBe(2);
    expect(office.epoch).toBe(5);
  });

  it('draw their faults apart from each other', async () => {
    const { ways, finish, look } = await openBoth({ errorRatio: 0.5 });
    for (const side of ['primary', 'backup'] as const) {
      for (let i = 0; i < 9 && (await look(side)) !== 'asked'; i++) ways[side].doubt();
    }
    const fates: string[] = [];
    for (let id = 0; id < 24; id++) {
      const one = await finish(ways.primary.broker.ping(call(`p-${id}`)));
      const other = await finish(ways.backup.broker.ping(call(`p-${id}`)));
      fates.push(`${one.error === undefined} ${other.error === undefined}`);
    }
    expect(new Set(fates).size).toBe(4);
  });
});
