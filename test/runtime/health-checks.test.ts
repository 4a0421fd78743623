import { describe, expect, it } from 'vitest';
import type { CheckOutcome } from '../../actors/ports.ts';
import { type Check, CheckTable } from '../../runtime/health-checks.ts';
import { FakeClock } from '../support/fake-clock.ts';

const settle = async () => {
  for (let i = 0; i < 8; i += 1) await Promise.resolve();
};

function watching(check: Check | undefined, over: object = {}) {
  const clock = new FakeClock(1_000);
  const table = new CheckTable();
  table.clock = clock;
  if (check) table.set('a', check);
  const told: CheckOutcome[] = [];
  const probe = { id: 'a', everyMs: 10, timeoutMs: 4, passReportEveryMs: 30, isGauge: false };
  const stop = table.watch({ ...probe, ...over }, (outcome) => told.push(outcome));
  const advance = async (ms: number) => {
    for (let i = 0; i < ms; i += 1) {
      clock.advance(1);
      await settle();
    }
  };
  return { clock, table, told, stop, advance };
}

describe('checks of a component', () => {
  it('tell the first pass, then one in a while with their count', async () => {
    const t = watching(() => true);
    t.clock.advance(0);
    await settle();
    await t.advance(65);
    expect(t.told).toEqual([
      { type: 'CHECK_PASSED', at: 1_000, count: 1 },
      { type: 'CHECK_PASSED', at: 1_030, count: 3 },
      { type: 'CHECK_PASSED', at: 1_060, count: 3 },
    ]);
  });

  it('tell every failure, the passes before it, and the recovery', async () => {
    let count = 0;
    const t = watching(() => {
      count += 1;
      if (count === 3) throw new Error('refused');
    });
    await t.advance(35);
    expect(t.told.map(({ at: _, ...one }) => one)).toEqual([
      { type: 'CHECK_PASSED', count: 1 },
      { type: 'CHECK_FAILED', why: 'refused', passedCount: 1 },
      { type: 'CHECK_PASSED', count: 1 },
    ]);
  });

  it('tell every measured value', async () => {
    const t = watching(async () => 7);
    await t.advance(25);
    expect(t.told.map((one) => 'value' in one && one.value)).toEqual([7, 7, 7]);
  });

  it.each<[string, Check, string]>([
    ['false', () => false, 'the check gave false, not true or a finite number'],
    ['NaN', () => Number.NaN, 'the check gave NaN, not true or a finite number'],
    ['a text', () => 'fine', 'the check gave fine, not true or a finite number'],
    ['a rejection', () => Promise.reject(new TypeError('no')), 'TypeError: no'],
    ['a rejection with nothing', () => Promise.reject(), 'undefined'],
    [
      'an object without a text',
      () => Object.create(null) as object,
      'the check gave something that has no text, not true or a finite number',
    ],
  ])('fail by %s', async (_, check, why) => {
    const t = watching(check);
    await t.advance(1);
    expect(t.told).toMatchObject([{ type: 'CHECK_FAILED', why }]);
  });

  it('fail in time when they hang, once in each cadence, and run only once', async () => {
    const signals: AbortSignal[] = [];
    const t = watching(({ signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    });
    await t.advance(25);
    expect(signals).toHaveLength(1);
    expect(signals[0]!.aborted).toBe(true);
    expect(t.told.map(({ at, ...one }) => [at - t.told[0]!.at, 'why' in one && one.why])).toEqual([
      [0, 'no outcome within 4 ms'],
      [6, 'the check before still hangs'],
      [16, 'the check before still hangs'],
    ]);
    expect(t.clock.pendingCount).toBe(1);
  });

  it('drop an outcome that comes too late, and begin again', async () => {
    let end: (value: boolean) => void = () => {};
    const t = watching(() => new Promise((resolve) => (end = resolve as never)));
    await t.advance(6);
    end(true);
    await t.advance(6);
    end(true);
    await t.advance(1);
    expect(t.told.map(({ type, at }) => [type, at])).toEqual([
      ['CHECK_FAILED', 1_004],
      ['CHECK_PASSED', 1_013],
    ]);
  });

  it('do not overlap when they take longer than their cadence', async () => {
    let count = 0;
    const t = watching(
      () => {
        count += 1;
        return new Promise(() => {});
      },
      { timeoutMs: 100 },
    );
    await t.advance(50);
    expect([count, t.told]).toEqual([1, []]);
  });

  it('fail while nobody has given them, and are made once somebody does', async () => {
    const t = watching(undefined);
    await t.advance(1);
    t.table.set('a', () => true);
    await t.advance(10);
    expect(t.told.map(({ type }) => type)).toEqual(['CHECK_FAILED', 'CHECK_PASSED']);
  });

  it('end when they are told to, the one that runs included', async () => {
    let signal: AbortSignal | undefined;
    const t = watching((options) => {
      ({ signal } = options);
      return new Promise(() => {});
    });
    await t.advance(1);
    t.stop();
    await t.advance(50);
    expect([signal?.aborted, t.told]).toEqual([true, []]);
  });

  it('are none of a gauge, and none in a replay', async () => {
    const t = watching(() => true, { isGauge: true });
    expect(t.clock.pendingCount).toBe(0);
    expect(() => new CheckTable().watch({} as never, () => {})()).not.toThrow();
  });
});
