/** When snapshots are taken, and what becomes of one that cannot be. */
import { describe, expect, it } from 'vitest';
import { assign, createMachine, fromPromise, setup, spawnChild } from 'xstate';
import { child, dynamicSupervisor, supervisor } from '../../../actors/child.ts';
import type { RuntimeOptions } from '../../../runtime/options.ts';
import { testRuntime } from '../../../runtime/testing/test-runtime.ts';
import { expectReplays } from '../../support/expect-replays.ts';
import { lives } from '../../support/lives.ts';

const plain = createMachine({ id: 'plain' });
const treeOf = (logic: Parameters<typeof child>[0]['logic']) =>
  supervisor({ id: 'app', children: [child({ id: 'c', logic })] });

function logging(): { logger: NonNullable<RuntimeOptions['logger']>; warnings: string[] } {
  const warnings: string[] = [];
  const warn = (_: unknown, text: string) => void warnings.push(text);
  const silent = () => {};
  const logger = { warn, info: silent, error: warn, fatal: warn, isLevelEnabled: () => false };
  return { logger: logger as never, warnings };
}

describe('snapshots', () => {
  it.each([
    [0, 1, []],
    [1, 2, [5, 4]],
    [2, 2, [4, 2]],
    [5, 3, [5]],
    [6, 3, []],
  ])('every %i entries, %i kept: those after %j of five', async (every, keep, seqs) => {
    const settings = { journal: { snapshotEveryCount: every, snapshotKeepCount: keep } };
    const all = lives({ tree: treeOf(plain), settings });
    const life = await all.next(0);
    for (let i = 0; i < 4; i++) {
      life.send('/app/c', { type: 'ANY' });
      await life.time.settle();
    }
    await life.stop();
    expect(await all.log.snapshots!.list()).toEqual(seqs);
  });

  it('are taken in slices of a tree that is large, while it goes on', async () => {
    const tally = createMachine({
      id: 'tally',
      types: {} as { context: { n: number } },
      context: { n: 0 },
      on: { INC: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
    });
    const tree = supervisor({
      id: 'app',
      children: [dynamicSupervisor({ id: 'pool', child: { logic: tally } })],
    });
    const all = lives({ tree, settings: { journal: { snapshotEveryCount: 501 } } });
    const life = await all.next(0);
    for (let i = 0; i < 500; i++) await life.spawn('/app/pool', { id: `t${i}` });
    // The snapshot after seq 501 is being written: what comes now is not in it.
    for (let i = 0; i < 500; i++) life.send(`/app/pool/t${i}`, { type: 'INC' });
    await life.stop();
    expect(await all.log.snapshots!.list()).toEqual([501]);
    const seqs: number[] = [];
    const next = await all.next(0, { observe: ({ input }) => seqs.push(input.seq) });
    expect(seqs[0]).toBe(502);
    expect(next.snapshot('/app/pool/t499')?.context).toEqual({ n: 1 });
    await next.stop();
  });

  it.each([
    [
      'a value that JSON has no form for',
      createMachine({ id: 'm', context: { seen: new Map() } }),
      "'/app/c': The journal cannot hold a Map at 'seen'",
    ],
    [
      'logic without a name',
      createMachine({ id: 'm', entry: spawnChild(plain, { id: 'kid' }) }),
      "'/app/c/kid' runs logic that was spawned inline, without a name",
    ],
  ])('are given up over %s: it is told once, and the journal serves', async (_, logic, words) => {
    const { logger, warnings } = logging();
    const all = lives({ tree: treeOf(logic), settings: { journal: { snapshotEveryCount: 1 } } });
    const life = await all.next(0, { logger });
    for (let i = 0; i < 3; i++) {
      life.send('/app/c', { type: 'ANY' });
      await life.time.settle();
    }
    await life.stop();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(words);
    const next = await all.next(0);
    expect(next.seq).toBe(5);
    await next.stop();
  });
});

describe('a test runtime', () => {
  it('refuses logic without a name where it is spawned, with the cure', async () => {
    const logic = createMachine({ id: 'm', on: { GO: { actions: spawnChild(plain) } } });
    await using test = await testRuntime({ tree: treeOf(logic) });
    test.send('/app/c', { type: 'GO' });
    expect(test.snapshot('/app/c')).toMatchObject({
      restarts: 1,
      lastError: expect.stringContaining('Name it with setup({ actors: { name: logic } })'),
    });
    await expectReplays(test);
  });

  it('takes logic that has one, wherever it comes from', async () => {
    const job = fromPromise(() => new Promise<number>(() => {}));
    const named = setup({ actors: { job } }).createMachine({
      id: 'named',
      // XState files the first three under one key: only the last of them can be found there.
      entry: [
        ...[1, 2, 3].map(() => spawnChild('job')),
        spawnChild(job, { id: 'inline' } as never),
      ] as never,
      invoke: { src: plain },
    });
    await using test = await testRuntime({ tree: treeOf(named) });
    await test.settle();
    expect(test.snapshot('/app/c')?.restarts).toBe(0);
    await expectReplays(test);
  });
});
