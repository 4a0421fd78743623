/** What the restart of the process does to timers and to promises, by the policy of each. */
import { describe, expect, it } from 'vitest';
import { type AnyActorRef, assign, cancel, createMachine, fromPromise, raise, setup } from 'xstate';
import { child, supervisor } from '../../../actors/child.ts';
import { effectKey } from '../../../actors/effect-key.ts';
import type { TimerPolicy } from '../../../config/supervision.ts';
import { replayJournal } from '../../../runtime/replay/replay.ts';
import { lives } from '../../support/lives.ts';

/** `after` by name, a delayed raise with an id and one without, all due at 100. */
const waiting = setup({
  types: {} as { events: { type: string } },
  delays: { NAMED: 100 },
}).createMachine({
  id: 'waiting',
  context: {},
  entry: [
    raise({ type: 'BY_ID' }, { id: 'mine', delay: 100 }),
    raise({ type: 'BARE' }, { delay: 100 }),
  ],
  type: 'parallel',
  states: {
    named: { initial: 'on', states: { on: { after: { NAMED: 'fired' } }, fired: {} } },
    byId: { initial: 'on', states: { on: { on: { BY_ID: 'fired' } }, fired: {} } },
    bare: { initial: 'on', states: { on: { on: { BARE: 'fired' } }, fired: {} } },
  },
});

const treeWith = (timers: Record<string, TimerPolicy>) =>
  supervisor({ id: 'app', children: [child({ id: 'w', logic: waiting, timers })] });

/** Which regions have fired. */
async function firedAt(timers: Record<string, TimerPolicy>, times: readonly number[]) {
  const tree = treeWith(timers);
  const all = lives({ tree });
  const first = await all.next(0);
  await first.time.advance(40);
  // An entry tells how long it lived.
  first.send('/app/w', { type: 'unknown' });
  await first.stop();
  const second = await all.next(1_000);
  const seen: Record<number, string> = {};
  for (const at of times) {
    await second.time.advanceTo(at);
    const value = second.snapshot('/app/w')?.value as Record<string, string>;
    seen[at] = Object.keys(value)
      .filter((region) => value[region] === 'fired')
      .join();
  }
  await second.stop();
  const replayed = await replayJournal(all.log, { tree });
  expect(replayed.divergence).toBeUndefined();
  expect(replayed.digest).toBe(second.digest);
  return seen;
}

describe('a timer over a restart at 1,000 of a process that lived until 40', () => {
  it.each<[Record<string, TimerPolicy>, Record<number, string>]>([
    [{}, { 1000: 'named,byId,bare' }],
    [{ '*': 'remaining' }, { 1059: '', 1060: 'named,byId,bare' }],
    [{ '*': 'restart' }, { 1099: '', 1100: 'named,byId,bare' }],
    [{ '*': 'drop' }, { 1000: '', 9999: '' }],
    [
      { NAMED: 'remaining', mine: 'restart', '*': 'deadline' },
      {
        1000: 'bare',
        1059: 'bare',
        1060: 'named,bare',
        1099: 'named,bare',
        1100: 'named,byId,bare',
      },
    ],
    [{ NAMED: 'drop' }, { 1000: 'byId,bare', 9999: 'byId,bare' }],
    [{ NAME: 'drop', min: 'drop' }, { 1000: 'named,byId,bare' }],
  ])('by %j', async (timers, expected) => {
    expect(await firedAt(timers, Object.keys(expected).map(Number))).toEqual(expected);
  });

  it('is known by its name when another has taken that over', async () => {
    const twice = createMachine({
      context: { rings: 0 },
      entry: [
        raise({ type: 'RING' }, { id: 'mine', delay: 100 }),
        raise({ type: 'RING' }, { id: 'mine', delay: 200 }),
      ],
      on: { RING: { actions: assign({ rings: ({ context }) => context.rings + 1 }) } },
    });
    const timers = { mine: 'drop' } as const;
    const tree = supervisor({ id: 'app', children: [child({ id: 'w', logic: twice, timers })] });
    const all = lives({ tree, settings: { journal: { snapshotEveryCount: 1 } } });
    await (await all.next(0)).stop();
    const second = await all.next(50);
    await second.time.advance(1_000);
    expect(second.snapshot('/app/w')?.context).toEqual({ rings: 0 });
    await second.stop();
  });

  it('is written down when it changed, and can be cancelled as before', async () => {
    const tree = supervisor({
      id: 'app',
      children: [
        child({
          id: 'w',
          timers: { mine: 'restart' },
          logic: createMachine({
            entry: raise({ type: 'LATE' }, { id: 'mine', delay: 100 }),
            on: { STOP: { actions: cancel('mine') }, LATE: { actions: assign({ late: true }) } },
            context: { late: false },
          }),
        }),
      ],
    });
    const all = lives({ tree });
    await (await all.next(0)).stop();
    const turns: unknown[] = [];
    const second = await all.next(500, { observe: ({ line }) => turns.push(line.timers) });
    expect(turns.at(-1)).toEqual([
      { path: '/app/w', id: 'mine', policy: 'restart', deadlineMs: 600 },
    ]);
    second.send('/app/w', { type: 'STOP' });
    await second.time.advance(1_000);
    expect(second.snapshot('/app/w')?.context).toEqual({ late: false });
    await second.stop();
  });

  it('counts each restart anew', async () => {
    const tree = treeWith({ '*': 'remaining' });
    const all = lives({ tree });
    await (await all.next(0)).stop();
    for (const startMs of [1_000, 2_000, 3_000]) {
      const life = await all.next(startMs);
      await life.time.advance(20);
      life.send('/app/w', { type: 'unknown' });
      expect(life.snapshot('/app/w')?.value).toMatchObject({ named: 'on' });
      await life.stop();
    }
    const last = await all.next(4_000);
    await last.time.advance(39);
    expect(last.snapshot('/app/w')?.value).toMatchObject({ named: 'on' });
    await last.time.advance(1);
    expect(last.snapshot('/app/w')?.value).toMatchObject({ named: 'fired' });
    await last.stop();
  });
});

