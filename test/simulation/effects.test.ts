/** Promises that the death of the process interrupts, with a broker that outlives it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Interruption } from '../../config/supervision.ts';
import { verifyJournal } from '../../runtime/journal/verify.ts';
import { seededRandom } from '../../runtime/random.ts';
import type { Acknowledged } from './acknowledge.ts';
import { killLiving } from './child-process.ts';
import { countingBroker } from './counting-broker.ts';
import type { DeskOrder } from './desk-process.ts';
import { type DeskContext, deskPath, desks, deskTree } from './desk-tree.ts';
import { live, type Progress } from './lives.ts';
import { drawMoments } from './moments.ts';
import { AcknowledgedPrefix, replayed } from './replayed.ts';

const isFull = process.env['KINTSUGI_RUNS'] === 'full';
const seeds = Array.from({ length: isFull ? 3 : 1 }, (_, index) => index + 1);
const killCount = isFull ? 10 : 3;
const orderCount = isFull ? 60 : 25;

afterEach(killLiving);

/** Kills desks until all have decided their orders, and tells what they and the broker know. */
async function killedDesks(policy: Interruption, seed: number) {
  const folder = mkdtempSync(join(tmpdir(), 'kintsugi-desks-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  await using broker = await countingBroker(seed);
  const journal = join(folder, 'journal');
  const random = seededRandom(seed).stream('kills');
  const acknowledged: Acknowledged[] = [];
  const order: Omit<DeskOrder, 'flushEveryMs'> = { journal, policy, port: broker.port, orderCount };
  const { lives } = await live<Progress & Partial<Acknowledged>>({
    script: join(import.meta.dirname, 'desk-process.ts'),
    order: () => ({ ...order, flushEveryMs: Math.floor(random.next() * 3) * 5 }),
    moments: drawMoments(random, killCount, 2 * orderCount * desks.length),
    onMessage: (message) => {
      if (message.acked !== undefined) acknowledged.push(message as Acknowledged);
    },
  });
  expect(await verifyJournal(journal)).toMatchObject({ ok: true });
  const prefix = new AcknowledgedPrefix(acknowledged);
  let resumes = 0;
  const refuse = () => Promise.reject(new Error('A replay asks for nothing.'));
  const core = await replayed(
    journal,
    () => deskTree(policy, refuse),
    (turn, at) => {
      prefix.check(turn, at);
      if (turn.input.kind === 'resume') resumes += 1;
    },
  );
  prefix.end();
  const contexts = desks.map((desk) => ({
    desk,
    ...(core.tree.node(deskPath(desk))!.actor!.getSnapshot().context as DeskContext),
  }));
  return { broker, contexts, lives, resumes };
}

const numbers = Array.from({ length: orderCount }, (_, index) => index + 1);

describe('orders of desks whose process is killed at random moments', () => {
  it.each(seeds)(
    'are executed once each under `retry`, seed %i',
    async (seed) => {
      const { broker, contexts, resumes } = await killedDesks('retry', seed);
      expect(resumes).toBeGreaterThan(0);
      for (const { desk, done, failed } of contexts) {
        expect(failed).toEqual([]);
        expect(done).toEqual(numbers);
        const executed = broker.executions.filter((placement) => placement.desk === desk);
        expect(executed.map(({ order }) => order)).toEqual(numbers);
      }
      const retried = [...broker.requests.values()].filter(({ length }) => length > 1);
      expect(retried.length).toBeGreaterThan(0);
      for (const requests of retried) {
        for (const request of requests) expect(request).toEqual(requests[0]);
      }
    },
    600_000,
  );

  it.each(seeds)(
    'fail as interrupted and are asked for once under `fail`, seed %i',
    async (seed) => {
      const { broker, contexts, resumes } = await killedDesks('fail', seed);
      expect(resumes).toBeGreaterThan(0);
      for (const requests of broker.requests.values()) expect(requests.length).toBe(1);
      for (const { desk, done, failed } of contexts) {
        const executed = broker.executions.filter((placement) => placement.desk === desk);
        for (const order of done) expect(executed.some((one) => one.order === order)).toBe(true);
        for (const [, code] of failed) expect(code).toBe('EFFECT_INTERRUPTED');
        expect([...done, ...failed.map(([order]) => order)].toSorted((a, b) => a - b)).toEqual(
          numbers,
        );
      }
      expect(contexts.some(({ failed }) => failed.length > 0)).toBe(true);
    },
    600_000,
  );
});
