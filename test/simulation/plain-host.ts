/** Hands bars to the plain tree, from where its tape stands. */
import type { Bar } from '../../machines/paper/bar.ts';
import type { SimulatedClock } from '../../runtime/clock/simulated.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { tapePath } from './plain-tree.ts';

export async function takeBars(
  runtime: Runtime,
  clock: SimulatedClock,
  bars: AsyncIterable<Bar> | Iterable<Bar>,
): Promise<void> {
  const { lastBarAt } = runtime.snapshot(tapePath)!.context as { lastBarAt: number };
  for await (const bar of bars) {
    if (bar.at <= lastBarAt) continue;
    await clock.advanceTo(bar.at);
    runtime.send(tapePath, { type: 'BAR', bar });
  }
}
