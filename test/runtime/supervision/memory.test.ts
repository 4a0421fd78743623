import { describe, expect, it } from 'vitest';
import {
  assign,
  createMachine,
  fromPromise,
  fromTransition,
  sendTo,
  setup,
  spawnChild,
} from 'xstate';
import { type ChildSpec, child, supervisor } from '../../../actors/child.ts';
import { testRuntime } from '../../../runtime/testing/test-runtime.ts';
import { type Scene, supervised } from '../../support/supervised.ts';

const fail = (why: string): never => {
  throw new Error(why);
};

/** Counts, has a child that counts too, asks a promise, and has a timer. */
const rich = setup({
  types: { context: {} as { count: number; answer: number | null } },
  actors: {
    inner: setup({ types: { context: {} as { count: number } } }).createMachine({
      id: 'inner',
      context: { count: 0 },
      initial: 'young',
      on: { ADD: { actions: assign({ count: ({ context }) => context.count + 1 }) } },
      states: { young: { after: { 300: 'old' } }, old: {} },
    }),
    answer: fromPromise<number, number>(async ({ input }) => input * 2),
  },
}).createMachine({
  id: 'rich',
  context: { count: 0, answer: null },
  initial: 'calm',
  invoke: { id: 'inner', src: 'inner' },
  on: {
    CRASH: { actions: assign(() => fail('boom')) },
    LEAVE_AND_CRASH: { target: '.broken' },
    ADD: {
      actions: [
        assign({ count: ({ context }) => context.count + 1 }),
        sendTo('inner', { type: 'ADD' }),
      ],
    },
  },
  states: {
    calm: { after: { 200: 'late' }, on: { ASK: 'asking' } },
    asking: {
      invoke: {
        src: 'answer',
        input: ({ context }) => context.count,
        onDone: { target: 'calm', actions: assign({ answer: ({ event }) => event.output }) },
      },
    },
    late: {},
    broken: { entry: assign(() => fail('broken')) },
  },
});

type Spec = Omit<Partial<Parameters<typeof child>[0]>, 'id' | 'logic'>;

const tree = (spec: Spec = {}, logic: ChildSpec['logic'] = rich) =>
  supervisor({
    id: 'app',
    intensity: 100,
    children: [
      child({ id: 'a', logic, memory: 'snapshot', ...spec }),
      child({ id: 'b', logic: rich }),
    ],
  });

const view = ({ t }: Pick<Scene, 't'>) => {
  const { value, context, restarts } = t.snapshot('/app/a')!;
  return { value, context, restarts };
};

const add = ({ t }: Pick<Scene, 't'>, times = 1) => {
  for (let i = 0; i < times; i++) t.send('/app/a', { type: 'ADD' });
};

describe('a clean restart', () => {
  it('begins with the initial state, without old timers and children', () =>
    supervised(tree({ memory: 'clean' }), async (scene) => {
      add(scene, 2);
      await scene.t.advance(150);
      scene.crash('a');
      expect(view(scene)).toMatchObject({ value: 'calm', context: { count: 0 }, restarts: 1 });
      await scene.t.advance(199);
      expect(view(scene).value).toBe('calm');
      await scene.t.advance(1);
      expect(view(scene).value).toBe('late');
      expect(scene.t.runtime.deadLetters().count).toBe(0);
    }));
});

