/** The report of a run: what a paper host did, for programs and for people. Pure. */
import type { AnalysisContext } from '../../machines/paper/analysis.ts';
import type { Book } from '../../machines/paper/book.ts';
import type { BadLine } from './feed.ts';
import { noPatches, type PatchTally } from './patch-tally.ts';
import type { OrderTally, PairTally, StartTally, Tally } from './tally.ts';
import { emptyTimeline, type Timeline } from './timeline.ts';

/** Analyses of a run, by how they ended, and the newest result; null before the first. */
export interface AnalysisReport {
  readonly done: number;
  readonly failed: number;
  readonly late: number;
  readonly skipped: number;
  readonly last: {
    readonly at: string | null;
    readonly entropy: number;
    readonly leadingShare: number;
  } | null;
}

export interface RunReport {
  readonly bars: number;
  readonly barsSkipped: number;
  readonly badLines: readonly BadLine[];
  /** Logical time of the first and the last bar, ISO 8601; null without bars. */
  readonly from: string | null;
  readonly to: string | null;
  readonly entries: number;
  readonly turns: number;
  readonly digest: string;
  /** Changes of state, by machine. */
  readonly transitions: { readonly [machine: string]: number };
  readonly breakers: {
    readonly [name: string]: {
      readonly trips: number;
      readonly reopenings: number;
      readonly rejected: number;
      readonly probes: number;
      readonly recoveries: number;
    };
  };
  /** How the host was brought up last; null: it never came to an end. */
  readonly start: StartTally | null;
  /** By name; the pairs of this host. */
  readonly failover: { readonly [name: string]: PairTally };
  readonly restarts: number;
  /** Changes of settings by people, and patches of SECR of which any part was in force. */
  readonly patches: number;
  /** What SECR was told and did; the newest patches by name. */
  readonly secr: PatchTally;
  readonly alerts: number;
  readonly orders: OrderTally;
  readonly equity: { readonly start: number; readonly end: number };
  readonly position: number;
  readonly feesPaid: number;
  readonly drawdownRatioMax: number;
  /** Logical time in which a breaker kept orders from being sent freely, ms. */
  readonly haltedMs: number;
  /** What the strategy matrix said; counts of analyses, and the newest one. */
  readonly analysis: AnalysisReport;
  /** How score, level, safety, trading mode and posture went. */
  readonly timeline: Timeline;
}

/** What the host knows at the end of a run. */
export interface RunFindings
  extends Pick<RunReport, 'bars' | 'barsSkipped' | 'badLines' | 'entries' | 'turns' | 'digest'> {
  readonly transitions: RunReport['transitions'];
  readonly restarts: number;
  readonly patches?: number;
  readonly patchTally?: PatchTally;
  readonly alerts?: number;
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly tally: Tally;
  readonly timeline?: Timeline;
  /** By path. Refusals are no facts: only the handle of a breaker counts them. */
  readonly rejections: { readonly [breakerPath: string]: number };
  /** Context of the account at the end; undefined when it was down. */
  readonly book: Book | undefined;
  /** Context of the analysis at the end; undefined when it was down. */
  readonly analysis?: AnalysisContext | undefined;
  readonly cash: number;
}

const iso = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());

function analysisOf(analysis: AnalysisContext | undefined): AnalysisReport {
  const { doneCount = 0, failedCount = 0, lateCount = 0, skippedCount = 0 } = analysis ?? {};
  const last = analysis?.last ?? null;
  return {
    done: doneCount,
    failed: failedCount,
    late: lateCount,
    skipped: skippedCount,
    last: last && { ...last, at: iso(last.at) },
  };
}

/** Puts the findings together. A breaker is named by its path, for there may be many. */
export function runReport(findings: RunFindings): RunReport {
  const { tally, book, cash, rejections, toMs } = findings;
  const paths = new Set([...Object.keys(rejections), ...Object.keys(tally.breakers)]);
  const breakers = Object.fromEntries(
    [...paths].sort().map((path) => {
      const { trips = 0, reopenings = 0, probes = 0, recoveries = 0 } = tally.breakers[path] ?? {};
      return [path, { trips, reopenings, rejected: rejections[path] ?? 0, probes, recoveries }];
    }),
  );
  const openHaltMs =
    tally.haltedSince === null || toMs === undefined ? 0 : Math.max(0, toMs - tally.haltedSince);
  return {
    bars: findings.bars,
    barsSkipped: findings.barsSkipped,
    badLines: findings.badLines,
    from: iso(findings.fromMs),
    to: iso(toMs),
    entries: findings.entries,
    turns: findings.turns,
    digest: findings.digest,
    transitions: findings.transitions,
    breakers,
    start: tally.start,
    failover: tally.pairs,
    restarts: findings.restarts,
    patches: findings.patches ?? 0,
    secr: findings.patchTally ?? noPatches,
    alerts: findings.alerts ?? 0,
    orders: tally.orders,
    equity: { start: cash, end: book?.equity ?? cash },
    position: book?.positionQuantity ?? 0,
    feesPaid: book?.feesPaid ?? 0,
    drawdownRatioMax: book?.drawdownRatioMax ?? 0,
    haltedMs: tally.haltedMs + openHaltMs,
    analysis: analysisOf(findings.analysis),
    timeline: findings.timeline ?? emptyTimeline,
  };
}
