/**
 * Why a circuit breaker opened, probed, closed or obeyed an order: the evidence in words, and the
 * rules of `machines/policies` applied to it once more, from the counts before the decision.
 */
import type {
  CircuitBreakerContext,
  CircuitBreakerEmitted,
  CircuitBreakerEvent,
  CircuitBreakerEvidence,
} from '../../machines/circuit-breaker.ts';
import {
  callsAfter,
  failureCountAfter,
  isGoodProbe,
} from '../../machines/circuit-breaker-counts.ts';
import {
  countsOf,
  type RatioEvidence,
  ratioEvidence,
} from '../../machines/policies/call-record.ts';
import { isRunTooLong } from '../../machines/policies/consecutive-window.ts';
import { openPeriod } from '../../machines/policies/open-period.ts';
import {
  isPassCertain,
  isPassImpossible,
  neededSuccessCount,
} from '../../machines/policies/probe-verdict.ts';
import type { Check, Judge } from './evidence.ts';
import { check, type Decided, type Judged, judging as judgingDecided } from './judging.ts';
import { textOf, timeText } from './values.ts';

type Fact<T extends CircuitBreakerEmitted['type']> = Extract<CircuitBreakerEmitted, { type: T }>;

type Opening = 'breaker.opened' | 'breaker.wouldOpen';

type Known<T extends CircuitBreakerEmitted['type']> = Decided<
  Fact<T>,
  CircuitBreakerContext,
  CircuitBreakerEvent
>;

const judging = <T extends CircuitBreakerEmitted['type']>(
  judge: (known: Known<T>) => Judged,
): Judge => judgingDecided(judge);

