/** The bars of a run, from a feed or the synthetic market. */
import { paperPaths } from '../../actors/paper/tree.ts';
import type { Bar } from '../../machines/paper/bar.ts';
import type { Runtime } from '../runtime.ts';
import { type Feed, openFeed } from './feed.ts';
import type { PaperOptions } from './host.ts';
import { syntheticMarket } from './market.ts';
import type { Pacer } from './pacer.ts';

/** The bars of a run: after those that an earlier life of the journal has taken. */
export class Bars {
  count = 0;
  /** Time of the last bar that an earlier life of the journal has taken, ms. */
  afterMs: number | undefined;
  /** The newest bar that has come to its time: what the market is at. */
  last: Bar | undefined;
  private readonly options: PaperOptions;
  private readonly runtime: Runtime;
  private iterator: AsyncIterator<Bar> | undefined;
  private feed: Feed | undefined;
  private peeked: Bar | undefined;

  constructor(options: PaperOptions, runtime: Runtime) {
    this.options = options;
    this.runtime = runtime;
  }

  get stats() {
    return this.feed?.stats;
  }

  /** Looks at the first bar without taking it. */
  async first(pacer: Pacer): Promise<Bar | undefined> {
    this.peeked = await this.next(pacer);
    this.count = 0;
    return this.peeked;
  }

  async next(pacer: Pacer): Promise<Bar | undefined> {
    const bar = this.peeked ?? (await this.pull(pacer));
    this.peeked = undefined;
    if (bar) this.count++;
    return bar;
  }

  private async pull(pacer: Pacer): Promise<Bar | undefined> {
    this.iterator ??= this.open();
    const step = await pacer.race(this.iterator.next());
    return step.done ? undefined : step.value;
  }

  private open(): AsyncIterator<Bar> {
    const { feed, input } = this.options;
    const monitor = this.runtime.snapshot(paperPaths.monitor)?.context as
      | { lastBarAt: number }
      | undefined;
    this.afterMs = monitor && monitor.lastBarAt > 0 ? monitor.lastBarAt : undefined;
    const after = this.afterMs === undefined ? {} : { afterMs: this.afterMs };
    if (feed === undefined) {
      const { seed, settings } = this.runtime;
      return syntheticMarket(seed, settings.current.paper.market, after)[Symbol.asyncIterator]();
    }
    this.feed = openFeed(feed, { ...after, ...(input ? { input } : {}) });
    return this.feed[Symbol.asyncIterator]();
  }
}
