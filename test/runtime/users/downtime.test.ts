/** What falls due while no process runs, and what the policies of timers and effects make of it. */
import { describe, expect, it } from 'vitest';
import { assign, createMachine, fromPromise, raise, setup } from 'xstate';
import { memoryLog } from '../../../runtime/journal/memory-log.ts';
import { Process, type User, type World } from '../../support/users.ts';

/** Notes when what came, in three regions that wait in different ways. */
const waiting = () =>
  setup({
    types: { context: {} as { came: readonly string[] } },
    actions: {
      note: assign(({ context }, name: string) => ({ came: [...context.came, name] })),
    },
    delays: { named: 100, computed: ({ context }) => 150 + context.came.length },
  }).createMachine({
    id: 'waiting',
    type: 'parallel',
    context: { came: [] },
    entry: raise({ type: 'RAISED' }, { delay: 120, id: 'raised' }),
    on: { RAISED: { actions: { type: 'note', params: 'raised' } } },
    states: {
      named: {
        initial: 'a',
        states: {
          a: { after: { named: 'b' } },
          b: { entry: { type: 'note', params: 'named' }, after: { 10: 'c' } },
          c: { entry: { type: 'note', params: 'chained' } },
        },
      },
      computed: {
        initial: 'a',
        states: {
          a: { after: { computed: 'b' } },
          b: { entry: { type: 'note', params: 'computed' } },
        },
      },
    },
  });

const cameOf = (process: Process) =>
  (process.runtime.snapshot('/app/it')!.context as { came: string[] }).came;

/** Lives for 40 ms, is away, lives on; says what had come at which time. */
async function awayFor(downMs: number, snapshotEveryCount: number, spec?: User['spec']) {
  const log = memoryLog();
  const setting = { snapshotEveryCount, actions: 'afterTurn' } as const;
  const user: User = { make: waiting, script: [], ...(spec ? { spec } : {}) };
  const first = await Process.begin(user, log, setting);
  await first.advance(40);
  first.send({ type: 'ANY' });
  await first.kill();
  const second = await Process.begin(user, log, setting, 40 + downMs);
  const came: string[] = [];
  for (let ms = 0; ms <= 400; ms += 1) {
    await second.advance(ms === 0 ? 0 : 1);
    const names = cameOf(second).slice(came.length);
    came.push(...names.map((name) => `${name} at ${second.clock.now()}`));
  }
  await second.runtime.stop();
  return came;
}

describe.each([0, 1])('timers, with snapshots every %i entries,', (every) => {
  it('fire when they were due, and at once what was due meanwhile, each once', async () => {
    expect(await awayFor(0, every)).toEqual([
      ...['named at 100', 'chained at 110', 'raised at 120', 'computed at 150'],
    ]);
    expect(await awayFor(65, every)).toEqual([
      ...['named at 105', 'chained at 115', 'raised at 120', 'computed at 150'],
    ]);
    expect(await awayFor(1_000, every)).toEqual([
      ...['named at 1040', 'raised at 1040', 'computed at 1040', 'chained at 1050'],
    ]);
  });

  it('follow the policy of their name', async () => {
    const policies = { named: 'restart', raised: 'drop', '*': 'remaining' } as const;
    expect(await awayFor(1_000, every, { timers: policies })).toEqual([
      // 110 of 150 ms were left to it; it is in the middle of the 10 ms of the other.
      ...['named at 1140', 'computed at 1150', 'chained at 1150'],
    ]);
  });
});

/** Asks twice, one after the other; what it is told is what it has. */
const asking = (world: World) =>
  setup({
    types: { context: {} as { got: readonly string[] } },
    actors: {
      careful: fromPromise(() => world.request('careful')),
      bold: fromPromise(() => world.request('bold')),
    },
  }).createMachine({
    id: 'asking',
    context: { got: [] },
    invoke: [
      {
        src: 'careful',
        onDone: { actions: assign({ got: ({ context: c }) => [...c.got, 'careful'] }) },
        onError: {
          actions: assign({
            got: ({ context, event }) => [...context.got, (event.error as { code: string }).code],
          }),
        },
      },
      {
        src: 'bold',
        onDone: { actions: assign({ got: ({ context: c }) => [...c.got, 'bold'] }) },
        onError: { actions: assign({ got: ({ context: c }) => [...c.got, 'bold failed'] }) },
      },
    ],
  });

describe.each([0, 1])('promises, with snapshots every %i entries,', (every) => {
  const setting = { snapshotEveryCount: every, actions: 'afterTurn' } as const;
  const gotOf = (process: Process) =>
    (process.runtime.snapshot('/app/it')!.context as { got: string[] }).got;

  it('that were interrupted fail once, or are asked for again, as their spec says', async () => {
    const log = memoryLog();
    const spec = { effects: { bold: 'retry' } } as const;
    const user: User = { make: asking, script: [], spec };
    const first = await Process.begin(user, log, setting);
    expect(first.world.starts).toEqual(['careful', 'bold']);
    await first.kill();
    // What comes to a process that has ended is nobody's.
    await first.do(({ world }) => void world.settle('careful', 'resolve', 1));
    const second = await Process.begin(user, log, setting, 5);
    expect(second.world.starts).toEqual(['bold']);
    expect(gotOf(second)).toEqual(['EFFECT_INTERRUPTED']);
    await second.kill();
    const third = await Process.begin(user, log, setting, 5);
    expect(third.world.starts).toEqual(['bold']);
    await third.do(({ world }) => void world.settle('bold', 'resolve', 1));
    expect(gotOf(third)).toEqual(['EFFECT_INTERRUPTED', 'bold']);
    await third.runtime.stop();
  });

  it('of a state that was left are not asked for again', async () => {
    const log = memoryLog();
    const make = (world: World) =>
      createMachine({
        initial: 'asking',
        states: {
          asking: {
            invoke: { id: 'p', src: fromPromise(() => world.request('p')) },
            on: { LEAVE: 'left' },
          },
          left: {},
        },
      });
    const user: User = { make, script: [] };
    const first = await Process.begin(user, log, setting);
    first.send({ type: 'LEAVE' });
    await first.kill();
    const second = await Process.begin(user, log, setting);
    expect(second.world.starts).toEqual([]);
    expect(second.runtime.snapshot('/app/it')).toMatchObject({ value: 'left' });
    await second.runtime.stop();
  });
});
