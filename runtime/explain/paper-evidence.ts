/**
 * Why the paper host's session sent an order or was limited, why its feed is stale, and what its
 * analysis says of the market.
 */
import type { AnalysisContext, AnalysisEmitted } from '../../machines/paper/analysis.ts';
import type { FeedMonitorContext, FeedMonitorEmitted } from '../../machines/paper/feed-monitor.ts';
import { limitedStep } from '../../machines/paper/quantity.ts';
import { limitsOf } from '../../machines/paper/session-orders.ts';
import type {
  SessionContext,
  SessionEmitted,
  SessionEvent,
} from '../../machines/paper/session-types.ts';
import type { Judge } from './evidence.ts';
import { check, judging } from './judging.ts';
import { timeText } from './values.ts';

type Fact<E, T> = Extract<E, { readonly type: T }>;

const percent = (ratio: number): string => `${Math.round(ratio * 10_000) / 100} %`;

const limited = judging<Fact<SessionEmitted, 'session.limited'>, SessionContext, SessionEvent>(
  ({ fact, event }) => {
    const { openRatio, mayReduce } = fact;
    const limits = event.type === 'POSTURE_CHANGED' ? limitsOf(event) : null;
    const reduces = mayReduce ? '' : ', and may reduce nothing';
    return {
      text: `may open ${percent(openRatio)} of the position that is wished for${reduces}`,
      checks: [
        check('share of openings by the posture', limits?.openRatio, openRatio),
        check('reductions by the posture', limits?.mayReduce, mayReduce),
      ],
    };
  },
);

/** The order is the last thing that its macrostep decides: what decided it is still there. */
const sent = judging<Fact<SessionEmitted, 'order.sent'>, SessionContext>(({ fact, after }) => {
  const { side, quantity, reduces } = fact.order;
  const { positionQuantity, target, limits } = after;
  const wished = target?.quantity ?? 0;
  const again = limitedStep(positionQuantity ?? Number.NaN, wished, limits);
  return {
    text:
      `${side} ${quantity}: position ${positionQuantity}, wished ${wished}, ` +
      `may open ${percent(limits.openRatio)}`,
    checks: [
      check('side', again?.side, side),
      check('quantity', again?.quantity, quantity),
      check('reduces only', again?.reduces, reduces),
    ],
  };
});

const stale = judging<Fact<FeedMonitorEmitted, 'feed.stale'>, FeedMonitorContext>(
  ({ fact, before }) => ({
    text: `no bar since ${timeText(fact.lastBarAt)}, for ${before.staleAfterMs / 1_000} s`,
    checks: [
      check('newest bar at, ms', before.lastBarAt, fact.lastBarAt),
      check('silent for, ms', before.staleAfterMs, fact.at - fact.lastBarAt),
    ],
  }),
);

const analysed = judging<Fact<AnalysisEmitted, 'market.analysed'>, AnalysisContext>(
  ({ fact: { entropy, leadingShare }, after: { last, settings } }) => ({
    text:
      `${settings.columnCount} columns of returns over ${settings.windowBarCount} bars: entropy ` +
      `${entropy.toFixed(3)}, the leading eigenvalue holds ${percent(leadingShare)}`,
    checks: [
      check('entropy', last?.entropy, entropy),
      check('share of the leading eigenvalue', last?.leadingShare, leadingShare),
    ],
  }),
);

const late = judging<Fact<AnalysisEmitted, 'analysis.late'>, AnalysisContext>(
  ({ fact, before }) => ({
    text: `no result since it was asked for at ${timeText(before.askedAt)}`,
    checks: [check('late from, ms', before.lateAt, fact.at)],
  }),
);

export const analysisEvidence: { readonly [fact: string]: Judge } = {
  'market.analysed': analysed,
  'analysis.late': late,
};

export const sessionEvidence: { readonly [fact: string]: Judge } = {
  'session.limited': limited,
  'order.sent': sent,
};

export const feedEvidence: { readonly [fact: string]: Judge } = { 'feed.stale': stale };
