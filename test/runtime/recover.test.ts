/** A journal that another process continues: all is there again, and nothing twice. */
import { describe, expect, it } from 'vitest';
import { assign, createMachine, fromCallback, fromPromise, setup } from 'xstate';
import { child, supervisor } from '../../actors/child.ts';
import { simulatedClock } from '../../runtime/clock/simulated.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import { Journal } from '../../runtime/journal/journal.ts';
import { replayJournal } from '../../runtime/replay/replay.ts';
import { lives } from '../support/lives.ts';

const counting = (guard: () => boolean = () => true) =>
  createMachine({
    id: 'counter',
    types: {} as { context: { n: number } },
    context: { n: 0 },
    on: { INC: { guard, actions: assign({ n: ({ context }) => context.n + 1 }) } },
    initial: 'early',
    states: { early: { after: { 100: 'late' } }, late: {} },
  });
const counter = counting();
const tree = supervisor({ id: 'app', children: [child({ id: 'c', logic: counter })] });

describe('a continued journal', () => {
  it('gives back the state, and goes on from there', async () => {
    const all = lives({ tree });
    const first = await all.next(0);
    first.send('/app/c', { type: 'INC' });
    const before = first.tree();
    await first.stop();
    const second = await all.next(10);
    expect(second.isContinued).toBe(true);
    expect(second.snapshot('/app/c')).toMatchObject({ context: { n: 1 }, value: 'early' });
    expect(second.tree()[0]!.children.map(({ context }) => context)).toEqual(
      before[0]!.children.map(({ context }) => context),
    );
    second.send('/app/c', { type: 'INC' });
    await second.stop();
    expect((await all.inputs()).map(({ kind, at }) => [kind, at])).toEqual([
      ['command', 0],
      ['event', 0],
      ['resume', 10],
      ['event', 10],
    ]);
    const replayed = await replayJournal(all.log, { tree });
    expect(replayed.divergence).toBeUndefined();
    expect(replayed.digest).toBe(second.digest);
  });

  it('of a process that ended before its first entry begins with one', async () => {
    const all = lives({ tree });
    const first = await createRuntime({
      tree,
      journal: new Journal(all.log),
      clock: simulatedClock(),
    });
    await first.stop();
    const second = await all.next(0);
    expect(second.snapshot('/app/c')?.status).toBe('active');
    await second.stop();
  });

  it('never lets logical time go back', async () => {
    const all = lives({ tree });
    const first = await all.next(5_000);
    await first.stop();
    const second = await all.next(0);
    expect([second.at, second.time.now()]).toEqual([5_000, 5_000]);
    await second.stop();
  });

  it('fires at once what was due meanwhile, and the rest when it is due', async () => {
    for (const [startMs, value] of [
      [50, 'early'],
      [100, 'late'],
      [9_000, 'late'],
    ] as const) {
      const all = lives({ tree });
      await (await all.next(0)).stop();
      const second = await all.next(startMs);
      await second.time.advance(0);
      expect(second.snapshot('/app/c')?.value).toBe(value);
      await second.time.advance(100);
      expect(second.snapshot('/app/c')?.value).toBe('late');
      await second.stop();
    }
  });

  it('knows the children that the host had added, when it is given them again', async () => {
    const spec = child({ id: 'd', logic: counter });
    const all = lives({ tree });
    const first = await all.next(0);
    await first.spawn('/app', spec);
    await first.stop();
    await expect(all.next(1)).rejects.toThrow(
      "starts an actor at '/app/d' that this program does not",
    );
    const third = await all.next(1, { children: { '/app/d': spec } });
    expect(third.snapshot('/app/d')?.status).toBe('active');
    await third.stop();
  });

  it('takes other settings of the host as a change that everyone sees', async () => {
    const all = lives({ tree });
    const first = await all.next(0);
    await first.stop();
    const second = await all.next(1, { settings: { mailbox: { countMax: 5 } } });
    expect(second.settings.current.mailbox.countMax).toBe(5);
    await second.stop();
    const inputs = await all.inputs();
    expect(inputs.at(-1)).toMatchObject({
      kind: 'settings',
      event: { by: 'host', why: 'other settings at the restart' },
    });
    const third = await all.next(2, { settings: { mailbox: { countMax: 5 } } });
    await third.stop();
    expect((await all.inputs()).length).toBe(inputs.length + 1);
  });

  it('is refused by seq, path, expected and got when the program differs', async () => {
    const all = lives({ tree });
    const first = await all.next(0);
    first.send('/app/c', { type: 'INC' });
    await first.stop();
    const changed = child({ id: 'c', logic: counting(() => false) });
    const other = supervisor({ id: 'app', children: [changed] });
    await expect(all.next(1, { tree: other })).rejects.toMatchObject({
      code: 'REPLAY_DIVERGED',
      seq: 2,
      path: '/app/c',
      expected: { path: '/app/c', fields: { n: 1 } },
      actual: undefined,
    });
    const again = await all.next(1);
    expect(again.snapshot('/app/c')?.context).toEqual({ n: 1 });
    await again.stop();
  });
});

describe('effects that the end of a process interrupted', () => {
  const made: string[] = [];
  const jobs = setup({
    types: { context: {} as { why: string } },
    actors: {
      job: fromPromise(() => {
        made.push('promise');
        return new Promise(() => {});
      }),
      feed: fromCallback(() => {
        made.push('callback');
      }),
    },
  }).createMachine({
    id: 'jobs',
    context: { why: '' },
    initial: 'working',
    invoke: { src: 'feed' },
    states: {
      working: {
        invoke: {
          src: 'job',
          onError: {
            target: 'interrupted',
            actions: assign({
              why: ({ event }) =>
                `${(event.error as { code: string }).code} ${(event.error as Error).message}`,
            }),
          },
        },
      },
      interrupted: { on: { SETTINGS_CHANGED: 'again', AGAIN: 'again' } },
      again: { invoke: { src: 'job', onError: 'interrupted' } },
    },
  });
  const all = (settings?: string) => {
    made.length = 0;
    const spec = child({ id: 'j', logic: jobs, settings });
    return lives({ tree: supervisor({ id: 'app', children: [spec] }) });
  };

  it('fail when they were promises, and start again when they were sources of events', async () => {
    const { next, inputs } = all();
    await (await next(0)).stop();
    expect(made).toEqual(['callback', 'promise']);
    const second = await next(1);
    expect(second.snapshot('/app/j')).toMatchObject({
      value: 'interrupted',
      context: {
        why: "EFFECT_INTERRUPTED The process ended before '/app/j/0.jobs.working' had an outcome.",
      },
    });
    expect(made).toEqual(['callback', 'promise', 'callback']);
    await second.stop();
    expect((await inputs()).at(-1)).toMatchObject({
      kind: 'outcome',
      path: '/app/j/0.jobs.working',
    });
    const third = await next(2);
    expect(third.snapshot('/app/j')?.value).toBe('interrupted');
    expect(made).toEqual(['callback', 'promise', 'callback', 'callback']);
    await third.stop();
  });

  it('are not those that the restart itself asks for', async () => {
    const { next } = all('/log');
    await (await next(0)).stop();
    await (await next(1)).stop();
    made.length = 0;
    // The promise is asked for by the change of settings, after the end of the process before.
    const third = await next(2, { settings: { log: { level: 'debug' } } });
    expect(third.snapshot('/app/j')?.value).toBe('again');
    expect(made.toSorted()).toEqual(['callback', 'promise']);
    await third.stop();
  });
});
