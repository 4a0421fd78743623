import { describe, expect, it } from 'vitest';
import { assign, createMachine } from 'xstate';
import { child, supervisor } from '../../../actors/child.ts';
import { testRuntime } from '../../../runtime/testing/test-runtime.ts';
import { AmbientAccessError, trapped } from '../../../runtime/testing/traps.ts';

type Temporal = { Now?: Record<string, () => unknown> };
const temporal = (globalThis as { Temporal?: Temporal }).Temporal?.Now;

const accesses: [string, () => unknown][] = [
  ['Date.now', () => Date.now()],
  ['new Date()', () => new Date()],
  ['Date()', () => Date()],
  ['Math.random', () => Math.random()],
  ['performance.now', () => performance.now()],
  ['crypto.randomUUID', () => crypto.randomUUID()],
  ['crypto.getRandomValues', () => crypto.getRandomValues(new Uint8Array(1))],
  ['setTimeout', () => clearTimeout(setTimeout(() => {}, 0))],
  ['setInterval', () => clearInterval(setInterval(() => {}, 0))],
  ['setImmediate', () => clearImmediate(setImmediate(() => {}))],
  ...(temporal ? [['Temporal.Now.instant', () => temporal['instant']!()] as const] : []).map(
    ([name, access]): [string, () => unknown] => [name, access],
  ),
];

const catches = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('inside a turn', () => {
  it.each(accesses)('%s is refused by name, and free before and after', (name, access) => {
    expect(catches(access)).toBeUndefined();
    let error: unknown;
    trapped(() => {
      error = catches(access);
    });
    expect(error).toBeInstanceOf(AmbientAccessError);
    expect(error).toMatchObject({ access: name });
    expect(catches(access)).toBeUndefined();
  });

  it('dates of a given time are fine, and are dates', () => {
    trapped(() => {
      const date = new Date(5);
      expect([date.getTime(), date instanceof Date]).toEqual([5, true]);
      expect(Date.UTC(1970, 0, 1)).toBe(0);
      class Day extends Date {}
      expect(new Day(7)).toBeInstanceOf(Day);
    });
  });

  it('code of the outside is free', () => {
    for (const [, access] of accesses) {
      let error: unknown;
      const isOutside = () => true;
      trapped(() => {
        error = catches(access);
      }, isOutside);
      expect(error).toBeUndefined();
    }
  });
});

describe('after a turn', () => {
  it('everything is as it was, also when the turn threw', () => {
    const before = [Date, Date.now, Math.random, globalThis.setTimeout, crypto.randomUUID];
    const own = Object.getOwnPropertyNames(crypto);
    expect(() =>
      trapped(() => {
        throw new Error('boom');
      }),
    ).toThrow('boom');
    expect([Date, Date.now, Math.random, globalThis.setTimeout, crypto.randomUUID]).toEqual(before);
    expect(Object.getOwnPropertyNames(crypto)).toEqual(own);
  });

  it('a function that was taken along works', () => {
    let taken: (() => number) | undefined;
    trapped(() => {
      taken = Date.now;
    });
    expect(typeof taken!()).toBe('number');
  });

  it('of another runtime, which ran within this one, this one is still trapped', () => {
    const errors: unknown[] = [];
    trapped(() => {
      trapped(() => errors.push(catches(Math.random)));
      errors.push(
        catches(Math.random),
        catches(() => Date.now()),
      );
    });
    expect(errors.every((error) => error instanceof AmbientAccessError)).toBe(true);
  });
});

describe('in a test runtime', () => {
  it('a machine that reads the clock crashes, and says what to do', async () => {
    const machine = createMachine({
      id: 'm',
      on: { GO: { actions: assign(() => ({ at: Date.now() })) } },
    });
    const tree = supervisor({ id: 'app', children: [child({ id: 'm', logic: machine })] });
    await using test = await testRuntime({ tree });
    test.send('/app/m', { type: 'GO' });
    expect(test.snapshot('/app/m')?.lastError).toBe(
      'AmbientAccessError: Date.now was used inside a turn: ' +
        "take time from the event's 'at' and chance from a seed.",
    );
  });

  it('a machine that changes its context in place crashes', async () => {
    const machine = createMachine({
      id: 'm',
      context: { list: [] as number[] },
      on: { GO: { actions: assign(({ context }) => ({ n: context.list.push(1) }) as never) } },
    });
    const tree = supervisor({ id: 'app', children: [child({ id: 'm', logic: machine })] });
    await using test = await testRuntime({ tree });
    test.send('/app/m', { type: 'GO' });
    expect(test.snapshot('/app/m')).toMatchObject({
      restarts: 1,
      lastError: expect.stringContaining('not extensible'),
    });
  });

  it.each(['afterTurn', 'inTurn'] as const)(
    'function actions, which are effects, are free %s',
    async (actions) => {
      const seen: number[] = [];
      const machine = createMachine({
        id: 'm',
        on: { GO: { actions: () => seen.push(Date.now()) } },
      });
      const tree = supervisor({
        id: 'app',
        children: [child({ id: 'm', logic: machine, actions })],
      });
      await using test = await testRuntime({ tree });
      test.send('/app/m', { type: 'GO' });
      expect(seen).toHaveLength(1);
      expect(test.snapshot('/app/m')?.restarts).toBe(0);
    },
  );
});
