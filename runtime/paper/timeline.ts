/**
 * The timeline of a run: each change of score, level, safety state, trading mode and posture, of
 * alerts, breakers and patches, with the entry that explains it.
 */
import type { CircuitBreakerEvidence } from '../../machines/circuit-breaker.ts';
import {
  type SignalEvidence,
  evidenceText as signalText,
} from '../../machines/policies/signal-evidence.ts';
import { evidenceText } from '../../machines/safety-setup.ts';
import type { SafetyEvidence } from '../../machines/safety-types.ts';
import type { TalliedFact } from './tally.ts';

/** One change. `kintsugi explain DIR --seq N` tells why, with the numbers that decided. */
export type TimelineRow = {
  readonly seq: number;
  /** Logical time, ms. */
  readonly at: number;
  readonly why: string;
} & (
  | { readonly kind: 'score'; readonly from: number; readonly to: number }
  | {
      readonly kind: 'level' | 'safety' | 'tradingMode';
      readonly from: string;
      readonly to: string;
    }
  /** What is forbidden, sorted, and the share of openings that remains. */
  | {
      readonly kind: 'posture';
      readonly from: readonly string[];
      readonly to: readonly string[];
      readonly openRatio: number;
    }
  /** `what`: key of an alert, path of a breaker, name of a pair, id and resolver of a patch. */
  | {
      readonly kind: 'alert' | 'breaker' | 'failover' | 'patch';
      readonly what: string;
      readonly from: string;
      readonly to: string;
    }
);

export type TimelineKind = TimelineRow['kind'];

/** What held at some time. */
export interface Standing {
  readonly score: number;
  readonly level: string;
  readonly safety: string;
  readonly tradingMode: string;
  readonly forbidden: readonly string[];
  /** Share of openings that was allowed: 1 is all. */
  readonly openRatio: number;
}

export interface Timeline {
  /** Before the first row. */
  readonly before: Standing;
  /** The newest changes, oldest first. */
  readonly rows: readonly TimelineRow[];
  /** Changes before the first row. Count. */
  readonly leftOutCount: number;
  /** All changes, by kind. */
  readonly changes: Readonly<Partial<Record<TimelineKind, number>>>;
  /** The last change of level, safety state and trading mode, however long ago. */
  readonly last: readonly StateRow[];
}

export type StateRow = Extract<TimelineRow, { readonly kind: 'level' | 'safety' | 'tradingMode' }>;

/** Rows that are kept: a report is read by people, and saved with each snapshot of the tree. */
export const timelineRowCountMax = 500;

/** Each kind that tells no state before has this one. */
const firstStates: Readonly<Record<string, string>> = {
  ...{ alert: 'none', breaker: 'closed', patch: 'proposed' },
};

export const emptyTimeline: Timeline = {
  before: {
    score: 100,
    level: 'normal',
    safety: 'healthy',
    tradingMode: 'reconciling',
    forbidden: [],
    openRatio: 1,
  },
  rows: [],
  leftOutCount: 0,
  changes: {},
  last: [],
};

/** What holds after a row. */
export function standingAfter(before: Standing, row: TimelineRow): Standing {
  switch (row.kind) {
    case 'posture':
      return { ...before, forbidden: row.to, openRatio: row.openRatio };
    case 'alert':
    case 'breaker':
    case 'failover':
    case 'patch':
      return before;
    default:
      return { ...before, [row.kind]: row.to };
  }
}

interface Known {
  before: Standing;
  rows: TimelineRow[];
  leftOutCount: number;
  changes: Partial<Record<TimelineKind, number>>;
  last: StateRow[];
  /** The newest state of everything whose facts do not tell the one before. */
  states: Record<string, string>;
  forbidden: readonly string[];
  /** Why each component does not pass, by its id; why each pair moves, by its name. */
  ailments: Record<string, string>;
}

export class TimelineKeeper {
  private known: Known = {
    before: emptyTimeline.before,
    rows: [],
    leftOutCount: 0,
    changes: {},
    last: [],
    states: { safety: 'healthy' },
    forbidden: [],
    ailments: {},
  };

  get timeline(): Timeline {
    const { before, rows, leftOutCount, changes, last } = this.known;
    return { before, rows: [...rows], leftOutCount, changes: { ...changes }, last: [...last] };
  }

  /** A copy: a snapshot is written while the run goes on. */
  save(): object {
    return structuredClone(this.known);
  }

  restore(saved: object): void {
    this.known = structuredClone(saved) as Known;
  }

  /** Takes a fact; most of them change nothing here. */
  note(fact: TalliedFact, seq: number): void {
    const row = this.rowOf(fact, { seq, at: Number(fact.at) });
    // A breaker that opens once more was not closed in between; an alert that has become worse is.
    if (!row || (row.from === row.to && row.kind !== 'alert')) return;
    const { known } = this;
    known.rows.push(row);
    known.changes[row.kind] = (known.changes[row.kind] ?? 0) + 1;
    if (row.kind === 'level' || row.kind === 'safety' || row.kind === 'tradingMode') {
      known.last = [...known.last.filter(({ kind }) => kind !== row.kind), row];
    }
    if (known.rows.length <= timelineRowCountMax) return;
    known.before = standingAfter(known.before, known.rows.shift()!);
    known.leftOutCount++;
  }

