/** Feeds bars to the plain tree, in a process that may be killed at any moment. */
import { simulatedClock } from '../../runtime/clock/simulated.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import { openFeed } from '../../runtime/paper/feed.ts';
import { acknowledge } from './acknowledge.ts';
import { orderOf, say } from './child-process.ts';
import { plainTree, tapePath } from './plain-tree.ts';

export interface PlainOrder {
  readonly feed: string;
  readonly journal: string;
  /** Time of the first bar, ms. */
  readonly startMs: number;
  /** Pause between two flushes, ms. */
  readonly flushEveryMs: number;
}

const { feed, journal, startMs, flushEveryMs } = orderOf<PlainOrder>();
say({ at: 'loaded' });
const clock = simulatedClock({ startMs });
const runtime = await createRuntime({ tree: plainTree, journal, clock });
await runtime.start();
say({ at: 'running', seq: runtime.seq });
void acknowledge(runtime, flushEveryMs);
const { lastBarAt } = runtime.snapshot(tapePath)!.context as { lastBarAt: number };
for await (const bar of openFeed(feed, { afterMs: lastBarAt })) {
  await clock.advanceTo(bar.at);
  runtime.send(tapePath, { type: 'BAR', bar });
}
say({ at: 'feedEnd' });
await runtime.stop();
say({ at: 'end' });
