/** Effects between the turn that asks for them and their start, which is after its commit. */
import { describe, expect, it } from 'vitest';
import {
  type AnyActorLogic,
  assign,
  createMachine,
  fromCallback,
  fromPromise,
  fromTransition,
  sendParent,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from 'xstate';
import { child, supervisor } from '../../../actors/child.ts';
import { testRuntime } from '../../../runtime/testing/test-runtime.ts';
import { expectReplays } from '../../support/expect-replays.ts';

interface Line {
  readonly heard: string[];
  readonly closed: number;
  /** What it does with an event, in the listener or while it starts. */
  act(type: string, sendBack: (event: { type: string; value?: unknown }) => void): void;
}

/** Opens a line and talks into it in the same step. */
const talker = (line: { -readonly [K in keyof Line]: Line[K] }) =>
  setup({
    types: { context: {} as { errors: string[] }, events: {} as { type: string } },
    actors: {
      line: fromCallback(({ sendBack, receive }) => {
        receive(({ type }) => {
          line.heard.push(type);
          line.act(type, sendBack as never);
        });
        line.act('start', sendBack as never);
        return () => {
          line.closed++;
        };
      }),
    },
    actions: { open: spawnChild('line', { id: 'line' }) },
  }).createMachine({
    id: 'talker',
    context: { errors: [] },
    on: {
      OPEN: {
        actions: ['open', sendTo('line', { type: 'first' }), sendTo('line', { type: 'second' })],
      },
      TALK: { actions: sendTo('line', { type: 'third' }) },
      'xstate.error.actor.line': {
        actions: assign({
          errors: ({ context, event }) => [
            ...context.errors,
            String((event as never as { error: unknown }).error),
          ],
        }),
      },
    },
  });

const start = async (act: Line['act'] = () => {}) => {
  const line = { heard: [] as string[], closed: 0, act };
  const spec = child({ id: 't', logic: talker(line) });
  const test = await testRuntime({ tree: supervisor({ id: 'app', children: [spec] }) });
  return Object.assign(test, { line });
};

describe('a callback', () => {
  it('hears what it was sent in the step that made it, in order, and not in replay', async () => {
    await using test = await start();
    test.send('/app/t', { type: 'OPEN' });
    expect(test.line.heard).toEqual(['first', 'second']);
    test.send('/app/t', { type: 'TALK' });
    await expectReplays(test);
    expect(test.line.heard).toEqual(['first', 'second', 'third']);
  });

  it('hears nothing while it starts, and what comes of its first words last', async () => {
    await using test = await start((type, sendBack) => {
      if (type === 'start') sendBack({ type: 'TALK' });
    });
    test.send('/app/t', { type: 'OPEN' });
    expect(test.line.heard).toEqual(['first', 'second', 'third']);
    await expectReplays(test);
  });

  it('that fails at its first words is closed, and hears no more', async () => {
    await using test = await start((type) => {
      if (type === 'first') throw new RangeError('not that');
    });
    test.send('/app/t', { type: 'OPEN' });
    expect(test.line).toMatchObject({ heard: ['first'], closed: 1 });
    expect(test.snapshot('/app/t')?.context).toEqual({ errors: ['RangeError: not that'] });
    await expectReplays(test);
  });

  it('that sends what no journal holds while it starts is closed', async () => {
    await using test = await start((type, sendBack) => {
      if (type === 'start') sendBack({ type: 'TALK', value: () => {} });
    });
    test.send('/app/t', { type: 'OPEN' });
    expect(test.line).toMatchObject({ heard: [], closed: 1 });
    const { errors } = test.snapshot('/app/t')!.context as { errors: string[] };
    expect(errors[0]).toContain("The journal cannot hold a function at 'value'");
    await expectReplays(test);
  });
});

describe('an effect', () => {
  it('that is given up in the turn that asked for it is never started', async () => {
    const started: string[] = [];
    const logic = setup({
      actors: {
        order: fromPromise(async () => void started.push('order')),
        line: fromCallback(() => void started.push('line')),
        hasty: createMachine({ entry: sendParent({ type: 'LEAVE' }) }),
      },
    }).createMachine({
      initial: 'idle',
      states: {
        idle: { on: { GO: 'ordering' } },
        ordering: {
          invoke: [{ src: 'order' }, { src: 'line' }, { src: 'hasty' }],
          on: { LEAVE: 'left' },
        },
        left: {},
      },
    });
    const tree = supervisor({ id: 'app', children: [child({ id: 't', logic })] });
    await using test = await testRuntime({ tree });
    test.send('/app/t', { type: 'GO' });
    await test.settle();
    expect(test.snapshot('/app/t')?.value).toBe('left');
    expect((await test.effects()).map(({ port }) => port)).toEqual(['order', 'line']);
    expect(started).toEqual([]);
    await expectReplays(test);
  });
});

describe('a child that was stopped', () => {
  const increment = { INC: { actions: assign({ n: ({ context }) => context.n + 1 }) } };
  const counters: Record<string, AnyActorLogic> = {
    'a machine': createMachine({
      types: {} as { context: { n: number } },
      context: { n: 0 },
      on: increment as never,
    }),
    'a transition': fromTransition(({ n }, { type }) => ({ n: type === 'INC' ? n + 1 : n }), {
      n: 0,
    }),
  };

  it.each(Object.keys(counters))('leaves what it is sent to its successor: %s', async (name) => {
    const logic = setup({ actors: { counter: counters[name]! } }).createMachine({
      entry: spawnChild('counter', { id: 'c' }),
      on: {
        LATER: { actions: sendTo('c', { type: 'INC' }, { delay: 10 }) },
        REPLACE: { actions: [stopChild('c'), spawnChild('counter', { id: 'c' })] },
      },
    });
    const tree = supervisor({ id: 'app', children: [child({ id: 't', logic })] });
    await using test = await testRuntime({ tree });
    test.send('/app/t', { type: 'LATER' });
    test.send('/app/t', { type: 'REPLACE' });
    await test.advance(10);
    const last = (await test.journal()).at(-1)!;
    expect(last.turn.changed).toEqual([{ path: '/app/t/c', fields: { n: 1 } }]);
    await expectReplays(test);
  });
});
