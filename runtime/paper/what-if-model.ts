/**
 * What the paper host's world answers where a journal cannot: a broker without faults that fills at
 * the price of the decision, and analyses computed from the bars of the journal. What it answers is
 * counted as modelled.
 */
import { paperPaths } from '../../actors/paper/tree.ts';
import { safeguardPaths } from '../../actors/safeguards.ts';
import type { AnalysisContext, AnalysisRequest } from '../../machines/paper/analysis.ts';
import type { Bar } from '../../machines/paper/bar.ts';
import type { Book } from '../../machines/paper/book.ts';
import type { PendingOrder } from '../../machines/paper/session-types.ts';
import type { PostureContext } from '../../machines/posture.ts';
import type { Json } from '../journal/format.ts';
import type { AskedEffect, ModelledAnswer, WhatIfModel, WhatIfView } from '../what-if/model.ts';
import { analysedAtOnce, analysisJobCount } from './analysis.ts';
import { MarketWindow, priceCountOf } from './market-window.ts';
import { emptyTally, tallied } from './tally.ts';

/** A model for one run: it remembers the prices that it was told. */
export function paperModel(): WhatIfModel {
  const window = new MarketWindow(0);
  return {
    ...withoutMarket,
    told({ path, event }, { settings }) {
      const { type, bar } = event as { readonly type?: Json; readonly bar?: Bar };
      if (path === paperPaths.monitor && type === 'BAR' && bar) {
        window.keep(priceCountOf(settings.paper.analysis));
        window.note(bar.close);
      }
      return undefined;
    },
    answer: (asked, view) =>
      asked.port === 'analyse' ? analysis(asked, view, window) : brokerAnswer(asked, view),
  };
}

const withoutMarket: WhatIfModel = {
  // Calls are numbered one by one; what the broker does twice goes by the order.
  key(asked) {
    const { order, clientOrderId } = asked.request as { order?: Json; clientOrderId?: Json };
    if (asked.port === 'submitOrder') return order ?? null;
    if (asked.port === 'analyse') return matrixOf(asked);
    return asked.port === 'cancelOrder' ? (clientOrderId ?? null) : (asked.request ?? null);
  },

  conditions(asked, view): Json {
    if (asked.port === 'reconcile') return { positionQuantity: positionOf(view) };
    if (asked.port !== 'submitOrder') return null;
    return { refusal: refusalOf(asked, view), fees: view.settings.paper.fees };
  },

  unjudged: {
    '/paper/analysis/everyBarCount':
      'the host asks for analyses, and asked as often as the journal says',
  },

  watcher() {
    let tally = emptyTally;
    let lastMs = 0;
    return {
      note: (fact) => {
        tally = tallied(tally, fact);
        lastMs = Math.max(lastMs, fact.at);
      },
      measures: (view) => {
        const book = view.contextAt<Book>(paperPaths.account);
        const reading = view.contextAt<AnalysisContext>(paperPaths.analysis)?.last;
        return {
          ...(reading && { marketEntropy: reading.entropy }),
          equity: book?.equity ?? 0,
          drawdownRatioMax: book?.drawdownRatioMax ?? 0,
          feesPaid: book?.feesPaid ?? 0,
          // A halt that lasts is counted up to the last that anybody told.
          haltedMs: tally.haltedMs + (tally.haltedSince === null ? 0 : lastMs - tally.haltedSince),
          ordersSent: tally.orders.sent,
          ordersFilled: tally.orders.filled,
          ordersRefused: tally.orders.refused,
        };
      },
    };
  },
};

const analysisIn = ({ request }: AskedEffect): AnalysisRequest =>
  request as unknown as AnalysisRequest;

/** What an analysis depends on: its time, and the shape of its matrix. */
function matrixOf(asked: AskedEffect): Json {
  const { at, settings } = analysisIn(asked);
  const { windowBarCount, returnBarCount, lagBarCount, columnCount } = settings;
  return [at, windowBarCount, returnBarCount, lagBarCount, columnCount];
}