describe('a restart with memory', () => {
  it('goes on with value and context of the last good state', () =>
    supervised(tree(), (scene) => {
      add(scene, 3);
      scene.crash('a');
      expect(view(scene)).toEqual({
        value: 'calm',
        context: { count: 3, answer: null },
        restarts: 1,
      });
    }));

  it('keeps the deadlines of timers, its own and those of nested children', () =>
    supervised(tree(), async (scene) => {
      await scene.t.advance(150);
      scene.crash('a');
      await scene.t.advance(49);
      expect(view(scene).value).toBe('calm');
      await scene.t.advance(1);
      expect(view(scene).value).toBe('late');
      await scene.t.advance(100);
      const changed = (await scene.t.journal()).at(-1)?.turn.changed;
      expect(changed).toContainEqual(expect.objectContaining({ path: '/app/a/inner', to: 'old' }));
    }));

  it('keeps a timer that the failing step would have cancelled', () =>
    supervised(tree(), async (scene) => {
      await scene.t.advance(150);
      scene.t.send('/app/a', { type: 'LEAVE_AND_CRASH' });
      expect(view(scene)).toMatchObject({ value: 'calm', restarts: 1 });
      await scene.t.advance(50);
      expect(view(scene).value).toBe('late');
    }));

  it('fires timers that came due while it was down at once, in their order', () =>
    supervised(tree({ backoff: { minMs: 250 } }), async (scene) => {
      await scene.t.advance(150);
      scene.crash('a');
      await scene.t.advance(249);
      expect(view(scene).value).toBeUndefined();
      await scene.t.advance(1);
      expect(view(scene).value).toBe('late');
    }));

  it('keeps nested children with their state', () =>
    supervised(tree(), async (scene) => {
      add(scene, 2);
      scene.crash('a');
      add(scene);
      const changed = (await scene.t.journal()).at(-1)?.turn.changed;
      expect(changed).toContainEqual(
        expect.objectContaining({ path: '/app/a/inner', fields: { count: 3 } }),
      );
    }));

  it('asks an invoked promise again', () =>
    supervised(tree(), async (scene) => {
      add(scene, 4);
      scene.t.send('/app/a', { type: 'ASK' });
      scene.crash('a');
      expect(view(scene)).toMatchObject({ value: 'asking', restarts: 1 });
      await scene.t.settle();
      expect(view(scene)).toMatchObject({ value: 'calm', context: { answer: 8 } });
    }));

  it('asks a promise again whose failure nobody handles', () => {
    let tries = 0;
    const flaky = setup({
      actors: {
        job: fromPromise<string, string>(async ({ input }) =>
          ++tries === 1 ? fail('lost') : `${input} done`,
        ),
      },
    }).createMachine({
      id: 'flaky',
      initial: 'busy',
      context: { got: '' },
      states: {
        busy: {
          invoke: {
            src: 'job',
            input: 'job',
            onDone: { target: 'done', actions: assign({ got: ({ event }) => event.output }) },
          },
        },
        done: {},
      },
    });
    return supervised(tree({}, flaky), async (scene) => {
      await scene.t.settle();
      expect(view(scene)).toMatchObject({ value: 'done', context: { got: 'job done' } });
      expect(tries).toBe(2);
      expect(scene.t.runtime.deadLetters().count).toBe(0);
    });
  });

  it('keeps the state of a reducer', () => {
    const reducer = fromTransition(
      (state: { count: number }, { type }: { type: string }) =>
        type === 'CRASH' ? fail('boom') : { count: state.count + 1 },
      { count: 0 },
    );
    return supervised(tree({}, reducer), (scene) => {
      add(scene, 2);
      scene.crash('a');
      add(scene);
      expect(view(scene)).toMatchObject({ context: { count: 3 }, restarts: 1 });
    });
  });

  it('starts a failed promise anew, with its input', () => {
    const inputs: unknown[] = [];
    const job = fromPromise(async ({ input }) => {
      inputs.push(input);
      if (inputs.length === 1) fail('first');
      await new Promise(() => {});
    });
    return supervised(tree({ input: 'given', restart: 'transient' }, job), async (scene) => {
      await scene.t.settle();
      expect(inputs).toEqual(['given', 'given']);
      expect(scene.t.runtime.deadLetters().count).toBe(0);
    });
  });

  it('is clean when a child given inline has no name to come back by', async () => {
    const logic = createMachine({
      id: 'inline',
      context: { count: 0 },
      entry: spawnChild(createMachine({ id: 'nameless' })),
      on: {
        ADD: { actions: assign({ count: ({ context }) => context.count + 1 }) },
        CRASH: { actions: assign(() => fail('boom')) },
      },
    });
    await using t = await testRuntime({ tree: tree({}, logic), nameable: false });
    add({ t }, 2);
    t.send('/app/a', { type: 'CRASH' });
    expect(view({ t })).toMatchObject({ context: { count: 0 }, restarts: 1 });
  });

  it('serves once: an ordered restart later begins clean', () =>
    supervised(tree(), async (scene) => {
      add(scene, 2);
      scene.crash('a');
      add(scene);
      await scene.t.runtime.restart('/app/a');
      expect(view(scene)).toMatchObject({ context: { count: 0 }, restarts: 2 });
    }));

  it('is not asked for an input', () =>
    supervised(
      tree({ input: ({ incarnation }: { incarnation: number }) => incarnation && fail('input') }),
      (scene) => {
        add(scene);
        scene.crash('a');
        expect(view(scene)).toMatchObject({ context: { count: 1 }, restarts: 1 });
      },
    ));
});

