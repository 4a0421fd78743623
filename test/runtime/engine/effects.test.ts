/** Effects run at the edge, after the commit; what they come to enters as an outcome. */
import { BehaviorSubject, type Observable, of, Subject } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type AnyActorLogic,
  assign,
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
  sendTo,
  setup,
} from 'xstate';
import { type AnySpec, child, supervisor } from '../../../actors/child.ts';
import { type TestRuntime, testRuntime } from '../../../runtime/testing/test-runtime.ts';
import { expectReplays } from '../../support/expect-replays.ts';

afterEach(() => vi.restoreAllMocks());

const app = (...children: AnySpec[]) => supervisor({ id: 'app', intensity: 100, children });

/** Runs one effect while it is in `working`; keeps what came of it. */
const worker = (src: AnyActorLogic) =>
  setup({
    types: { context: {} as { got: unknown[] }, events: {} as { type: string; by?: unknown } },
    actors: { src },
    actions: {
      keep: assign({ got: ({ context, event }) => [...context.got, event.by ?? event.type] }),
    },
  }).createMachine({
    id: 'worker',
    context: { got: [] },
    initial: 'idle',
    on: { TELL: { actions: sendTo('effect', { type: 'TOLD' }) } },
    states: {
      idle: { on: { GO: 'working' } },
      working: {
        invoke: {
          src: 'src',
          id: 'effect',
          onDone: {
            target: 'idle',
            actions: assign({ got: ({ context, event }) => [...context.got, event.output] }),
          },
          onError: {
            target: 'failed',
            actions: assign({
              got: ({ context, event }) => [...context.got, String(event.error)],
            }),
          },
        },
        on: {
          STOP: 'idle',
          SAID: { actions: 'keep' },
          ENOUGH: { target: 'idle', actions: 'keep' },
        },
      },
      failed: { on: { GO: 'working' } },
    },
  });

const start = async (src: AnyActorLogic) => {
  const test = await testRuntime({ tree: app(child({ id: 'w', logic: worker(src) })) });
  return Object.assign(test, {
    got: () => (test.snapshot('/app/w')!.context as { got: unknown[] }).got,
    async kinds() {
      return (await test.journal()).slice(1).map(({ input }) => `${input.kind} ${input.path}`);
    },
  });
};

