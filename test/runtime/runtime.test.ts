/** The runtime as hosts use it. */
import { describe, expect, it, vi } from 'vitest';
import { assign, createMachine, emit, fromPromise, setup } from 'xstate';
import { child, supervisor } from '../../actors/child.ts';
import { simulatedClock } from '../../runtime/clock/simulated.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import { Journal } from '../../runtime/journal/journal.ts';
import { memoryJournal, memoryLog } from '../../runtime/journal/memory-log.ts';
import { readJournal } from '../../runtime/journal/read.ts';
import type { RuntimeOptions } from '../../runtime/options.ts';
import { testRuntime } from '../../runtime/testing/test-runtime.ts';

const counter = setup({
  types: {
    context: {} as { n: number },
    events: {} as { type: 'INC' | 'CRASH' },
    emitted: {} as { type: 'counted' | 'noted'; n: number },
  },
}).createMachine({
  id: 'counter',
  context: { n: 0 },
  on: {
    INC: {
      actions: [
        assign({ n: ({ context }) => context.n + 1 }),
        emit(({ context: { n } }) => ({ type: 'counted', n })),
        emit(({ context: { n } }) => ({ type: 'noted', n })),
      ],
    },
    CRASH: {
      actions: assign(() => {
        throw new Error('boom');
      }),
    },
  },
});

const tree = supervisor({ id: 'app', children: [child({ id: 'c', logic: counter })] });
const build = (options: RuntimeOptions = {}) =>
  createRuntime({ tree, clock: simulatedClock(), ...options });

describe('the life of a runtime', () => {
  it('goes from new to running to stopped', async () => {
    const runtime = await build();
    expect([runtime.status, runtime.isContinued, runtime.seed]).toEqual(['new', false, 1]);
    await runtime.start();
    expect([runtime.status, runtime.seq]).toEqual(['running', 1]);
    await runtime.stop();
    expect(runtime.status).toBe('stopped');
    await expect(runtime.done).resolves.toBeUndefined();
  });

  it('may be started and stopped twice', async () => {
    const runtime = await build();
    await runtime.start();
    await runtime.start();
    expect(runtime.seq).toBe(1);
    await Promise.all([runtime.stop(), runtime.stop()]);
    await runtime.stop();
    expect(runtime.status).toBe('stopped');
  });

  it('may end before it began, and does not begin then', async () => {
    const runtime = await build();
    await runtime.stop();
    expect(runtime.status).toBe('stopped');
    await expect(runtime.start()).rejects.toThrow('The runtime is stopped: make a new one.');
  });

  it('is refused after its end, with words that say what to do', async () => {
    const runtime = await build();
    expect(() => runtime.send('/app/c', { type: 'INC' })).toThrow(
      'The runtime is new: call start()',
    );
    expect(() => runtime.breaker('x')).toThrow('call start() first');
    await runtime.start();
    await runtime.stop();
    const stopped = { name: 'RuntimeStoppedError', code: 'RUNTIME_STOPPED' };
    expect(() => runtime.send('/app/c', { type: 'INC' })).toThrow(expect.objectContaining(stopped));
    await expect(runtime.start()).rejects.toMatchObject(stopped);
  });

  it('ends with its block', async () => {
    let kept: Awaited<ReturnType<typeof build>>;
    {
      await using runtime = await build();
      await runtime.start();
      kept = runtime;
    }
    expect(kept.status).toBe('stopped');
  });

  it('has everything that entered on disk when it has stopped', async () => {
    const journal = memoryJournal({ commitMs: 1_000 });
    const runtime = await build({ journal });
    await runtime.start();
    runtime.send('/app/c', { type: 'INC' });
    await runtime.stop();
    expect((await journal.log.head()).lastSeq).toBe(2);
  });

  it('may be ended within a turn: the turn and what waits behind it end first', async () => {
    let end = () => {};
    const ender = createMachine({ id: 'ender', on: { END: { actions: () => end() } } });
    const both = supervisor({
      id: 'app',
      children: [
        child({ id: 'c', logic: counter }),
        child({ id: 'ender', logic: ender, actions: 'inTurn' }),
      ],
    });
    await using test = await testRuntime({ tree: both });
    end = () => {
      test.send('/app/c', { type: 'INC' });
      void test.runtime.stop();
    };
    test.send('/app/ender', { type: 'END' });
    await test.runtime.stop();
    const rows = await test.journal();
    expect(rows.map(({ input }) => input.path)).toEqual(['', '/app/ender', '/app/c']);
    expect((await test.replay()).divergence).toBeUndefined();
  });

  it('stops its effects and takes no outcome of them any more', async () => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const aborted = vi.fn();
    const job = fromPromise(({ signal }) => {
      signal.addEventListener('abort', aborted);
      return promise;
    });
    const runtime = await build({
      tree: supervisor({ id: 'app', children: [child({ id: 'job', logic: job })] }),
    });
    await runtime.start();
    const { digest } = runtime;
    await runtime.stop();
    expect(aborted).toHaveBeenCalledOnce();
    resolve(1);
    await promise;
    expect(runtime.digest).toBe(digest);
  });

  it('leaves the process alone', async () => {
    const count = () => process.eventNames().map((name) => [name, process.listenerCount(name)]);
    const before = count();
    const exit = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
    const runtime = await build();
    await runtime.start();
    for (let i = 0; i < 3; i++) {
      if (runtime.status === 'running') runtime.send('/app/c', { type: 'CRASH' });
    }
    expect(runtime.status).toBe('failed');
    await runtime.stop();
    expect(count()).toEqual(before);
    expect(exit).not.toHaveBeenCalled();
    exit.mockRestore();
  });
});

