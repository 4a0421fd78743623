/**
 * The paper host: a market feed, a strategy, an account and a broker under one runtime.
 *
 * Logical time is feed time. The clock stands still between bars; what is due before the next bar
 * happens first, at its own time. A paced run only waits in between, so that its digest is the
 * same.
 */
import { join } from 'node:path';
import type { Logger } from 'pino';
import { entropySignal, paperPaths, paperSignals, paperTree } from '../../actors/paper/tree.ts';
import type { Notifier } from '../../actors/ports.ts';
import type { Settings, SettingsInput } from '../../config/settings.ts';
import type { Bar } from '../../machines/paper/bar.ts';
import type { Book } from '../../machines/paper/book.ts';
import type { SessionContext } from '../../machines/paper/session.ts';
import { type SimulatedClock, simulatedClock } from '../clock/simulated.ts';
import { createRuntime } from '../create-runtime.ts';
import { memoryJournal } from '../journal/memory-log.ts';
import type { Runtime } from '../runtime.ts';
import { AnalysisClock, analyse } from './analysis.ts';
import { Bars } from './bars.ts';
import { crashesOn } from './crashes.ts';
import { paperEmergencyPort, standStill } from './emergency-host.ts';
import { admitted, type Gateways, openGateways } from './gateways.ts';
import { guardedBroker } from './guarded-broker.ts';
import { HealthReporter } from './health.ts';
import { MarketWindow, priceCountOf } from './market-window.ts';
import { Observer } from './observer.ts';
import { Pacer, StoppedError } from './pacer.ts';
import type { RunReport } from './report.ts';
import { PaperSecr, paperSettings } from './secr.ts';
import { StartUp } from './start-plan.ts';

export interface PaperOptions {
  readonly settings: Settings;
  /** CSV file, `-` for standard input; without it the synthetic market of the settings. */
  readonly feed?: string | undefined;
  /** Bytes of standard input, for `-`. */
  readonly input?: AsyncIterable<string | Uint8Array> | undefined;
  /** Folder; without it the journal is in memory. */
  readonly journal?: string | undefined;
  readonly seed?: number | undefined;
  /** Times market time; `max` does not wait. */
  readonly speed: number | 'max';
  readonly logger?: Logger | undefined;
  /** Who tells people, beside the log. */
  readonly notifier?: Notifier | undefined;
  /** Opens the control socket beside the journal; default false. */
  readonly control?: boolean | undefined;
  /** Serves the HTTP API on this port; not without it. */
  readonly port?: number | undefined;
  /** Ends the run; the journal can be continued. */
  readonly signal?: AbortSignal | undefined;
  /** Called once the tree runs and before the first bar, for who watches or serves the runtime. */
  readonly onStart?: (runtime: Runtime) => void;
  readonly onBar?: (status: PaperStatus) => void;
  /**
   * Called when the feed has ended; a promise keeps the run alive until it settles or the signal.
   */
  readonly onFeedEnd?: () => Promise<void> | undefined;
}

/** What a status line shows. */
export interface PaperStatus {
  readonly bars: number;
  readonly bar: Bar;
  readonly seq: number;
  readonly book: Book | undefined;
  /** Breaker path to state. */
  readonly breakers: Readonly<Record<string, string>>;
}

const host = 'paper';
const breakerPaths = [paperPaths.brokerBreaker, paperPaths.feedBreaker];
/** Logical time after the last bar in which calls that are out may still end, ms. */
const DRAIN_MS = 30_000;

/** Runs until the feed ends or the signal is given, and reports. */
export async function runPaper(options: PaperOptions): Promise<RunReport> {
  const pacer = new Pacer(options.speed, options.signal);
  const clock = simulatedClock({ pace: (dueMs) => pacer.pace(dueMs) });
  const window = new MarketWindow(priceCountOf(options.settings.paper.analysis));
  const observer = new Observer((path) => runtime.snapshot(path)?.machine, window);
  let gateways: Gateways | undefined;
  const secr = new PaperSecr(() => runtime, clock);
  const journal = options.journal ?? memoryJournal(options.settings.journal);
  const broker = guardedBroker({
    ...{ runtime: () => runtime, clock, secr },
    broker: () => gateways!.broker,
  });
  const runtime: Runtime = await createRuntime({
    tree: paperTree({
      broker: admitted(broker, () => gateways),
      clock,
      analyse: ({ settings }, signal) =>
        secr.plans.delayed(
          analyse(runtime.tensor, window.latest(priceCountOf(settings)), settings, signal),
          signal,
        ),
      admitsOpening: () =>
        runtime.posture.allows('orders.open') &&
        runtime.breaker(paperPaths.feedBreaker).state === 'closed',
    }),
    settings: paperSettings(options.settings) as SettingsInput,
    host,
    clock,
    observe: observer,
    control: options.control ?? false,
    http: options.port !== undefined && { port: options.port },
    ports: portsOf(options, {
      runtime: () => runtime,
      broker: () => gateways?.direct,
      price: () => feed.last?.close,
    }),
    journal,
    ...given(options),
  });
  const feed = new Bars(options, runtime);
  try {
    const first = runtime.isContinued ? undefined : await feed.first(pacer);
    if (first) clock.catchUp(first.at);
    gateways = await openGateways({
      ...{ runtime, clock, settings: options.settings },
      ...{ faults: secr.plans.faults, fees: secr.plans.fees },
      marketPrice: () => feed.last?.close,
      ledgerPath: options.journal && join(options.journal, 'paper-broker.ndjson'),
    });
    await runtime.start();
    standStill(runtime, clock);
    reconcileWhenAsked(runtime, clock);
    options.onStart?.(runtime);
    startSignals(runtime, options.settings);
    const health = new HealthReporter(runtime, clock);
    const startUp = new StartUp({ runtime, clock, gateways, reportHealth: () => health.look() });
    startUp.begin();
    const analysis = new AnalysisClock(runtime, window);
    secr.begin(journal);
    await follow({ feed, runtime, clock, pacer, observer, options, health, analysis, secr });
    startUp.stop();
    health.stop();
    secr.stop();
    // The entries that stopping would add come before the digest is read.
    for (const path of breakerPaths) runtime.breaker(path).checkpoint();
    return observer.report(runtime, feed.stats, breakerPaths);
  } finally {
    await runtime.stop().finally(() => gateways?.close());
  }
}