describe('a poison event', () => {
  const letters = ({ t }: Scene) =>
    t.runtime.deadLetters().letters.map(({ path, event, why }) => ({ path, event, why }));
  const poison = { path: '/app/a', event: { type: 'CRASH' }, why: 'poison' };

  for (const k of [1, 2, 3]) {
    it(`is given up after ${k} crashes, and the actor lives as if it had never come`, async () => {
      const seen: unknown[] = [];
      const play = (withPoison: boolean) =>
        supervised(tree({ poisonCountMax: k }), async (scene) => {
          add(scene, 2);
          await scene.t.advance(150);
          if (withPoison) scene.crash('a');
          add(scene);
          await scene.t.advance(50);
          const { value, context } = view(scene);
          seen.push({ value, context });
          expect(letters(scene)).toEqual(withPoison ? [poison] : []);
          expect(view(scene).restarts).toBe(withPoison ? k : 0);
        });
      await play(true);
      await play(false);
      expect(seen[0]).toEqual({ value: 'late', context: { count: 3, answer: null } });
      expect(seen[0]).toEqual(seen[1]);
    });
  }

  it('is counted anew when it comes again', () =>
    supervised(tree({ poisonCountMax: 2 }), (scene) => {
      scene.crash('a', 'a');
      expect(letters(scene)).toEqual([poison, poison]);
      expect(view(scene).restarts).toBe(4);
    }));

  it('counts each crash against the intensity', () =>
    supervised(
      supervisor({
        id: 'app',
        intensity: 2,
        children: [child({ id: 'a', logic: rich, memory: 'snapshot', poisonCountMax: 3 })],
      }),
      (scene) => {
        scene.crash('a');
        expect(scene.t.runtime.status).toBe('failed');
        expect(scene.take()).toMatch(
          /crashed a, restarted a, crashed a, restarted a, crashed a, ended/,
        );
      },
    ));

  it('is no event that was only in the way of another crash', () =>
    supervised(tree({ poisonCountMax: 2 }), (scene) => {
      scene.t.crash('/app/a', { at: 'next-event' });
      add(scene);
      expect(view(scene)).toMatchObject({ context: { count: 1 }, restarts: 1 });
      expect(letters(scene)).toEqual([]);
    }));

  it('is none when an action throws after its turn', async () => {
    let throws = true;
    const logic = createMachine({
      id: 'acting',
      context: { count: 0 },
      on: {
        ADD: {
          actions: [
            assign({ count: ({ context }) => context.count + 1 }),
            () => {
              if (throws) fail('late');
            },
          ],
        },
      },
    });
    await supervised(tree({ poisonCountMax: 3 }, logic), async (scene) => {
      add(scene);
      throws = false;
      await scene.t.settle();
      expect(view(scene)).toMatchObject({ context: { count: 1 }, restarts: 1 });
      expect(letters(scene)).toEqual([]);
    });
  });

  it('goes nowhere with a clean restart', () =>
    supervised(tree({ memory: 'clean' }), (scene) => {
      scene.crash('a');
      expect(letters(scene)).toEqual([]);
    }));
});

describe('a crash by a test', () => {
  it('happens at once by default, with the reason given', () =>
    supervised(tree(), ({ t, take }) => {
      take();
      t.crash('/app/a', { why: 'pulled the plug' });
      expect(take()).toBe('crashed a, restarted a');
      expect(t.snapshot('/app/a')?.lastError).toBe('pulled the plug');
    }));

  it('happens in place of the next event that the actor is sent', () =>
    supervised(tree({ memory: 'clean' }), (scene) => {
      scene.t.crash('/app/a', { at: 'next-event' });
      scene.t.send('/app/b', { type: 'ADD' });
      expect(view(scene).restarts).toBe(0);
      add(scene, 2);
      expect(view(scene)).toMatchObject({ context: { count: 1 }, restarts: 1 });
    }));

  it('reaches what a machine invoked, and reducers', () => {
    const reducer = fromTransition((state: { n: number }) => state, { n: 1 });
    return supervised(tree({}, reducer), ({ t, take }) => {
      take();
      t.crash('/app/b/inner');
      t.crash('/app/a');
      expect(take()).toBe('crashed b, restarted b, crashed a, restarted a');
    });
  });

  it('does nothing where nobody runs', () =>
    supervised(tree(), ({ t, take }) => {
      take();
      t.crash('/app/nobody');
      expect(take()).toBe('');
    }));
});
