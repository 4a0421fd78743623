/**
 * Why a circuit breaker opened, probed, closed or was isolated: the evidence in words, and the
 * rules of `machines/policies` applied to it once more, from the counts before the decision.
 */
import type {
  CircuitBreakerContext,
  CircuitBreakerEmitted,
  CircuitBreakerEvent,
  CircuitBreakerEvidence,
} from '../../machines/circuit-breaker.ts';
import { isRunTooLong } from '../../machines/policies/consecutive-window.ts';
import { openPeriod } from '../../machines/policies/open-period.ts';
import {
  isPassCertain,
  isPassImpossible,
  neededSuccessCount,
} from '../../machines/policies/probe-verdict.ts';
import type { Check, Decision, Judge } from './evidence.ts';
import { textOf, timeText } from './values.ts';

type Fact<T extends CircuitBreakerEmitted['type']> = Extract<CircuitBreakerEmitted, { type: T }>;

/** A decision of a breaker that was running; one that is starting decides nothing. */
interface Known<T extends CircuitBreakerEmitted['type']> {
  readonly fact: Fact<T>;
  readonly event: CircuitBreakerEvent;
  readonly before: CircuitBreakerContext;
}

const judging =
  <T extends CircuitBreakerEmitted['type']>(
    judge: (known: Known<T>) => { text: string; checks: readonly Check[] },
  ): Judge =>
  ({ fact, event, before }: Decision) =>
    event && before ? judge({ fact, event, before } as unknown as Known<T>) : undefined;

const check = (what: string, expected: unknown, actual: unknown): Check => ({
  what,
  expected,
  actual,
});

const secondsText = (ms: number) => `${ms / 1_000} s`;
const words = (why: string | null | undefined) => (why == null ? '' : `; the last one: ${why}`);
const many = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`;

/** The failures of the run, as the event and the count before it give them. */
const runAfter = ({ event, before }: Known<'breaker.opened'>): number =>
  event.type === 'CALLS_COUNTED' ? event.failureCount : before.failureCount + 1;

function tripped(
  known: Known<'breaker.opened'>,
  evidence: CircuitBreakerEvidence & { kind: 'consecutive' },
): { text: string; checks: Check[] } {
  const { failureCount, failureCountMax, why } = evidence;
  const { window } = known.before.settings;
  const run = runAfter(known);
  return {
    text:
      `${many(failureCount, 'failure')} in a row reached the limit of ${failureCountMax}` +
      words(why),
    checks: [
      check('failures in a row', run, failureCount),
      check('limit in the settings', window.failureCountMax, failureCountMax),
      check('the run is too long', isRunTooLong(window, run), true),
    ],
  };
}

function failedProbes(
  { before }: Known<'breaker.opened'>,
  evidence: CircuitBreakerEvidence & { kind: 'probes' },
): { text: string; checks: Check[] } {
  const { successCount, failureCount, probeCount, probeSuccessRatioMin, why } = evidence;
  const { settings } = before;
  const failed = before.probeFailureCount + 1;
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

const opened = judging<'breaker.opened'>((known) => {
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
        : failedProbes(known, evidence);
  const { openDurationMs, openUntilMs, openCount } = fact;
  return {
    text: `opened for ${secondsText(openDurationMs)}, until ${timeText(openUntilMs)}: ${why.text}`,
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
  const isExpiry = event.type === 'ISOLATION_EXPIRED';
  const dueMs = isExpiry ? before.isolation?.expiresAtMs : before.openUntilMs;
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
  const succeeded = before.probeSuccessCount + 1;
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

const isolated = judging<'breaker.isolated'>(({ fact, event }) => {
  const order = event.type === 'ISOLATE' ? event : undefined;
  const { by, why, expiresAtMs } = fact;
  const end = expiresAtMs === null ? 'until it is reset' : `until ${timeText(expiresAtMs)}`;
  return {
    text: `held open by ${by} ${end}: ${textOf(why)}`,
    checks: [
      check('ordered by', order?.by, by),
      check('because', order?.why, why),
      check('expires at, ms', order?.expiresAtMs ?? null, expiresAtMs),
    ],
  };
});

export const breakerEvidence: { readonly [fact: string]: Judge } = {
  'breaker.opened': opened,
  'breaker.halfOpened': halfOpened,
  'breaker.closed': closed,
  'breaker.isolated': isolated,
};