describe('send', () => {
  it('is handled before it returns', async () => {
    await using test = await testRuntime({ tree });
    expect(test.send('/app/c', { type: 'INC' })).toBe(true);
    expect(test.snapshot('/app/c')?.context).toEqual({ n: 1 });
  });

  it('to nobody is a dead letter, kept and counted, and no entry', async () => {
    await using test = await testRuntime({ tree });
    const { seq } = test.runtime;
    for (let i = 0; i < 1_005; i++) expect(test.send('/app/x', { type: 'HI', i })).toBe(false);
    const { count, letters } = test.runtime.deadLetters();
    expect([count, letters.length, test.runtime.seq]).toEqual([1_005, 1_000, seq]);
    expect(letters.at(-1)).toMatchObject({ path: '/app/x', event: { i: 1_004 }, why: 'noActor' });
  });

  it.each([undefined, null, 'INC', {}, { type: 7 }])(
    'refuses %j, which is no event',
    async (event) => {
      await using test = await testRuntime({ tree });
      expect(() => test.send('/app/c', event as never)).toThrow(TypeError);
      expect(() => test.send('/app/c', event as never)).toThrow("must be an object with a 'type'");
    },
  );

  it('refuses what no journal can hold, before anything happens', async () => {
    await using test = await testRuntime({ tree });
    const { seq } = test.runtime;
    expect(() => test.send('/app/c', { type: 'INC', call: () => {} })).toThrow(
      "a function at 'call'",
    );
    expect(test.runtime.seq).toBe(seq);
  });
});

describe('logical time', () => {
  it('does not go back, though the clock of a host does', async () => {
    let time = 100;
    const clock = { now: () => time, at: () => () => {} };
    const runtime = await build({ clock });
    await runtime.start();
    time = 40;
    runtime.send('/app/c', { type: 'INC' });
    expect(runtime.at).toBe(100);
    await runtime.stop();
  });
});

describe('facts', () => {
  it('go to who listens to their type, and to all with *', async () => {
    await using test = await testRuntime({ tree });
    const heard: string[] = [];
    test.runtime.on('counted', (fact) => heard.push(`typed ${fact.type}`));
    test.runtime.on('*', (fact) => heard.push(`all ${fact.type}`));
    test.send('/app/c', { type: 'INC' });
    expect(heard).toEqual(['typed counted', 'all counted', 'all noted']);
  });

  it('go no longer to who has unsubscribed, also when it does so while it is told', async () => {
    await using test = await testRuntime({ tree });
    const heard: number[] = [];
    const end = test.runtime.on('counted', ({ n }) => {
      heard.push(n as number);
      end();
      end();
    });
    test.send('/app/c', { type: 'INC' });
    test.send('/app/c', { type: 'INC' });
    expect(heard).toEqual([1]);
  });

  it('reach the others when one listener throws', async () => {
    await using test = await testRuntime({ tree });
    const heard: unknown[] = [];
    test.runtime.on('counted', () => {
      throw new Error('deaf');
    });
    test.runtime.on('counted', (fact) => heard.push(fact['n']));
    expect(test.send('/app/c', { type: 'INC' })).toBe(true);
    expect(heard).toEqual([1]);
    expect(test.snapshot('/app/c')?.restarts).toBe(0);
  });
});

describe('actors that the host adds', () => {
  it('run below a supervisor, and are stopped and restarted by path', async () => {
    await using test = await testRuntime({ tree });
    const { runtime } = test;
    expect(await runtime.spawn('/app', child({ id: 'd', logic: counter }))).toBe('/app/d');
    test.send('/app/d', { type: 'INC' });
    await runtime.restart('/app/d');
    expect(test.snapshot('/app/d')).toMatchObject({ context: { n: 0 }, incarnation: 1 });
    await runtime.stopChild('/app/d');
    expect(test.snapshot('/app/d')?.status).toBe('idle');
    expect((await test.journal()).slice(1).map(({ input }) => [input.kind, input.path])).toEqual([
      ['child', '/app/d'],
      ['event', '/app/d'],
      ['child', '/app/d'],
      ['child', '/app/d'],
    ]);
  });

  it('are refused in words when that makes no sense', async () => {
    await using test = await testRuntime({ tree });
    const { runtime } = test;
    const spec = child({ id: 'c', logic: counter });
    await expect(runtime.spawn('/app', spec)).rejects.toThrow("already an actor at '/app/c'");
    await expect(runtime.spawn('/app/c', spec)).rejects.toThrow("no supervisor at '/app/c'");
    await expect(runtime.stopChild('/app/x')).rejects.toThrow("no actor at '/app/x'");
    await expect(runtime.restart('/app/x')).rejects.toThrow(RangeError);
  });
});

