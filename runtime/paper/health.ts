/**
 * What the paper host reports of its own health: gauges of broker, feed, orders and drawdown.
 *
 * It looks at each bar, and in the silence of the feed by a timer of logical time. It reports when
 * a gauge begins or ends to fail, a few times after that, and otherwise at a slow cadence: a
 * report is an entry that four actors take part in.
 */
import { paperPaths } from '../../actors/paper/tree.ts';
import type { Clock } from '../../actors/ports.ts';
import type { PaperHealthSettings } from '../../config/paper-health.ts';
import type { Book } from '../../machines/paper/book.ts';
import type { FeedMonitorContext } from '../../machines/paper/feed-monitor.ts';
import type { Fact } from '../options.ts';
import type { Runtime } from '../runtime.ts';

const gaugeNames = ['broker', 'feed', 'orderLatency', 'drawdown'] as const;
type GaugeName = (typeof gaugeNames)[number];

/** When a gauge is to be reported next. */
export interface Cadence {
  readonly isFailing: boolean;
  /** Reports that still come fast. Count. */
  readonly fastCount: number;
  /** Logical ms. */
  readonly nextAtMs: number;
}

/**
 * The cadence after a report that is due now; undefined when none is.
 *
 * @param before undefined at the first look.
 */
export function cadenceAfter(
  before: Cadence | undefined,
  look: { readonly isFailing: boolean; readonly at: number },
  rule: {
    readonly everyMs: number;
    readonly changeEveryMs: number;
    readonly failureCountMax: number;
  },
): Cadence | undefined {
  const { isFailing, at } = look;
  const hasChanged = before !== undefined && before.isFailing !== isFailing;
  if (before && !hasChanged && at < before.nextAtMs) return undefined;
  const fast = hasChanged ? rule.failureCountMax : (before?.fastCount ?? 0);
  const fastCount = Math.max(0, fast - 1);
  const waitMs = fastCount > 0 ? rule.changeEveryMs : rule.everyMs;
  return { isFailing, fastCount, nextAtMs: at + waitMs };
}

export class HealthReporter {
  private readonly runtime: Runtime;
  private readonly clock: Clock;
  private readonly cadences = new Map<GaugeName, Cadence>();
  /** Settings that the gauges were made with. */
  private made: PaperHealthSettings | undefined;
  /** When the broker was last seen to work, logical ms. */
  private brokerFineAtMs: number;
  /** The order that was sent last, and the newest fills, by time. */
  private sent: { readonly id: unknown; readonly at: number } | undefined;
  private fills: { readonly at: number; readonly latencyMs: number }[] = [];
  private readonly ends: (() => void)[];
  private withdraw = (): void => {};

  constructor(runtime: Runtime, clock: Clock) {
    this.runtime = runtime;
    this.clock = clock;
    this.brokerFineAtMs = clock.now();
    this.ends = [
      runtime.on('order.sent', (fact) => this.noteSent(fact)),
      runtime.on('order.filled', (fact) => this.noteFilled(fact)),
    ];
  }

  /** Looks at everything, and reports what is due. To be called after each bar. */
  look(): void {
    this.withdraw();
    if (this.runtime.status !== 'running') return;
    const settings = this.runtime.settings.current.paper.health;
    const at = this.clock.now();
    // Bars that come in time look before this; a silent feed leaves it to the timer.
    this.withdraw = this.clock.at(at + 2 * settings.changeEveryMs, () => this.look());
    if (settings !== this.made) this.cadences.clear();
    // After an emergency nothing trades, and nothing can be said of it.
    if (this.runtime.snapshot(paperPaths.monitor)?.status !== 'active') return;
    for (const name of gaugeNames) this.report(name, at, settings);
    this.made = settings;
  }

  stop(): void {
    this.withdraw();
    for (const end of this.ends) end();
  }

  private report(name: GaugeName, at: number, settings: PaperHealthSettings): void {
    const { weight, critical, failureCountMax, max, everyMs } = settings[name];
    const before = this.cadences.get(name);
    // It lingers about its limit for hours: seen at each bar, it would come and go all the time.
    const isSlow = name === 'drawdown';
    if (isSlow && before && at < before.nextAtMs) return;
    const value = this.measure(name, at, settings);
    const changeEveryMs = isSlow ? everyMs : settings.changeEveryMs;
    const rule = { everyMs, changeEveryMs, failureCountMax };
    const cadence = cadenceAfter(before, { isFailing: value > max, at }, rule);
    if (!cadence) return;
    this.cadences.set(name, cadence);
    const options = !before ? { weight, critical, failureCountMax, max } : undefined;
    this.runtime.health.gauge(name, value, options);
  }

  private measure(name: GaugeName, at: number, settings: PaperHealthSettings): number {
    switch (name) {
      case 'broker':
        if (this.isBrokerFine()) this.brokerFineAtMs = at;
        return at - this.brokerFineAtMs;
      case 'feed': {
        const monitor = this.contextOf<FeedMonitorContext>(paperPaths.monitor);
        return monitor && monitor.lastBarAt > 0 ? Math.max(0, at - monitor.lastBarAt) : 0;
      }
      case 'orderLatency':
        this.fills = this.fills.filter((fill) => fill.at > at - settings.orderLatency.windowMs);
        return Math.max(0, ...this.fills.map(({ latencyMs }) => latencyMs));
      case 'drawdown': {
        const { drawdownRatio = 0 } = this.contextOf<Book>(paperPaths.account) ?? {};
        return Math.round(drawdownRatio * 1e6) / 1e6;
      }
    }
  }

  private isBrokerFine(): boolean {
    const tags = this.runtime.snapshot(paperPaths.session)?.tags ?? [];
    const breaker = this.runtime.snapshot(paperPaths.brokerBreaker)?.tags ?? [];
    const isReady = tags.includes('loggedIn') && !tags.includes('troubled');
    return isReady && !breaker.includes('refuses');
  }

  private contextOf<C>(path: string): C | undefined {
    return this.runtime.snapshot(path)?.context as C | undefined;
  }

  /** One order is out at a time. */
  private noteSent({ order }: Fact): void {
    const { clientOrderId } = order as { readonly clientOrderId: string };
    this.sent = { id: clientOrderId, at: this.clock.now() };
  }

  private noteFilled({ clientOrderId }: Fact): void {
    const { sent } = this;
    if (!sent || sent.id !== clientOrderId) return;
    const at = this.clock.now();
    this.fills.push({ at, latencyMs: at - sent.at });
  }
}