const secondsText = (ms: number) => `${ms / 1_000} s`;
const words = (why: string | null | undefined) => (why == null ? '' : `; the last one: ${why}`);
const shareText = (share: number) => String(Math.round(share * 10_000) / 10_000);
const many = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`;

function tripped(
  known: Known<Opening>,
  evidence: CircuitBreakerEvidence & { kind: 'consecutive' },
): { text: string; checks: Check[] } {
  const { failureCount, failureCountMax, why } = evidence;
  const { window } = known.before.settings;
  const run = failureCountAfter(known.before, known.event);
  const limit = window.kind === 'consecutive' ? window.failureCountMax : undefined;
  return {
    text:
      `${many(failureCount, 'failure')} in a row reached the limit of ${failureCountMax}` +
      words(why),
    checks: [
      check('failures in a row', run, failureCount),
      check('limit in the settings', limit, failureCountMax),
      check('the run is too long', isRunTooLong({ failureCountMax }, run), true),
    ],
  };
}

const windowText = ({ window, callCount }: RatioEvidence): string => {
  const calls = many(callCount, 'call');
  return window.kind === 'time' ? `${calls} of ${secondsText(window.durationMs)}` : calls;
};

/** Counts once more what the window held, by the digits or buckets of the event. */
function trippedByShare(
  { before, event }: Known<Opening>,
  evidence: RatioEvidence & { why: string | null },
): { text: string; checks: Check[] } {
  const { reason, failureCount, slowCount, why } = evidence;
  const calls = callsAfter(before, event);
  const counts = countsOf(calls);
  const again = ratioEvidence(before.settings, calls);
  const isFailure = reason === 'failureRatio';
  const bad = isFailure
    ? `${failureCount} of the last ${windowText(evidence)} failed`
    : `${slowCount} of the last ${windowText(evidence)} took longer than ${evidence.slowCallMs} ms`;
  const share = isFailure ? evidence.failureRatio : evidence.slowCallRatio;
  const limit = isFailure ? evidence.failureRatioMax : evidence.slowCallRatioMax;
  return {
    text: `${bad}: a ratio of ${shareText(share)} reached the limit of ${limit}${words(why)}`,
    checks: [
      check('calls in the window', counts.callCount, evidence.callCount),
      check('failed calls', counts.failureCount, failureCount),
      check('slow calls', counts.slowCount, slowCount),
      check('share that failed', again?.failureRatio, evidence.failureRatio),
      check('share that was slow', again?.slowCallRatio, evidence.slowCallRatio),
      check('what trips it', again?.reason, reason),
      check('window in the settings', before.settings.window, evidence.window),
      check('largest share of failures', before.settings.failureRatioMax, evidence.failureRatioMax),
      check('largest share of slow calls', again?.slowCallRatioMax, evidence.slowCallRatioMax),
      check('least calls', before.settings.callCountMin, evidence.callCountMin),
    ],
  };
}

function failedProbes(
  { before, event }: Known<Opening>,
  evidence: CircuitBreakerEvidence & { kind: 'probes' },
): { text: string; checks: Check[] } {
  const { successCount, failureCount, probeCount, probeSuccessRatioMin, why } = evidence;
  const { settings } = before;
  const failed = before.probeFailureCount + (isGoodProbe(before, event) ? 0 : 1);
  return {
    text:
      `${failureCount} of ${many(probeCount, 'probe')} failed and ${successCount} succeeded: ` +
      `${neededSuccessCount(evidence)} had to succeed (ratio ${probeSuccessRatioMin})${words(why)}`,
    checks: [
      check('probes failed', failed, failureCount),
      check('probes succeeded', before.probeSuccessCount, successCount),
      check('probes in the settings', settings.probeCount, probeCount),
      check('least ratio in the settings', settings.probeSuccessRatioMin, probeSuccessRatioMin),
      check('enough successes are out of reach', isPassImpossible(settings, failed), true),
    ],
  };
}

const openedAs = (verb: string) =>
  judging<Opening>((known) => {
    const { fact, before, event } = known;
    const { evidence } = fact;
    const period = openPeriod(before.settings, {
      ...before,
      generation: before.generation + 1,
      atMs: 'at' in event ? event.at : before.openUntilMs,
    });
    const why =
      evidence === null
        ? { text: 'it says not why', checks: [check('evidence', 'some', 'none')] }
        : evidence.kind === 'consecutive'
          ? tripped(known, evidence)
          : evidence.kind === 'ratio'
            ? trippedByShare(known, evidence)
            : failedProbes(known, evidence);
    const { openDurationMs, openUntilMs, openCount } = fact;
    return {
      text:
        `${verb} for ${secondsText(openDurationMs)}, ` +
        `until ${timeText(openUntilMs)}: ${why.text}`,
      checks: [
        ...why.checks,
        check('open for, ms', period.openDurationMs, openDurationMs),
        check('open until, ms', period.openUntilMs, openUntilMs),
        check('opens in a row', period.openCount, openCount),
      ],
    };
  });

const halfOpened = judging<'breaker.halfOpened'>(({ fact, event, before }) => {
  const { probeCount, probeSuccessRatioMin } = before.settings;
  const isExpiry = event.type === 'ORDER_EXPIRED';
  const dueMs = isExpiry ? before.order?.expiresAtMs : before.openUntilMs;
  const over = isExpiry
    ? 'the isolation has expired'
    : `its ${secondsText(before.openDurationMs)} are over`;
  const rule = { probeCount: fact.probeCount, probeSuccessRatioMin: fact.probeSuccessRatioMin };
  return {
    text:
      `admits ${many(fact.probeCount, 'probe')}, because ${over}: ` +
      `${neededSuccessCount(rule)} must succeed`,
    checks: [
      check('due at, ms', dueMs, fact.at),
      check('probes in the settings', probeCount, fact.probeCount),
      check('least ratio in the settings', probeSuccessRatioMin, fact.probeSuccessRatioMin),
    ],
  };
});

const closed = judging<'breaker.closed'>(({ fact, event, before }) => {
  if (event.type === 'RESET') {
    return {
      text: `closed by ${fact.by}: ${fact.why}`,
      checks: [check('ordered by', event.by, fact.by), check('because', event.why, fact.why)],
    };
  }
  const { settings } = before;
  const succeeded = before.probeSuccessCount + (isGoodProbe(before, event) ? 1 : 0);
  return {
    text:
      `closed: ${succeeded} of ${many(settings.probeCount, 'probe')} succeeded, ` +
      `${neededSuccessCount(settings)} had to (ratio ${settings.probeSuccessRatioMin})`,
    checks: [
      check('enough successes', isPassCertain(settings, succeeded), true),
      check('opens that it took', before.openCount, fact.openCount),
      check('ordered by', null, fact.by),
    ],
  };
});

const wouldClose = judging<'breaker.wouldClose'>(({ fact, event, before }) => {
  const { settings } = before;
  const succeeded = before.probeSuccessCount + (isGoodProbe(before, event) ? 1 : 0);
  return {
    text:
      `would close: ${succeeded} of ${many(settings.probeCount, 'probe')} succeeded, ` +
      `${neededSuccessCount(settings)} had to (ratio ${settings.probeSuccessRatioMin})`,
    checks: [
      check('enough successes', isPassCertain(settings, succeeded), true),
      check('opens that it took', before.openCount, fact.openCount),
    ],
  };
});

type OrderEvent = Extract<CircuitBreakerEvent, { type: 'ISOLATE' | 'DISABLE' | 'METRICS_ONLY' }>;
type Ordered = 'breaker.isolated' | 'breaker.disabled' | 'breaker.setMetricsOnly';

const orderedTo = (type: OrderEvent['type'], what: string) =>
  judging<Ordered>(({ fact, event }) => {
    const order = event.type === type ? (event as OrderEvent) : undefined;
    const { by, why, expiresAtMs } = fact;
    const end = expiresAtMs === null ? 'until another order' : `until ${timeText(expiresAtMs)}`;
    return {
      text: `${what} by ${by} ${end}: ${textOf(why)}`,
      checks: [
        check('ordered by', order?.by, by),
        check('because', order?.why, why),
        check('expires at, ms', order?.expiresAtMs ?? null, expiresAtMs),
      ],
    };
  });

const enabled = judging<'breaker.enabled'>(({ fact, event, before }) => {
  if (event.type === 'ENABLE') {
    return {
      text: `enabled by ${fact.by}: ${fact.why}`,
      checks: [check('ordered by', event.by, fact.by), check('because', event.why, fact.why)],
    };
  }
  return {
    text: 'enabled, because the order that held it has expired',
    checks: [check('due at, ms', before.order?.expiresAtMs, fact.at)],
  };
});

export const breakerEvidence: { readonly [fact: string]: Judge } = {
  'breaker.opened': openedAs('opened'),
  'breaker.wouldOpen': openedAs('would open'),
  'breaker.halfOpened': halfOpened,
  'breaker.closed': closed,
  'breaker.wouldClose': wouldClose,
  'breaker.isolated': orderedTo('ISOLATE', 'held open'),
  'breaker.disabled': orderedTo('DISABLE', 'switched off'),
  'breaker.setMetricsOnly': orderedTo('METRICS_ONLY', 'made to measure only'),
  'breaker.enabled': enabled,
};