describe('two runtimes in one process', () => {
  it('give the same digest for the same seed and inputs, though they are interleaved', async () => {
    const [a, b] = [await testRuntime({ tree, seed: 7 }), await testRuntime({ tree, seed: 7 })];
    const types = ['INC', 'CRASH', 'INC', 'INC'];
    for (const [i, type] of types.entries()) {
      a.send('/app/c', { type });
      if (i > 0) b.send('/app/c', { type: types[i - 1]! });
    }
    expect(a.digest()).not.toBe(b.digest());
    b.send('/app/c', { type: types.at(-1)! });
    expect(a.digest()).toBe(b.digest());
    await a.runtime.stop();
    await b.runtime.stop();
  });

  it('do not hear of each other, even when one sends while the other is in a turn', async () => {
    const other = await testRuntime({ tree });
    await using test = await testRuntime({ tree });
    test.runtime.on('counted', () => other.send('/app/c', { type: 'INC' }));
    test.send('/app/c', { type: 'INC' });
    expect(other.snapshot('/app/c')?.context).toEqual({ n: 1 });
    expect((await other.journal()).length).toBe(2);
    await other.runtime.stop();
  });
});

describe('a journal that is continued', () => {
  it('keeps its seed, and refuses another one', async () => {
    const log = memoryLog();
    const first = await build({ journal: new Journal(log), seed: 7 });
    await first.start();
    await first.stop();
    await expect(build({ journal: new Journal(log), seed: 8 })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      issues: [{ path: 'seed', value: 8 }],
    });
    const second = await build({ journal: new Journal(log) });
    expect([second.seed, second.isContinued]).toEqual([7, true]);
    await second.stop();
  });
});

describe('what fails outside', () => {
  it('fails the runtime when the journal can no longer be written', async () => {
    const log = memoryLog();
    const runtime = await build({ journal: new Journal(log, { commitMs: 1 }) });
    await runtime.start();
    await runtime.flush();
    log.append = async () => ({ kind: 'unavailable', cause: new Error('disk full') });
    runtime.send('/app/c', { type: 'INC' });
    // Nobody asks, and no entry comes: it says so all the same.
    await expect(runtime.done).rejects.toMatchObject({ code: 'JOURNAL_UNAVAILABLE' });
    expect(() => runtime.send('/app/c', { type: 'INC' })).toThrow();
    await runtime.stop().catch(() => {});
    const lines: unknown[] = [];
    for await (const line of readJournal(log)) lines.push(line);
    expect(lines).toHaveLength(3);
  });
});

describe('a runtime that has failed', () => {
  it('takes no outcome, starts no effect and fires no timer any more', async () => {
    const effects: string[] = [];
    const job = fromPromise(() => promise);
    const { promise, resolve } = Promise.withResolvers<void>();
    const busy = createMachine({
      id: 'busy',
      invoke: { src: job, onDone: { actions: () => effects.push('done') } },
      after: { 10: { actions: () => effects.push('late') } },
    });
    const last = createMachine({
      id: 'last',
      on: {
        CRASH: {
          actions: [
            () => effects.push('asked for in the turn of the failure'),
            assign(() => {
              throw new Error('boom');
            }),
          ],
        },
      },
    });
    const children = [
      child({ id: 'c', logic: counter }),
      child({ id: 'busy', logic: busy }),
      child({ id: 'last', logic: last }),
    ];
    await using test = await testRuntime({
      tree: supervisor({ id: 'app', intensity: 0, children }),
    });
    test.send('/app/last', { type: 'CRASH' });
    const { seq } = test.runtime;
    resolve();
    await test.settle();
    await test.advance(100);
    expect([test.runtime.status, test.runtime.seq, effects]).toEqual(['failed', seq, []]);
  });
});

describe('a machine without a tree', () => {
  it('needs none: the default tree is a supervisor without children', async () => {
    const runtime = await createRuntime({ clock: simulatedClock() });
    await runtime.start();
    expect(runtime.tree()).toMatchObject([{ path: '/app', kind: 'supervisor', children: [] }]);
    const machine = createMachine({ id: 'm' });
    await runtime.spawn('/app', child({ id: 'm', logic: machine }));
    expect(runtime.snapshot('/app/m')?.machine).toBe('m');
    await runtime.stop();
  });
});
