import { describe, expect, it } from 'vitest';
import { simulatedClock } from '../../../runtime/clock/simulated.ts';
import { Beat, within } from '../../../runtime/failover/beat.ts';

/** A beat of 100 ms with a limit of 40, whose tries come to what `answers` says. */
function beating(answer: (count: number) => unknown) {
  const clock = simulatedClock();
  const told: string[] = [];
  let count = 0;
  const beat = new Beat({
    clock,
    timing: () => ({ everyMs: 100, limitMs: 40 }),
    run: () => answer(count++),
    passed: () => told.push(`${clock.now()} passed`),
    missed: (why, missed) => told.push(`${clock.now()} missed ${missed}: ${why}`),
  });
  return { clock, told, beat };
}

describe('something that is tried again and again', () => {
  it('is tried at once, then at its cadence, until it is stopped', async () => {
    const { clock, told, beat } = beating(() => undefined);
    await clock.advance(250);
    beat.stop();
    await clock.advance(500);
    expect(told).toEqual(['0 passed', '100 passed', '200 passed']);
  });

  it('counts misses in a row, and begins anew after a pass', async () => {
    const { clock, told } = beating((count) => {
      if (count !== 2) throw new Error('down');
    });
    await clock.advance(300);
    expect(told).toEqual([
      '0 missed 1: down',
      '100 missed 2: down',
      '200 passed',
      '300 missed 1: down',
    ]);
  });

  it('is missed when it has no outcome within its limit, and not tried beside itself', async () => {
    const hang = Promise.withResolvers<void>();
    let tries = 0;
    const { clock, told } = beating(() => {
      tries += 1;
      return tries === 1 ? hang.promise : undefined;
    });
    await clock.advance(150);
    expect(told).toEqual([
      '40 missed 1: no outcome within 40 ms',
      '100 missed 2: the try before still hangs',
    ]);
    hang.resolve();
    await clock.advance(100);
    expect(told.slice(2)).toEqual(['200 passed']);
    expect(tries).toBe(2);
  });
});

describe('a limit of time', () => {
  it('aborts what it gives up', async () => {
    const clock = simulatedClock();
    let signal: AbortSignal | undefined;
    const given = within(clock, 10, (abort) => {
      signal = abort;
      return new Promise(() => {});
    });
    const failed = expect(given).rejects.toThrow('no outcome within 10 ms');
    await clock.advance(9);
    expect(signal?.aborted).toBe(false);
    await clock.advance(1);
    await failed;
    expect(signal?.aborted).toBe(true);
  });

  it('is withdrawn by an outcome', async () => {
    const clock = simulatedClock();
    expect(await within(clock, 10, () => 7)).toBe(7);
    expect(clock.nextDueMs).toBeUndefined();
  });
});