describe('a promise', () => {
  it('is asked for in one turn and answered in another, and is not made in replay', async () => {
    let made = 0;
    await using test = await start(
      fromPromise(async () => {
        made++;
        return { at: new Date(5) };
      }),
    );
    test.send('/app/w', { type: 'GO' });
    expect(test.snapshot('/app/w')?.value).toBe('working');
    await test.settle();
    expect(test.got()).toEqual([{ at: new Date(5) }]);
    expect(await test.kinds()).toEqual(['event /app/w', 'outcome /app/w/effect']);
    expect((await test.journal()).at(-1)!.input.cause).toBe(2);
    await expectReplays(test);
    expect(made).toBe(1);
  });

  it('fails when it throws at once, or when no journal can hold its result', async () => {
    const ways: [() => unknown, string][] = [
      [() => Promise.reject(new RangeError('no')), 'RangeError: no'],
      [
        () => {
          throw new RangeError('at once');
        },
        'RangeError: at once',
      ],
      [async () => new Map(), 'TypeError: The journal cannot hold a Map'],
      [() => Promise.reject({ odd: () => {} }), 'TypeError: The journal cannot hold a function'],
    ];
    for (const [way, words] of ways) {
      await using test = await start(fromPromise(way as never));
      test.send('/app/w', { type: 'GO' });
      await test.settle();
      expect(test.snapshot('/app/w')?.value).toBe('failed');
      expect(test.got()[0]).toContain(words);
      await expectReplays(test);
    }
  });

  it('that was stopped meanwhile is aborted, and its outcome dropped', async () => {
    const all: { signal: AbortSignal; resolve: (value: string) => void }[] = [];
    await using test = await start(
      fromPromise(({ signal }) => new Promise((resolve) => all.push({ signal, resolve }))),
    );
    test.send('/app/w', { type: 'GO' });
    test.send('/app/w', { type: 'STOP' });
    test.send('/app/w', { type: 'GO' });
    expect(all.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    all[0]!.resolve('old');
    await test.settle();
    expect(test.got()).toEqual([]);
    all[1]!.resolve('new');
    await test.settle();
    expect(test.got()).toEqual(['new']);
    await expectReplays(test);
  });

  it('has no outcome that was on its way when its actor was replaced', async () => {
    const subjects: Subject<string>[] = [];
    const source = fromObservable(() => {
      subjects.push(new Subject());
      return subjects.at(-1)!;
    });
    const crash = () => {
      throw new Error('boom');
    };
    const other = setup({}).createMachine({ id: 'o', on: { CRASH: { actions: assign(crash) } } });
    const children = [child({ id: 's', logic: source }), child({ id: 'o', logic: other })];
    await using test = await testRuntime({ tree: app(...children) });
    test.runtime.on('supervisor.restarted', ({ child: crashed }) => {
      if (crashed !== 'o') return;
      void test.runtime.restart('/app/s');
      subjects[0]!.next('old');
    });
    test.send('/app/o', { type: 'CRASH' });
    expect(test.snapshot('/app/s')).toMatchObject({ incarnation: 1, context: undefined });
    subjects[1]!.next('new');
    expect(test.snapshot('/app/s')).toMatchObject({ context: 'new' });
    await expectReplays(test);
  });

  it('of a supervised actor has its outcome go to no successor', async () => {
    const resolves: ((value: unknown) => void)[] = [];
    const job = fromPromise(() => new Promise((resolve) => resolves.push(resolve)));
    await using test = await testRuntime({ tree: app(child({ id: 'job', logic: job })) });
    await test.runtime.restart('/app/job');
    resolves[0]!('late');
    await test.settle();
    expect(test.snapshot('/app/job')).toMatchObject({ status: 'active', restarts: 1 });
    resolves[1]!('now');
    await test.settle();
    expect(test.snapshot('/app/job')).toMatchObject({ status: 'active', restarts: 2 });
    await expectReplays(test);
  });
});

describe('a callback', () => {
  it('has what it sends while it starts come in as entries, in order', async () => {
    await using test = await start(
      fromCallback(({ sendBack }) => {
        sendBack({ type: 'SAID', by: 1 });
        sendBack({ type: 'SAID', by: 2 });
      }),
    );
    test.send('/app/w', { type: 'GO' });
    expect(test.got()).toEqual([1, 2]);
    expect(await test.kinds()).toEqual(['event /app/w', 'event /app/w', 'event /app/w']);
    await expectReplays(test);
  });

  it('hears what it is told, also while it starts, and may use timers then', async () => {
    const heard: string[] = [];
    await using test = await start(
      fromCallback(({ sendBack, receive }) => {
        receive((event) => {
          heard.push(`${event.type} ${typeof Date.now()}`);
          clearTimeout(setTimeout(() => {}, 1));
        });
        sendBack({ type: 'TELL' });
      }),
    );
    test.send('/app/w', { type: 'GO' });
    test.send('/app/w', { type: 'TELL' });
    expect(heard).toEqual(['TOLD number', 'TOLD number']);
    expect(test.snapshot('/app/w')?.value).toBe('working');
    await expectReplays(test);
    expect(heard).toHaveLength(2);
  });

  it('is disposed of when it is stopped, also by what it sends while it starts', async () => {
    const ends: string[] = [];
    await using test = await start(
      fromCallback(({ sendBack }) => {
        if (ends.length > 0) sendBack({ type: 'ENOUGH', by: 'enough' });
        return () => {
          ends.push('end');
        };
      }),
    );
    test.send('/app/w', { type: 'GO' });
    test.send('/app/w', { type: 'STOP' });
    expect(ends).toEqual(['end']);
    test.send('/app/w', { type: 'GO' });
    expect([test.snapshot('/app/w')?.value, ends]).toEqual(['idle', ['end', 'end']]);
    await expectReplays(test);
    expect(ends).toHaveLength(2);
  });

  it('whose listener throws fails in an entry of its own, and is disposed of', async () => {
    const ends: string[] = [];
    await using test = await start(
      fromCallback(({ receive }) => {
        receive(() => {
          throw new Error('deaf');
        });
        return () => {
          ends.push('end');
        };
      }),
    );
    test.send('/app/w', { type: 'GO' });
    test.send('/app/w', { type: 'TELL' });
    expect(test.snapshot('/app/w')?.value).toBe('failed');
    expect([test.got(), ends]).toEqual([['Error: deaf'], ['end']]);
    expect((await test.kinds()).at(-1)).toBe('outcome /app/w/effect');
    await expectReplays(test);
  });

  it('that throws on its way out does no harm, and is a dead letter', async () => {
    await using test = await start(
      fromCallback(() => () => {
        throw new Error('stuck');
      }),
    );
    test.send('/app/w', { type: 'GO' });
    test.send('/app/w', { type: 'STOP' });
    expect(test.snapshot('/app/w')).toMatchObject({ value: 'idle', restarts: 0 });
    expect(test.runtime.deadLetters().letters).toMatchObject([{ path: '/app/w/effect' }]);
    await expectReplays(test);
  });
});

describe('an observable', () => {
  const watch = (source: () => Observable<unknown>) => {
    const actor = fromObservable(source as never);
    const machine = setup({
      types: { context: {} as { seen: unknown[] } },
      actors: { source: actor },
    }).createMachine({
      id: 'watch',
      context: { seen: [] },
      initial: 'on',
      states: {
        on: {
          invoke: {
            src: 'source',
            onSnapshot: {
              actions: assign({
                seen: ({ context, event }) => [...context.seen, event.snapshot.context],
              }),
            },
            onDone: 'off',
          },
          on: { STOP: 'off' },
        },
        off: {},
      },
    });
    return testRuntime({ tree: app(child({ id: 'w', logic: machine })) });
  };
  const seen = (test: TestRuntime) =>
    (test.snapshot('/app/w')!.context as { seen: unknown[] }).seen.filter((x) => x !== undefined);

  it('has its first values come in, though they come while it starts, and its end', async () => {
    await using test = await watch(() => of(1, 2, 3));
    expect([seen(test), test.snapshot('/app/w')?.value]).toEqual([[1, 2, 3], 'off']);
    await expectReplays(test);
  });

  it('is unsubscribed by a stop, though its first value came in its start', async () => {
    for (const subject of [new Subject<number>(), new BehaviorSubject(0)]) {
      await using test = await watch(() => subject);
      subject.next(1);
      expect(subject.observed).toBe(true);
      test.send('/app/w', { type: 'STOP' });
      expect(subject.observed).toBe(false);
      expect(seen(test).at(-1)).toBe(1);
      await expectReplays(test);
    }
  });

  it('is unsubscribed when it yields what no journal can hold', async () => {
    const subjects: Subject<unknown>[] = [];
    await using test = await watch(() => {
      subjects.push(new Subject());
      return subjects.at(-1)!;
    });
    subjects[0]!.next(new Set());
    expect(subjects.map(({ observed }) => observed)).toEqual([false, true]);
    expect(test.snapshot('/app/w')).toMatchObject({ restarts: 1 });
  });

  it('of events sends them to its parent', async () => {
    const subject = new Subject<{ type: string; by: number }>();
    await using test = await start(fromEventObservable(() => subject) as AnyActorLogic);
    test.send('/app/w', { type: 'GO' });
    subject.next({ type: 'SAID', by: 7 });
    expect(test.got()).toEqual([7]);
    await expectReplays(test);
  });
});

describe('an effect that sends what no journal can hold', () => {
  const odd = { type: 'SAID', by: () => {} };
  const words = "TypeError: The journal cannot hold a function at 'by'";

  it('fails, and nothing is thrown at its code', async () => {
    const subject = new Subject<{ type: string }>();
    await using test = await start(fromEventObservable(() => subject) as AnyActorLogic);
    test.send('/app/w', { type: 'GO' });
    subject.next(odd);
    expect([test.snapshot('/app/w')?.value, test.got()[0]]).toEqual([
      'failed',
      expect.stringContaining(words),
    ]);
    expect(subject.observed).toBe(false);
    await expectReplays(test);
  });

  it('fails when it does so while it starts', async () => {
    await using test = await start(fromCallback(({ sendBack }) => sendBack(odd)));
    test.send('/app/w', { type: 'GO' });
    expect(test.got()).toEqual([expect.stringContaining(words)]);
    await expectReplays(test);
  });
});

describe('logic of the user with a start', () => {
  it('starts after the commit, and only in the live run', async () => {
    let started = 0;
    const logic = {
      getInitialSnapshot: () => ({ status: 'active', output: undefined, error: undefined, n: 0 }),
      getPersistedSnapshot: (state: unknown) => state,
      start: () => {
        started++;
      },
      transition: (state: { n: number }, event: { type: string }) =>
        event.type === 'TOLD' ? { ...state, n: state.n + 1 } : state,
    } as unknown as AnyActorLogic;
    await using test = await start(logic);
    test.send('/app/w', { type: 'GO' });
    test.send('/app/w', { type: 'TELL' });
    expect(started).toBe(1);
    await expectReplays(test);
    expect(started).toBe(1);
  });
});
