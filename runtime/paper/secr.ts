/**
 * SECR in the paper host: failures that the host sees, how it does, and rehearsals of patches on
 * the journal of the run. Everything is told at logical times.
 */
import { ConfigInvalidError } from '../../actors/errors.ts';
import { paperPaths } from '../../actors/paper/tree.ts';
import type { Clock } from '../../actors/ports.ts';
import type { PaperSecrSettings } from '../../config/paper-secr.ts';
import type { Settings } from '../../config/settings.ts';
import type { Book } from '../../machines/paper/book.ts';
import type { PendingOrder } from '../../machines/paper/session-types.ts';
import type { Rehearsal } from '../../machines/patch-types.ts';
import { treeOfJournal } from '../cli/journal-tree.ts';
import type { Journal } from '../journal/journal.ts';
import type { Fact } from '../options.ts';
import type { Rehearse } from '../patch-port.ts';
import { journalRehearsal } from '../rehearsal.ts';
import type { Runtime } from '../runtime.ts';
import { CallMeter } from './call-meter.ts';
import { FailureCollector } from './failure-collector.ts';
import { failuresIn, failuresOf } from './failures.ts';
import { FaultPlansInForce } from './fault-plans.ts';
import { paperModel } from './what-if-model.ts';

/**
 * The settings of a run: with bars of a minute and a few orders a day, a patch needs hours to show
 * what it is worth.
 */
export function paperSettings(settings: Settings): Settings {
  const { secr, paper } = settings;
  const { halfLifeMsMin, canaryMsMin, observationMsMin, cooldownMsMin } = paper.secr;
  const { canaryMs, observationMs, cooldownMs } = secr.patch;
  return {
    ...settings,
    secr: {
      ...secr,
      halfLifeMs: Math.max(secr.halfLifeMs, halfLifeMsMin),
      patch: {
        ...secr.patch,
        canaryMs: Math.max(canaryMs, canaryMsMin),
        observationMs: Math.max(observationMs, observationMsMin),
        cooldownMs: Math.max(cooldownMs, cooldownMsMin),
      },
    },
  };
}

export class PaperSecr {
  /** Counts the calls to the broker. */
  readonly meter: CallMeter;
  /** What goes wrong, and how the computer does. */
  readonly plans: FaultPlansInForce;
  private readonly made: () => Runtime;
  private readonly clock: Clock;
  private ends: (() => void)[] = [];
  /** The order that was sent last. */
  private order: PendingOrder | undefined;
  /** Number of the interval of the last sample, and the equity then. */
  private sampled: { readonly interval: number; readonly equity: number } | undefined;
  private readonly collector = new FailureCollector();

  /** @param runtime is made after the tree that calls the broker. */
  constructor(runtime: () => Runtime, clock: Clock) {
    this.made = runtime;
    this.clock = clock;
    this.meter = new CallMeter(clock);
    this.plans = new FaultPlansInForce(runtime, clock);
  }

  private get runtime(): Runtime {
    return this.made();
  }

  /**
   * To be called once the runtime runs.
   *
   * @param journal of the run, to rehearse patches on.
   * @throws {ConfigInvalidError} for a pin of something that no patch could touch anyway.
   */
  begin(journal: string | Journal): void {
    const { runtime } = this;
    this.ends = [
      runtime.on('order.sent', ({ order }) => {
        this.order = order as PendingOrder;
      }),
      runtime.on('*', (fact) => this.note(fact)),
    ];
    const source = typeof journal === 'string' ? journal : journal.log;
    runtime.secr.rehearseWith((request) => this.rehearse(source, request));
    if (this.settings.enabled) this.pin();
  }

  stop(): void {
    for (const end of this.ends) end();
  }

  /** Tells what is due. To be called after each bar. */
  look(): void {
    const { runtime, clock, plans } = this;
    const { settings } = this;
    const isUp = runtime.snapshot(paperPaths.monitor)?.status === 'active';
    if (!settings.enabled || runtime.status !== 'running' || !isUp) return;
    const at = clock.now();
    for (const failure of failuresOf(plans.computer, settings)) {
      this.collector.take(failure, 'worst');
    }
    for (const failure of this.collector.due(at, settings.reportEveryMs)) {
      runtime.secr.reportFailure(failure);
    }
    this.sample(at);
  }

  private get settings(): PaperSecrSettings {
    return this.runtime.settings.current.paper.secr;
  }

  private note(fact: Fact): void {
    const { runtime } = this;
    const { paper } = runtime.settings.current;
    if (!paper.secr.enabled || runtime.status !== 'running') return;
    for (const failure of failuresIn(fact, this.order, paper)) this.collector.take(failure, 'sum');
  }

  /** Once in each interval of logical time, by the whole interval, so that a restart keeps step. */
  private sample(at: number): void {
    const { runtime, meter } = this;
    const interval = Math.floor(at / this.settings.feedbackEveryMs);
    if (interval === this.sampled?.interval) return;
    const book = runtime.snapshot(paperPaths.account)?.context as Book | undefined;
    if (!book) return;
    const before = this.sampled;
    this.sampled = { interval, equity: book.equity };
    const { count, failedCount, totalMs } = meter.take();
    if (!before) return;
    runtime.secr.updatePerformanceFeedback({
      profitDelta: Math.round((book.equity - before.equity) * 1e6) / 1e6,
      latencyMs: count === 0 ? 0 : totalMs / count,
      errorRatio: count === 0 ? 0 : failedCount / count,
      stabilityScore: runtime.health.report().score,
    });
  }

  private pin(): void {
    const { runtime } = this;
    const order = { by: 'settings', why: 'paper.secr.pins' };
    for (const key of this.settings.pins) {
      if (Object.hasOwn(runtime.secr.pins, key)) continue;
      try {
        runtime.secr.pin({ key, ...order });
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        throw new ConfigInvalidError([
          { path: 'paper.secr.pins', value: key, message: error.message },
        ]);
      }
    }
  }

  /** Logical time stands still meanwhile, and the journal is read up to now: at any speed. */
  private rehearse(
    source: Parameters<typeof journalRehearsal>[0],
    request: Parameters<Rehearse>[0],
  ): Promise<Rehearsal> {
    const { runtime, clock } = this;
    const { rehearsalEntryCountMax } = this.settings;
    const until = runtime.seq;
    if (until > rehearsalEntryCountMax) {
      const text = `the journal has more than ${rehearsalEntryCountMax} entries`;
      return Promise.resolve({ kind: 'notEvaluable', text });
    }
    const options = { tree: treeOfJournal, model: paperModel, until };
    const rehearsal = runtime.flush().then(() => journalRehearsal(source, options)(request));
    clock.hold?.(rehearsal);
    return rehearsal;
  }
}
