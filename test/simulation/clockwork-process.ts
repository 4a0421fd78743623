/** Arms timers at random, in a process that may be killed at any moment. */

import { setTimeout as sleep } from 'node:timers/promises';
import { simulatedClock } from '../../runtime/clock/simulated.ts';
import { systemClock } from '../../runtime/clock/system.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import { seededRandom } from '../../runtime/random.ts';
import { inside } from '../support/inside.ts';
import { acknowledge } from './acknowledge.ts';
import { orderOf, say } from './child-process.ts';
import { clockNames, clockPath, clockworkTree, timerNames } from './clockwork-tree.ts';

export interface ClockworkOrder {
  readonly journal: string;
  /** Time at which the process begins, ms; without it, the clock of the system. */
  readonly startMs?: number;
  readonly seed: number;
  /** Timers are armed until the journal holds so many entries. */
  readonly seqCount: number;
  readonly delayMaxMs: number;
  /** Pause between two flushes, ms. */
  readonly flushEveryMs: number;
}

const { journal, startMs, seed, seqCount, delayMaxMs, flushEveryMs } = orderOf<ClockworkOrder>();
say({ at: 'loaded' });
const simulated = startMs === undefined ? undefined : simulatedClock({ startMs });
const clock = simulated ?? systemClock();
const runtime = await createRuntime({
  tree: clockworkTree,
  journal,
  clock,
  settings: { journal: { snapshotEveryCount: 100 } },
});
await runtime.start();
say({ at: 'running', seq: runtime.seq });
void acknowledge(runtime, flushEveryMs);

const random = seededRandom(seed).stream('arms');
const draw = <T>(list: readonly T[]): T => list[Math.floor(random.next() * list.length)]!;
const { timers } = inside(runtime).core.engine;

/** Lets time pass, and outside time too, so that a kill finds its moment. */
async function pass(ms: number): Promise<void> {
  await simulated?.advance(ms);
  if (!simulated || random.next() < 0.3) await sleep(1);
  say({ now: clock.now() });
}

while (runtime.seq < seqCount) {
  await pass(Math.floor(random.next() * random.next() * 200));
  const delayMs = Math.floor(random.next() * random.next() * delayMaxMs);
  runtime.send(clockPath(draw(clockNames)), { type: 'ARM', timer: draw(timerNames), delayMs });
}
say({ at: 'feedEnd' });
while (timers.count > 0) await pass(500);
await runtime.stop();
say({ at: 'end' });
