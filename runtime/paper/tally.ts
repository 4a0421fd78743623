/** Counts what machines say during a run. Pure: each fact gives the next tally. */

import type { ComponentRecovery, RecoveryReport } from '../../machines/policies/recovery-report.ts';

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

/** What became of orders, over all lives of the session. All are counts. */
export interface OrderTally {
  readonly sent: number;
  /** Orders of which anything was filled. */
  readonly filled: number;
  /** Orders of which only a part was filled. */
  readonly filledInPart: number;
  /** Kept from being sent, by a breaker or by the state of the feed. */
  readonly refused: number;
  /** Turned down by the broker. */
  readonly rejected: number;
  /** Certainly not executed, because the call failed. */
  readonly failed: number;
  /** Perhaps executed: nobody knew until the next reconciling. */
  readonly unknown: number;
}

/** A failover pair, over all lives of the process. */
export interface PairTally {
  /** Who was active last; null: nobody has been yet. */
  readonly active: string | null;
  readonly epoch: number;
  /** Times that another side became active. */
  readonly switches: number;
  /** Moves that did not come to their end. Count. */
  readonly failed: number;
  /** Times that nothing moved by itself any more. */
  readonly suspensions: number;
}

/** The newest start of the host that came to its end. Times are logical ms. */
export interface StartTally {
  /** How often it was made, over all lives of the process. */
  readonly count: number;
  readonly outcome: string;
  /** From its beginning to its end. */
  readonly tookMs: number;
  /** Components in the order of their first steps. */
  readonly order: readonly string[];
  readonly components: readonly ComponentRecovery[];
}

export interface Tally {
  readonly orders: OrderTally;
  /** Quantity of the order that was sent last. */
  readonly sentQuantity: number;
  readonly breakers: { readonly [path: string]: BreakerTally };
  readonly pairs: { readonly [name: string]: PairTally };
  /** Null: none has come to its end. */
  readonly start: StartTally | null;
  readonly facts: { readonly [type: string]: number };
  /** Time in which a breaker was not closed, up to the last change, ms. */
  readonly haltedMs: number;
  /** Since when one is not closed, ms; null when all are. */
  readonly haltedSince: number | null;
}

const noOrders: OrderTally = {
  sent: 0,
  filled: 0,
  filledInPart: 0,
  refused: 0,
  rejected: 0,
  failed: 0,
  unknown: 0,
};

export const emptyTally: Tally = {
  orders: noOrders,
  sentQuantity: 0,
  breakers: {},
  pairs: {},
  start: null,
  facts: {},
  haltedMs: 0,
  haltedSince: null,
};

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
  if (fact.type.startsWith('order.')) return { ...tally, facts, ...ordersAfter(tally, fact) };
  if (fact.type.startsWith('failover.')) return { ...tally, facts, ...pairsAfter(tally, fact) };
  if (fact.type === 'recovery.ended' && fact.id === 'start') {
    return { ...tally, facts, start: startAfter(tally.start, fact) };
  }
  if (!fact.type.startsWith('breaker.')) return { ...tally, facts };
  const before = tally.breakers[fact.path] ?? newBreaker;
  const breakers = { ...tally.breakers, [fact.path]: breakerAfter(before, fact.type) };
  return { ...tally, facts, breakers, ...haltAfter(tally, breakers, Number(fact.at ?? 0)) };
}

function ordersAfter(tally: Tally, fact: TalliedFact): Pick<Tally, 'orders' | 'sentQuantity'> {
  const { orders, sentQuantity } = tally;
  const name = fact.type.slice('order.'.length) as keyof OrderTally;
  if (!(name in orders)) return { orders, sentQuantity };
  const counted = { ...orders, [name]: orders[name] + 1 };
  if (name === 'sent') {
    const { quantity } = fact.order as { quantity: number };
    return { orders: counted, sentQuantity: quantity };
  }
  const isPart = name === 'filled' && (fact.quantity as number) < sentQuantity;
  return {
    orders: isPart ? { ...counted, filledInPart: orders.filledInPart + 1 } : counted,
    sentQuantity,
  };
}

const newPair: PairTally = { active: null, epoch: 0, switches: 0, failed: 0, suspensions: 0 };

function pairsAfter({ pairs }: Tally, fact: TalliedFact): Pick<Tally, 'pairs'> {
  const name = String(fact.name);
  return { pairs: { ...pairs, [name]: pairAfter(pairs[name] ?? newPair, fact) } };
}

function pairAfter(pair: PairTally, { type, to, epoch }: TalliedFact): PairTally {
  if (type === 'failover.failed') return { ...pair, failed: pair.failed + 1 };
  if (type === 'failover.suspended') return { ...pair, suspensions: pair.suspensions + 1 };
  if (type !== 'failover.switched') return pair;
  // After a restart of the process the same side takes its role anew.
  const isOther = pair.active !== null && pair.active !== to;
  const switches = pair.switches + (isOther ? 1 : 0);
  return { ...pair, active: String(to), epoch: Number(epoch), switches };
}

function startAfter(before: StartTally | null, fact: TalliedFact): StartTally {
  const { outcome, order, components, beganAtMs, endedAtMs } = fact as unknown as RecoveryReport;
  const count = (before?.count ?? 0) + 1;
  return { count, outcome, tookMs: endedAtMs - beganAtMs, order, components };
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
    case 'breaker.disabled':
    case 'breaker.setMetricsOnly':
    case 'breaker.enabled':
      return { ...breaker, isClosed: true };
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
