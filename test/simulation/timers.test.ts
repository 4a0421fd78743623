/** Timers of every policy, over deaths of the process and random time without any. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { verifyJournal } from '../../runtime/journal/verify.ts';
import { seededRandom } from '../../runtime/random.ts';
import type { Acknowledged } from './acknowledge.ts';
import { killLiving } from './child-process.ts';
import type { ClockworkOrder } from './clockwork-process.ts';
import {
  bellPath,
  clockNames,
  clockPath,
  clockworkTree,
  type Rings,
  timerNames,
} from './clockwork-tree.ts';
import { live, type Progress } from './lives.ts';
import { drawMoments } from './moments.ts';
import { AcknowledgedPrefix, replayed } from './replayed.ts';
import { TimerModel } from './timer-model.ts';

const isFull = process.env['KINTSUGI_RUNS'] === 'full';
const seeds = Array.from({ length: isFull ? 3 : 1 }, (_, index) => index + 1);
const killCount = isFull ? 10 : 4;

afterEach(killLiving);

/** Mostly short, sometimes longer than any timer. */
const downtimesMs = [0, 1, 50, 400, 5_000] as const;

interface ClockworkRun {
  readonly seed: number;
  readonly isSimulated: boolean;
  readonly seqCount: number;
  readonly delayMaxMs: number;
}

type Message = Progress & Partial<Acknowledged> & { readonly now?: number };

/** Kills a clockwork until it has armed all its timers, and follows its journal with the model. */
async function killedClockwork({ seed, isSimulated, ...run }: ClockworkRun) {
  const folder = mkdtempSync(join(tmpdir(), 'kintsugi-clockwork-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const journal = join(folder, 'journal');
  const random = seededRandom(seed).stream('kills');
  const acknowledged: Acknowledged[] = [];
  let nowMs = 1_000;
  const order = (life: number): ClockworkOrder => {
    nowMs += downtimesMs[Math.floor(random.next() * downtimesMs.length)]!;
    const flushEveryMs = Math.floor(random.next() * 3) * 5;
    const start = isSimulated ? { startMs: nowMs } : {};
    return { journal, seed: 1_000 * seed + life, flushEveryMs, ...run, ...start };
  };
  await live<Message>({
    script: join(import.meta.dirname, 'clockwork-process.ts'),
    order,
    moments: drawMoments(random, killCount, run.seqCount),
    onMessage: (message) => {
      if (message.acked !== undefined) acknowledged.push(message as Acknowledged);
      if (message.now !== undefined) nowMs = message.now;
    },
  });
  expect(await verifyJournal(journal)).toMatchObject({ ok: true });
  const prefix = new AcknowledgedPrefix(acknowledged);
  const model = new TimerModel(isSimulated);
  const core = await replayed(
    journal,
    () => clockworkTree,
    (turn, at) => {
      prefix.check(turn, at);
      model.take(turn.input);
    },
  );
  prefix.end();
  const ringsAt = (path: string): Rings =>
    (core.tree.node(path)!.actor!.getSnapshot().context as { rings: Rings }).rings;
  const fired = new Map<string, number>();
  for (const clock of clockNames) {
    for (const name of timerNames) {
      const rings = name.startsWith('send-')
        ? ringsAt(bellPath)[`${clock} ${name}`]
        : ringsAt(clockPath(clock))[name];
      if (rings !== undefined) fired.set(`${clockPath(clock)} ${name}`, rings);
    }
  }
  return { model, fired };
}

const sorted = (counts: ReadonlyMap<string, number>) => [...counts].toSorted();

describe('timers over deaths of the process at random moments', () => {
  it.each(seeds)(
    'fire as their policies say, after random downtime, seed %i',
    async (seed) => {
      const run = { seed, isSimulated: true, seqCount: 1_500, delayMaxMs: 3_000 };
      const { model, fired } = await killedClockwork(run);
      expect(sorted(fired)).toEqual(sorted(model.fired));
      expect(model.pendingCount).toBe(0);
      for (const count of Object.values(model.found)) expect(count).toBeGreaterThan(0);
    },
    600_000,
  );

  it.each(seeds)(
    'fire as their policies say in real time, seed %i',
    async (seed) => {
      const run = { seed, isSimulated: false, seqCount: 400, delayMaxMs: 300 };
      const { model, fired } = await killedClockwork(run);
      expect(sorted(fired)).toEqual(sorted(model.fired));
      expect(model.pendingCount).toBe(0);
      for (const count of Object.values(model.found)) expect(count).toBeGreaterThan(0);
    },
    600_000,
  );
});