/** Undefined where the journal has too few bars: it may begin at a snapshot. */
function analysis(
  asked: AskedEffect,
  { settings: { tensor } }: WhatIfView,
  window: MarketWindow,
): ModelledAnswer | undefined {
  const { settings } = analysisIn(asked);
  const needed = priceCountOf(settings);
  if (window.count < needed) return undefined;
  const afterMs = analysisJobCount * tensor.resultDelayMs;
  const at = asked.at + afterMs;
  try {
    const { entropy, leadingShare } = analysedAtOnce(window.latest(needed), settings);
    return { afterMs, output: { kind: 'done', at, entropy, leadingShare } };
  } catch (error) {
    return { afterMs, output: { kind: 'failed', at, why: (error as Error).message } };
  }
}

function brokerAnswer(asked: AskedEffect, view: WhatIfView): ModelledAnswer | undefined {
  const output = outputOf(asked, view);
  if (output === undefined) return undefined;
  const afterMs = view.settings.paper.broker.faults.latencyMedianMs;
  return { afterMs, output: withTime(output, asked.at + afterMs) };
}

const withTime = (output: Json, at: number): Json =>
  typeof output === 'object' ? { ...(output as object), at } : output;

const positionOf = (view: WhatIfView): number =>
  view.contextAt<Book>(paperPaths.account)?.positionQuantity ?? 0;

type Order = Pick<PendingOrder, 'reduces' | 'side' | 'quantity' | 'referencePrice'> & {
  readonly clientOrderId: string;
};

const orderIn = ({ request }: AskedEffect): Order =>
  (request as unknown as { readonly order: Order }).order;

/** Why the host's edge would not let the order out; null: it would. */
function refusalOf(asked: AskedEffect, view: WhatIfView): string | null {
  if (orderIn(asked).reduces) return null;
  const feed = view.stateAt(paperPaths.feedBreaker);
  if (feed !== 'closed') return `the feed's breaker is ${String(feed)}`;
  const posture = view.contextAt<PostureContext>(safeguardPaths.posture);
  const forbidden = posture?.forbidden.find(({ capability }) => capability === 'orders.open');
  return forbidden ? `${forbidden.region} is ${forbidden.state}` : null;
}

function outputOf(asked: AskedEffect, view: WhatIfView): Json | undefined {
  switch (asked.port) {
    case 'login':
    case 'ping':
    // The ways to the broker work, and what is brought up comes up.
    case 'activate':
    case 'standDown':
    case 'step':
      return { kind: 'done' };
    case 'acquire': {
      const { afterEpoch } = asked.request as { readonly afterEpoch: number };
      return { kind: 'granted', epoch: afterEpoch + 1 };
    }
    case 'reconcile':
      return { kind: 'done', positionQuantity: positionOf(view), reports: [] };
    case 'submitOrder': {
      const why = refusalOf(asked, view);
      return why === null
        ? { kind: 'done', report: filled(asked, view) }
        : { kind: 'refused', why };
    }
    case 'cancelOrder': {
      const { clientOrderId } = asked.request as { readonly clientOrderId: string };
      const nothing = { side: 'buy', filledQuantity: 0, averagePrice: 0, fee: 0 };
      return { kind: 'done', report: { clientOrderId, status: 'cancelled', ...nothing } };
    }
    default:
      return undefined;
  }
}

/** As the paper broker fills an order that meets no fault. */
function filled(asked: AskedEffect, view: WhatIfView): Json {
  const { clientOrderId, side, quantity, referencePrice } = orderIn(asked);
  const { feeBasisPoints, slippageBasisPoints } = view.settings.paper.fees;
  const slippage = (side === 'buy' ? 1 : -1) * (slippageBasisPoints / 10_000);
  const averagePrice = referencePrice * (1 + slippage);
  const fee = (quantity * averagePrice * feeBasisPoints) / 10_000;
  return { clientOrderId, status: 'filled', side, filledQuantity: quantity, averagePrice, fee };
}
