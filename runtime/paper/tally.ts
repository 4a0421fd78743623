/** Counts what machines say during a run. Pure: each fact gives the next tally. */

/** A fact as the runtime publishes it. */
export type TalliedFact = {
  readonly type: string;
  readonly path: string;
  readonly at?: unknown;
  readonly [key: string]: unknown;
};

export interface BreakerTally {
  /** Times that it opened from closed. */
  readonly trips: number;
  /** Times that it opened again because its probes failed. */
  readonly reopenings: number;
  readonly probes: number;
  /** Times that it closed. */
  readonly recoveries: number;
  /** Whether it refuses calls, or admits only probes, since the last fact. */
  readonly isClosed: boolean;
}

export interface Tally {
  readonly breakers: { readonly [path: string]: BreakerTally };
  readonly facts: { readonly [type: string]: number };
  /** Time in which a breaker was not closed, up to the last change, ms. */
  readonly haltedMs: number;
  /** Since when one is not closed, ms; null when all are. */
  readonly haltedSince: number | null;
}

export const emptyTally: Tally = { breakers: {}, facts: {}, haltedMs: 0, haltedSince: null };

const newBreaker: BreakerTally = {
  trips: 0,
  reopenings: 0,
  probes: 0,
  recoveries: 0,
  isClosed: true,
};

/** The tally after one more fact. Facts without a meaning of their own are only counted. */
export function tallied(tally: Tally, fact: TalliedFact): Tally {
  const facts = { ...tally.facts, [fact.type]: (tally.facts[fact.type] ?? 0) + 1 };
  if (!fact.type.startsWith('breaker.')) return { ...tally, facts };
  const before = tally.breakers[fact.path] ?? newBreaker;
  const breakers = { ...tally.breakers, [fact.path]: breakerAfter(before, fact.type) };
  return { facts, breakers, ...haltAfter(tally, breakers, Number(fact.at ?? 0)) };
}

function breakerAfter(breaker: BreakerTally, type: string): BreakerTally {
  switch (type) {
    case 'breaker.opened':
    case 'breaker.isolated':
      return breaker.isClosed
        ? { ...breaker, trips: breaker.trips + 1, isClosed: false }
        : { ...breaker, reopenings: breaker.reopenings + 1 };
    case 'breaker.probed':
      return { ...breaker, probes: breaker.probes + 1 };
    case 'breaker.closed':
      return { ...breaker, recoveries: breaker.recoveries + 1, isClosed: true };
    default:
      return breaker;
  }
}

function haltAfter(tally: Tally, breakers: Tally['breakers'], at: number) {
  const { haltedMs, haltedSince } = tally;
  const isHalted = Object.values(breakers).some(({ isClosed }) => !isClosed);
  if (isHalted === (haltedSince !== null)) return { haltedMs, haltedSince };
  if (haltedSince === null) return { haltedMs, haltedSince: at };
  return { haltedMs: haltedMs + Math.max(0, at - haltedSince), haltedSince: null };
}
