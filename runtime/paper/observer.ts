/** Watches the turns of a run, those of its earlier lives included, and reports at its end. */
import { paperPaths } from '../../actors/paper/tree.ts';
import type { AnalysisContext } from '../../machines/paper/analysis.ts';
import type { Bar } from '../../machines/paper/bar.ts';
import type { Book } from '../../machines/paper/book.ts';
import type { Json } from '../journal/format.ts';
import type { ObservedTurn, TurnObserver } from '../options.ts';
import type { Runtime } from '../runtime.ts';
import type { TreeView } from '../view.ts';
import type { FeedStats } from './feed.ts';
import type { MarketWindow } from './market-window.ts';
import { noPatches, type PatchTally, withPatch } from './patch-tally.ts';
import { type RunReport, runReport } from './report.ts';
import { emptyTally, type TalliedFact, type Tally, tallied } from './tally.ts';
import { TimelineKeeper } from './timeline.ts';

const ratherNot: FeedStats = { bars: 0, barsBefore: 0, barsSkipped: 0, badLines: [] };

interface Saved {
  readonly tally: Tally;
  readonly bars: number;
  readonly turns: number;
  readonly patches: number;
  readonly alerts: number;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly transitions: Readonly<Record<string, number>>;
  readonly patchTally: PatchTally;
  readonly timeline: object;
  readonly prices: readonly number[];
}

export class Observer implements TurnObserver {
  private tally: Tally = emptyTally;
  private bars = 0;
  private turns = 0;
  private patches = 0;
  private patchTally = noPatches;
  private alerts = 0;
  private fromMs: number | undefined;
  private toMs: number | undefined;
  private readonly timeline = new TimelineKeeper();
  private readonly transitions = new Map<string, number>();
  private readonly machineAt: (path: string) => string | undefined;
  private readonly window: MarketWindow;

  /** @param window is told the price of each bar, those of earlier lives included. */
  constructor(machineAt: (path: string) => string | undefined, window: MarketWindow) {
    this.machineAt = machineAt;
    this.window = window;
  }

  /** Bars that the run has taken, earlier lives of the journal included. */
  get barCount(): number {
    return this.bars;
  }

  observe({ input, line }: ObservedTurn): void {
    this.turns++;
    // What the host itself asks for, as breakers that it makes, is no patch of anybody; SECR's are
    // counted by their facts, for each changes settings more than once.
    const by = input.kind === 'settings' ? byOf(input.event) : undefined;
    if (input.kind === 'settings' && by !== 'host' && by !== 'secr') this.patches++;
    if (input.path === paperPaths.monitor && typeOf(input.event) === 'BAR') {
      this.bars++;
      this.window.note((input.event as unknown as { readonly bar: Bar }).bar.close);
      this.fromMs ??= input.at;
      this.toMs = input.at;
    }
    for (const fact of line.facts ?? []) {
      const told = { at: input.at, ...(fact as object) } as TalliedFact;
      this.tally = tallied(this.tally, told);
      this.timeline.note(told, input.seq);
      this.patchTally = withPatch(this.patchTally, told, input.seq);
      if (told.type === 'alert.raised') this.alerts++;
    }
    for (const { path, to } of line.changed ?? []) {
      const machine = to === undefined ? undefined : this.machineAt(path);
      if (machine) this.transitions.set(machine, (this.transitions.get(machine) ?? 0) + 1);
    }
  }

  save(): Json {
    const { tally, bars, turns, patches, alerts, fromMs = null, toMs = null } = this;
    const transitions = Object.fromEntries(this.transitions);
    const timeline = this.timeline.save();
    const prices = this.window.save();
    const { patchTally } = this;
    const counts = { tally, patchTally, bars, turns, patches, alerts, fromMs, toMs };
    return { ...counts, transitions, timeline, prices } as unknown as Json;
  }

  restore(saved: Json): void {
    const { fromMs, toMs, transitions, timeline, prices, ...counts } = saved as unknown as Saved;
    this.window.restore(prices);
    this.timeline.restore(timeline);
    Object.assign(this, counts);
    // A snapshot of an older version lacks what was not counted then.
    this.tally = { ...emptyTally, ...counts.tally };
    this.fromMs = fromMs ?? undefined;
    this.toMs = toMs ?? undefined;
    for (const [machine, count] of Object.entries(transitions)) {
      this.transitions.set(machine, count);
    }
  }

  report(
    runtime: Runtime,
    feed: FeedStats = ratherNot,
    breakerPaths: readonly string[],
  ): RunReport {
    const account = runtime.snapshot(paperPaths.account)?.context as Book | undefined;
    return runReport({
      bars: this.bars,
      barsSkipped: feed.barsSkipped,
      badLines: feed.badLines,
      entries: runtime.seq,
      turns: this.turns,
      digest: runtime.digest,
      transitions: Object.fromEntries([...this.transitions].sort()),
      restarts: restartsOf(runtime.tree()),
      patches: this.patches + this.patchTally.appliedCount,
      patchTally: this.patchTally,
      alerts: this.alerts,
      ...(this.fromMs === undefined ? {} : { fromMs: this.fromMs }),
      ...(this.toMs === undefined ? {} : { toMs: this.toMs }),
      tally: this.tally,
      timeline: this.timeline.timeline,
      rejections: Object.fromEntries(
        breakerPaths.map((path) => [path, runtime.breaker(path).metrics().rejectionCount]),
      ),
      book: account,
      analysis: runtime.snapshot(paperPaths.analysis)?.context as AnalysisContext | undefined,
      cash: runtime.settings.current.paper.account.cash,
    });
  }
}

const byOf = (event: unknown) => (event as { by?: string } | null)?.by;
const typeOf = (event: unknown) => (event as { type?: string } | null)?.type;

const restartsOf = (tree: readonly TreeView[]): number =>
  tree.reduce((sum, { restarts, children }) => sum + restarts + restartsOf(children), 0);
