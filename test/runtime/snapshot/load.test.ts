/** A start from the newest snapshot that can be trusted. */
import { describe, expect, it } from 'vitest';
import { assign, createMachine } from 'xstate';
import { child, supervisor } from '../../../actors/child.ts';
import type { EventLog } from '../../../actors/ports.ts';
import type { RuntimeOptions, TurnObserver } from '../../../runtime/options.ts';
import { replayJournal } from '../../../runtime/replay/replay.ts';
import { checkSnapshots, loadSnapshot } from '../../../runtime/snapshot/load.ts';
import { type Life, lives } from '../../support/lives.ts';

const counter = createMachine({
  id: 'counter',
  types: {} as { context: { n: number } },
  context: { n: 0 },
  on: { INC: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
});
const tree = supervisor({ id: 'app', children: [child({ id: 'c', logic: counter })] });

const settings = { journal: { snapshotEveryCount: 10, snapshotKeepCount: 3 } };

/** Lives on until its journal holds so many entries, with every snapshot written. */
async function livesUntil(life: Life, seq: number): Promise<void> {
  while (life.seq < seq) {
    life.send('/app/c', { type: 'INC' });
    await life.time.settle();
  }
  await life.stop();
}

async function textsOf(log: EventLog, seq: number): Promise<string> {
  let text = '';
  for await (const chunk of log.snapshots!.read(seq)) text += chunk;
  return text;
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}

/** The seqs of the turns that a start replays, and what it logs. */
async function start(all: ReturnType<typeof lives>, over: RuntimeOptions = {}) {
  const seqs: number[] = [];
  const warnings: string[] = [];
  const log = (_: unknown, text: string) => void warnings.push(text);
  const silent = () => {};
  const logger = { warn: log, info: silent, error: log, fatal: log, isLevelEnabled: () => false };
  const life = await all.next(0, {
    observe: ({ input }) => seqs.push(input.seq),
    logger: logger as never,
    ...over,
  });
  return { life, seqs, warnings };
}

describe('a start', () => {
  it('restores the newest snapshot, and replays only what came after it', async () => {
    const all = lives({ tree, settings });
    await livesUntil(await all.next(0), 47);
    expect(await all.log.snapshots!.list()).toEqual([40, 30, 20]);
    const { life, seqs, warnings } = await start(all);
    expect(seqs).toEqual([41, 42, 43, 44, 45, 46, 47, 48]);
    expect(life.snapshot('/app/c')?.context).toEqual({ n: 46 });
    expect(warnings).toEqual([]);
    await life.stop();
  });

  it('has the digest that it would have without snapshots', async () => {
    const digests = [];
    for (const snapshotEveryCount of [0, 1, 7]) {
      const all = lives({ tree, settings: { journal: { snapshotEveryCount } } });
      await livesUntil(await all.next(0), 20);
      const life = await all.next(5);
      digests.push(life.digest);
      await life.stop();
    }
    expect(new Set(digests).size).toBe(1);
  });

  it.each([
    [
      'changed',
      30,
      async (log: EventLog) => {
        const text = await textsOf(log, 40);
        await log.snapshots!.write(40, once(text.replace('"n":39', '"n":38')));
      },
    ],
    [
      'cut',
      30,
      async (log: EventLog) => {
        await log.snapshots!.write(40, once((await textsOf(log, 40)).slice(0, -10)));
      },
    ],
    ['gone', 30, (log: EventLog) => log.snapshots!.write(40, once(''))],
    [
      'exchanged',
      20,
      async (log: EventLog) => {
        const [a, b] = [await textsOf(log, 40), await textsOf(log, 30)];
        await log.snapshots!.write(40, once(b));
        await log.snapshots!.write(30, once(a));
      },
    ],
  ] as const)('takes an older one when the newest is %s, and says so', async (_, used, damage) => {
    const all = lives({ tree, settings });
    await livesUntil(await all.next(0), 45);
    await damage(all.log);
    const { life, seqs, warnings } = await start(all);
    expect(seqs[0]).toBe(used + 1);
    expect(life.snapshot('/app/c')?.context).toEqual({ n: 44 });
    expect(warnings[0]).toContain('snapshot after seq 40 is not used: its text is not the one');
    await life.stop();
  });

  it('replays the whole journal when none can be used', async () => {
    const all = lives({ tree, settings });
    await livesUntil(await all.next(0), 45);
    for (const seq of [40, 30, 20]) await all.log.snapshots!.write(seq, once('{}'));
    const { life, seqs, warnings } = await start(all);
    expect(seqs[0]).toBe(1);
    expect(warnings).toHaveLength(3);
    await life.stop();
  });

  it('does not believe a snapshot that the journal does not name', async () => {
    const all = lives({ tree, settings });
    await livesUntil(await all.next(0), 25);
    await all.log.snapshots!.write(25, once(await textsOf(all.log, 20)));
    const { life, seqs, warnings } = await start(all);
    expect(seqs[0]).toBe(21);
    expect(warnings[0]).toContain(
      'snapshot after seq 25 is not used: the journal does not name it',
    );
    await life.stop();
  });

  it('is spared a surprise by a check of all snapshots', async () => {
    const all = lives({ tree, settings });
    await livesUntil(await all.next(0), 45);
    expect(await checkSnapshots(all.log)).toEqual({
      whole: [40, 30, 20],
      damaged: [],
      unnamed: [],
    });
    await all.log.snapshots!.write(41, once(await textsOf(all.log, 40)));
    await all.log.snapshots!.write(30, once('{}'));
    expect(await checkSnapshots(all.log)).toEqual({
      whole: [40, 20],
      damaged: [30],
      unnamed: [41],
    });
  });

  it('can be told how old the snapshot must be', async () => {
    const all = lives({ tree, settings });
    await livesUntil(await all.next(0), 45);
    const seqOf = async (seqMax: number) =>
      (await loadSnapshot(all.log, { seqMax }))?.head.snapshot;
    expect([await seqOf(40), await seqOf(39), await seqOf(19)]).toEqual([40, 30, undefined]);
  });

  it('of a replay from a seq is at the snapshot before it', async () => {
    const all = lives({ tree, settings });
    const life = await all.next(0);
    await livesUntil(life, 45);
    const whole = await replayJournal(all.log, { tree });
    for (const [from, afterSeq, until] of [
      [41, 40, 45],
      [40, 30, 45],
      [45, 30, 33],
      [2, 0, 45],
    ] as const) {
      const replayed = await replayJournal(all.log, { tree, from, until });
      expect(replayed).toMatchObject({ afterSeq, entries: until - afterSeq, lastSeq: until });
      if (until === 45) expect(replayed).toMatchObject({ digest: whole.digest, turns: 46 - from });
    }
  });

  it('gives an observer back what it had saved, instead of the turns before', async () => {
    class Counting implements TurnObserver {
      turns = 0;
      observe() {
        this.turns++;
      }
      save() {
        return { turns: this.turns };
      }
      restore(saved: unknown) {
        this.turns = (saved as { turns: number }).turns;
      }
    }
    const all = lives({ tree, settings });
    const first = new Counting();
    await livesUntil(await all.next(0, { observe: first }), 47);
    expect(first.turns).toBe(47);
    const second = new Counting();
    const { life } = await start(all, { observe: second });
    expect(second.turns).toBe(48);
    await life.stop();
  });

  it('refuses a tree that lacks an actor of the snapshot', async () => {
    const all = lives({ tree, settings });
    const spec = child({ id: 'more', logic: counter });
    const first = await all.next(0);
    await first.spawn('/app', spec);
    await livesUntil(first, 12);
    await expect(all.next(0)).rejects.toThrow("starts an actor at '/app/more' that this program");
    const { life } = await start(all, { children: { '/app/more': spec } });
    expect(life.snapshot('/app/more')?.context).toEqual({ n: 0 });
    await life.stop();
  });
});
