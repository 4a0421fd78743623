import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { supervisor } from '../../../actors/child.ts';
import type { EventLog } from '../../../actors/ports.ts';
import { simulatedClock } from '../../../runtime/clock/simulated.ts';
import { createRuntime } from '../../../runtime/create-runtime.ts';
import { Journal } from '../../../runtime/journal/journal.ts';
import { part } from '../../support/supervised.ts';

const full = process.env['KINTSUGI_RUNS'] === 'full';
const crashes = full ? 200_000 : 2_000;

/** Takes every block and keeps none. */
const forgetful = (): EventLog => {
  let head = { version: 0, lastSeq: 0, hash: '0'.repeat(64), epoch: 1 };
  return {
    open: async () => head,
    append: async (block: { version: number; lastSeq: number; hash: string }) => {
      head = { ...head, version: block.version, lastSeq: block.lastSeq, hash: block.hash };
      return { kind: 'ok', head };
    },
    async *read() {},
    close: async () => {},
  } as never as EventLog;
};

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const heapBytes = (): number => {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
};

const patient = { backoff: { minMs: 3 }, input: { closesInMs: 2 } };

const tree = () =>
  supervisor({
    id: 'app',
    intensity: 100,
    periodMs: 1,
    children: [
      part('a'),
      part('b', { dependsOn: ['a'] }),
      part('c', patient),
      part('d', { memory: 'snapshot' }),
      supervisor({ id: 's', intensity: 2, periodMs: 30, children: [part('x'), part('y')] }),
    ],
  });

it(`keeps the heap flat over ${crashes} crashes and restarts`, async () => {
  const clock = simulatedClock();
  const runtime = await createRuntime({ tree: tree(), clock, journal: new Journal(forgetful()) });
  await runtime.start();
  const paths = ['a', 'b', 'c', 'd', 's/x', 's/y'].map((id) => `/app/${id}`);
  const crash = async (count: number) => {
    for (let i = 0; i < count; i++) {
      runtime.send(paths[i % paths.length]!, { type: 'CRASH' });
      await clock.advance(2);
    }
    await runtime.flush();
  };
  await crash(crashes / 4);
  const before = heapBytes();
  await crash(crashes);
  const grownBytes = heapBytes() - before;
  expect(runtime.status).toBe('running');
  expect(runtime.snapshot('/app/a')!.restarts).toBeGreaterThan(crashes / 6);
  expect(runtime.deadLetters().letters.length).toBeLessThanOrEqual(1_000);
  // Less than 20 bytes for each crash of a long run; what is compiled meanwhile comes on top.
  expect(grownBytes).toBeLessThan(2_000_000 + crashes * 10);
  await runtime.stop();
}, 900_000);
