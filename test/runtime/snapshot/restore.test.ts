/** What a tree still knows after a restart from a snapshot, told by what it does. */
import { expect, it } from 'vitest';
import {
  type AnyActorRef,
  assign,
  createMachine,
  enqueueActions,
  fromPromise,
  setup,
  toPromise,
} from 'xstate';
import { child, supervisor } from '../../../actors/child.ts';
import { testRuntime } from '../../../runtime/testing/test-runtime.ts';
import { expectReplays } from '../../support/expect-replays.ts';
import { lives } from '../../support/lives.ts';

it('a child that has ended tells its outcome to whoever asks in the next process', async () => {
  let open: () => void = () => {};
  const brief = createMachine({
    initial: 'on',
    states: { on: { after: { 50: 'off' } }, off: { type: 'final' } },
    output: 42,
  });
  const waits = setup({
    types: { context: {} as { brief: AnyActorRef; answer: unknown } },
    actors: {
      brief,
      wait: fromPromise(async ({ input }) => {
        const answer = await toPromise(input as AnyActorRef);
        await new Promise<void>((resolve) => {
          open = resolve;
        });
        return answer;
      }),
    },
  }).createMachine({
    context: ({ spawn }) => ({ brief: spawn('brief', { id: 'brief' }), answer: null }),
    invoke: {
      src: 'wait',
      input: ({ context }) => context.brief,
      onDone: { actions: assign({ answer: ({ event }) => event.output }) },
    },
  });
  const tree = supervisor({
    id: 'app',
    children: [child({ id: 'm', logic: waits, effects: { wait: 'retry' } })],
  });
  const all = lives({ tree, settings: { journal: { snapshotEveryCount: 1 } } });
  const first = await all.next(0);
  await first.time.advance(60);
  await first.stop();
  open = () => {};
  const second = await all.next(60);
  await second.time.settle();
  open();
  await second.time.settle();
  expect(second.snapshot('/app/m')?.context).toMatchObject({ answer: 42 });
  await second.stop();
});

it('an event that crashed its actor is counted on, and given up as poison', async () => {
  const fragile = createMachine({
    types: {} as { context: { n: number } },
    context: { n: 0 },
    on: {
      INC: { actions: assign({ n: ({ context }) => context.n + 1 }) },
      BAD: {
        actions: assign(() => {
          throw new Error('boom');
        }),
      },
    },
  });
  const spec = { memory: 'snapshot', poisonCountMax: 2, backoff: { minMs: 100 } } as const;
  const tree = supervisor({
    id: 'app',
    intensity: 5,
    children: [child({ id: 'm', logic: fragile, ...spec })],
  });
  const all = lives({ tree, settings: { journal: { snapshotEveryCount: 1 } } });
  const first = await all.next(0);
  first.send('/app/m', { type: 'INC' });
  await first.time.settle();
  first.send('/app/m', { type: 'BAD' });
  await first.time.settle();
  await first.stop();
  const second = await all.next(50);
  await second.time.advance(1_000);
  expect(second.snapshot('/app/m')).toMatchObject({ restarts: 2, context: { n: 1 } });
  expect(second.deadLetters().letters).toMatchObject([{ why: 'poison', event: { type: 'BAD' } }]);
  await second.stop();
});

it('children end in the order in which they were made, also one that came again', async () => {
  const worker = createMachine({
    initial: 'on',
    states: { on: { on: { END: 'off' } }, off: { type: 'final' } },
  });
  const crew = setup({
    types: { events: {} as { type: 'SPAWN' | 'END'; id: string } },
    actors: { worker },
  }).createMachine({
    on: {
      SPAWN: {
        actions: enqueueActions(({ enqueue, event }) => {
          enqueue.spawnChild('worker', { id: event.id });
        }),
      },
      END: {
        actions: enqueueActions(({ enqueue, event }) => {
          enqueue.sendTo(event.id, { type: 'END' });
        }),
      },
    },
  });
  const children = [child({ id: 'crew', logic: crew, memory: 'snapshot' })];
  await using t = await testRuntime({ tree: supervisor({ id: 'app', intensity: 9, children }) });
  for (const id of ['a', 'b']) t.send('/app/crew', { type: 'SPAWN', id });
  t.send('/app/crew', { type: 'END', id: 'a' });
  // XState files it where the first one was.
  t.send('/app/crew', { type: 'SPAWN', id: 'a' });
  t.crash('/app/crew');
  t.crash('/app/crew');
  await expectReplays(t);
});