const portsOf = (
  { notifier }: PaperOptions,
  emergencyHost: Parameters<typeof paperEmergencyPort>[0],
) => ({ ...(notifier && { notifier }), emergency: paperEmergencyPort(emergencyHost) });

const given = ({ seed, logger }: PaperOptions) => ({
  ...(seed !== undefined && { seed }),
  ...(logger && { logger }),
});

/** Starts the breakers on signals that the account feeds; what users wrote of them holds. */
function startSignals(runtime: Runtime, { signals, paper }: Settings): void {
  const entropy = signals[entropySignal];
  if (entropy) runtime.signalBreaker(entropySignal, entropy);
  for (const name of Object.values(paperSignals)) {
    if (paper.signals[name]) runtime.signalBreaker(name, signals[name] ?? name);
  }
}

/** Somebody says that nobody knows what the broker did meanwhile. */
function reconcileWhenAsked(runtime: Runtime, clock: SimulatedClock): void {
  runtime.on('tradingMode.changed', ({ to, by }) => {
    if (to === 'reconciling' && by !== 'session') reconcile(runtime, clock);
  });
}

function reconcile(runtime: Runtime, clock: SimulatedClock): void {
  // After an emergency the session does not run, and reconciles when it starts.
  if (!isUp(runtime)) return;
  runtime.send(paperPaths.session, { type: 'RECONCILE', at: clock.now() });
}

/** Takes the bars one by one. */
async function follow(run: {
  readonly feed: Bars;
  readonly runtime: Runtime;
  readonly clock: SimulatedClock;
  readonly pacer: Pacer;
  readonly observer: Observer;
  readonly options: PaperOptions;
  readonly health: HealthReporter;
  readonly analysis: AnalysisClock;
  readonly secr: PaperSecr;
}): Promise<void> {
  const { feed, runtime, clock, pacer, observer, options } = run;
  const failed = runtime.done.then(() => undefined);
  failed.catch(() => {});
  try {
    for (let bar = await feed.next(pacer); bar; bar = await feed.next(pacer)) {
      await clock.advanceTo(Math.max(bar.at, clock.now()));
      if (runtime.status === 'failed') break;
      const moment = {
        barCount: observer.barCount + 1,
        fromMs: feed.last?.at ?? feed.afterMs ?? bar.at,
        toMs: bar.at,
      };
      const { crashes } = runtime.settings.current.paper;
      for (const crash of crashesOn(moment, runtime.seed, crashes)) {
        runtime.command({ command: 'crash', ...crash });
      }
      feed.last = bar;
      // After an emergency the market goes on, and nobody trades on it.
      if (isUp(runtime)) {
        runtime.send(paperPaths.monitor, { type: 'BAR', bar: run.secr.plans.seen(bar) });
        run.analysis.look({ at: bar.at, barCount: moment.barCount });
      }
      run.health.look();
      run.secr.look();
      await runtime.ready();
      options.onBar?.(statusOf(runtime, feed.count, bar));
    }
    if (runtime.status !== 'failed') await end(runtime, clock);
    const stay = options.onFeedEnd?.();
    if (stay) await pacer.race(stay);
  } catch (error) {
    if (!(error instanceof StoppedError)) throw error;
  }
  await clock.settle();
  if (runtime.status === 'failed') await failed;
}

const isUp = (runtime: Runtime) => runtime.snapshot(paperPaths.monitor)?.status === 'active';

/** Lets calls that are out come to their end, so that a report does not show half an order. */
async function end(runtime: Runtime, clock: SimulatedClock): Promise<void> {
  const untilMs = clock.now() + DRAIN_MS;
  if (isUp(runtime)) runtime.send(paperPaths.monitor, { type: 'FEED_ENDED', at: clock.now() });
  await clock.settle();
  for (let due = clock.nextDueMs; due !== undefined && due <= untilMs; due = clock.nextDueMs) {
    // One that nobody knows the fate of is asked for until the broker tells.
    const session = runtime.snapshot(paperPaths.session)?.context as SessionContext | undefined;
    if (!session?.order) break;
    await clock.advanceTo(due);
  }
}

function statusOf(runtime: Runtime, bars: number, bar: Bar): PaperStatus {
  return {
    bars,
    bar,
    seq: runtime.seq,
    get book() {
      return runtime.snapshot(paperPaths.account)?.context as Book | undefined;
    },
    get breakers() {
      return Object.fromEntries(
        breakerPaths.map((path) => [path, String(runtime.snapshot(path)?.value ?? 'down')]),
      );
    },
  };
}