describe('a promise that the end of the process interrupts', () => {
  const asked: string[] = [];
  let answer: (value: string) => void = () => {};
  const order = fromPromise<string>(({ self }: { self: AnyActorRef }) => {
    asked.push(effectKey(self));
    return new Promise((resolve) => {
      answer = resolve;
    });
  });
  const buyer = setup({ actors: { order } }).createMachine({
    initial: 'buying',
    states: {
      buying: { invoke: { src: 'order', onDone: 'bought', onError: 'unsure' } },
      bought: {},
      unsure: {},
    },
  });
  const run = async (effects: Record<string, 'retry' | 'fail'>) => {
    asked.length = 0;
    const tree = supervisor({ id: 'app', children: [child({ id: 'b', logic: buyer, effects })] });
    const all = lives({ tree });
    await (await all.next(0)).stop();
    const second = await all.next(10);
    if (asked.length === 2) answer('done');
    await second.time.settle();
    const value = second.snapshot('/app/b')?.value;
    await second.stop();
    expect((await replayJournal(all.log, { tree })).digest).toBe(second.digest);
    return value;
  };

  it('fails, unless it may be asked for again', async () => {
    expect(await run({})).toBe('unsure');
    expect(asked).toHaveLength(1);
    expect(await run({ order: 'fail', '*': 'retry' })).toBe('unsure');
    expect(await run({ other: 'retry' })).toBe('unsure');
  });

  it.each<[Record<string, 'retry'>]>([[{ order: 'retry' }], [{ '*': 'retry' }]])(
    'is retried by %j',
    async (effects) => {
      expect(await run(effects)).toBe('bought');
      expect(asked).toHaveLength(2);
      expect(asked[0]).toBe(asked[1]);
      expect(asked[0]).toMatch(/^[0-9a-f-]{36}:1\.0$/);
    },
  );

  it('has another key in another journal, and in another turn', async () => {
    await run({ order: 'retry' });
    const [first] = asked;
    await run({ order: 'retry' });
    expect(asked[0]).not.toBe(first);
  });

  it('has a key of its own when a crash has taken back the entry before', async () => {
    asked.length = 0;
    const idle = setup({ actors: { order } }).createMachine({
      initial: 'idle',
      states: { idle: { on: { GO: 'buying' } }, buying: { invoke: { src: 'order' } } },
    });
    const tree = supervisor({ id: 'app', children: [child({ id: 'b', logic: idle })] });
    const all = lives({ tree });
    const first = await all.next(0);
    await first.flush();
    for (const type of ['unknown', 'GO']) first.send('/app/b', { type });
    const lostSeq = first.seq;
    const second = await all.next(10);
    second.send('/app/b', { type: 'GO' });
    expect(second.seq).toBe(lostSeq);
    expect(asked).toHaveLength(2);
    expect(asked[0]).not.toBe(asked[1]);
    await second.stop();
  });

  it('has no key when it is none', () => {
    expect(() => effectKey({ id: 'x' } as never)).toThrow("Actor 'x' is no effect");
  });
});