  private rowOf(fact: TalliedFact, when: { seq: number; at: number }): TimelineRow | undefined {
    const why = String(fact.why ?? '');
    const states = { from: String(fact.from), to: String(fact.to) };
    switch (fact.type) {
      case 'probe.changed':
        this.known.ailments[String(fact.id)] = why;
        return undefined;
      case 'health.changed': {
        const [from, to] = [Number(fact.scoreBefore), Number(fact.score)];
        return { ...when, kind: 'score', from, to, why: this.ail(fact) };
      }
      case 'degradation.changed':
        return { ...when, kind: 'level', ...states, why };
      case 'tradingMode.changed':
        return { ...when, kind: 'tradingMode', ...states, why: `${fact.by ?? 'runtime'}: ${why}` };
      case 'safety.changed': {
        const text = evidenceText(fact.evidence as SafetyEvidence | null);
        return { ...when, kind: 'safety', ...this.move('safety', fact.to), why: text };
      }
      case 'posture.changed':
        return { ...when, kind: 'posture', ...this.movePosture(fact), why: causeOf(fact) };
      default:
        return this.edgeOf(fact, when);
    }
  }

  /** Alerts that open, are passed on or end; breakers that move; pairs that switch; patches. */
  private edgeOf(fact: TalliedFact, when: { seq: number; at: number }): TimelineRow | undefined {
    const [component = '', to = ''] = fact.type.split('.');
    if (component === 'failover') return this.sideOf(fact, when);
    if (component === 'alert' && ['raised', 'escalated', 'resolved'].includes(to)) {
      const what = String(fact.key);
      const why = String(fact.text ?? '');
      return { ...when, kind: 'alert', what, ...this.move(`alert ${what}`, to), why };
    }
    if (component === 'patch' && patchStates.has(to)) {
      const what = `${fact['id']} ${fact['resolver']}`;
      const moved = this.move(`patch ${what}`, to, !patchEnds.has(to));
      return { ...when, kind: 'patch', what, ...moved, why: String(fact['why'] ?? '') };
    }
    if (component !== 'breaker' || !breakerStates.has(to)) return undefined;
    const what = fact.path;
    const moved = this.move(`breaker ${what}`, to);
    return { ...when, kind: 'breaker', what, ...moved, why: openedBy(fact) };
  }

  /** The decision comes before the switch, and tells why. */
  private sideOf(fact: TalliedFact, when: { seq: number; at: number }): TimelineRow | undefined {
    const what = String(fact.name);
    const key = `failover ${what}`;
    if (fact.type === 'failover.decided' || fact.type === 'failover.ordered') {
      this.known.ailments[key] = String(fact.why);
    }
    if (fact.type !== 'failover.switched') return undefined;
    const before = this.known.states[key];
    const { to } = this.move(key, fact.to);
    if (before === undefined) return undefined;
    const why = this.known.ailments[key] ?? String(fact.cause);
    return { ...when, kind: 'failover', what, from: before, to, why };
  }

  private move(
    key: string,
    to: unknown,
    goesOn = to !== 'resolved',
  ): { readonly from: string; readonly to: string } {
    const { states } = this.known;
    const from = states[key] ?? firstStates[key.split(' ')[0]!] ?? '';
    // Alerts and patches come and go under ever new keys.
    if (goesOn) states[key] = String(to);
    else delete states[key];
    return { from, to: String(to) };
  }

  private movePosture({ forbidden, quality }: TalliedFact) {
    const from = this.known.forbidden;
    const to = forbidden as readonly string[];
    this.known.forbidden = to;
    const share = (quality as Readonly<Record<string, number>>)['orders.open'] ?? 1;
    return { from, to, openRatio: to.includes('orders.open') ? 0 : share };
  }

  /** Who does not pass, with the newest reason that each has given. */
  private ail({ impaired }: TalliedFact): string {
    const named = impaired as readonly { readonly id: string; readonly state: string }[];
    const words = named.map(({ id, state }) => {
      const why = this.known.ailments[id];
      return why ? `${id} ${state}, ${why}` : `${id} ${state}`;
    });
    return words.join('; ') || 'every component passes';
  }
}

/** Half-open breakers and their probes are left to `explain`. */
const breakerStates: ReadonlySet<string> = new Set(['opened', 'closed', 'isolated', 'disabled']);

/** The steps before the first change are left to `explain`. */
const patchStates: ReadonlySet<string> = new Set([
  ...['canaryStarted', 'applied', 'kept', 'rolledBack', 'rejected', 'quarantined'],
]);
const patchEnds: ReadonlySet<string> = new Set(['kept', 'rolledBack', 'rejected']);

const causeOf = ({ region, state, why }: TalliedFact): string =>
  region == null ? 'the settings' : `${region} is ${state}: ${why}`;

function openedBy({ evidence, by, why }: TalliedFact): string {
  if (by != null) return `${by}: ${why}`;
  const told = evidence as CircuitBreakerEvidence | SignalEvidence | null | undefined;
  if (told == null) return '';
  if (told.kind === 'signal' || 'last' in told) return signalText(told);
  const last = told.why ?? '';
  if (told.kind !== 'consecutive' || told.failureCount === 1) return last;
  return `${told.failureCount} failures in a row${last && `: ${last}`}`;
}
