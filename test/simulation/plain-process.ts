/** Feeds bars to the plain tree, in a process that may be killed at any moment. */
import { simulatedClock } from '../../runtime/clock/simulated.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import { openFeed } from '../../runtime/paper/feed.ts';
import { acknowledge } from './acknowledge.ts';
import { orderOf, say } from './child-process.ts';
import { takeBars } from './plain-host.ts';
import { plainTree } from './plain-tree.ts';

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
const runtime = await createRuntime({
  tree: plainTree,
  journal,
  clock,
  settings: { journal: { snapshotEveryCount: 100 } },
});
await runtime.start();
say({ at: 'running', seq: runtime.seq });
void acknowledge(runtime, flushEveryMs);
await takeBars(runtime, clock, openFeed(feed));
say({ at: 'feedEnd' });
await runtime.stop();
say({ at: 'end' });
