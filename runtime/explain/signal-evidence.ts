/**
 * Why a breaker on a signal opened, closed or moved its limit: the readings in words, and the rules
 * of `machines/policies` applied to them once more, from what was known before.
 */
import { openPeriod } from '../../machines/policies/open-period.ts';
import { isPassCertain, isPassImpossible } from '../../machines/policies/probe-verdict.ts';
import { evidenceText, type SignalEvidence } from '../../machines/policies/signal-evidence.ts';
import { isBreach, rebased, referenceOf } from '../../machines/policies/signal-gauge.ts';
import type {
  SignalBreakerContext,
  SignalBreakerEmitted,
  SignalBreakerEvent,
} from '../../machines/signal-breaker.ts';
import { resetRefusal } from '../../machines/signal-breaker-facts.ts';
import {
  type Args,
  confirmationsAfter,
  flawOf,
  followedAfter,
  measurementOf,
  probesAfter,
} from '../../machines/signal-breaker-samples.ts';
import { breakerEvidence } from './breaker-evidence.ts';
import type { Check, Judge } from './evidence.ts';
import { check, type Decided, type Judged, judging as judgingDecided } from './judging.ts';
import { textOf, timeText } from './values.ts';

type Fact<T extends SignalBreakerEmitted['type']> = Extract<SignalBreakerEmitted, { type: T }>;
type Opening = 'breaker.opened' | 'breaker.wouldOpen';

type Told<T extends SignalBreakerEmitted['type']> = Decided<
  Fact<T>,
  SignalBreakerContext,
  SignalBreakerEvent
>;

/** With what its rules read. */
type Known<T extends SignalBreakerEmitted['type']> = Told<T> & { readonly args: Args };

const judging = <T extends SignalBreakerEmitted['type']>(
  judge: (known: Known<T>) => Judged,
): Judge =>
  judgingDecided((told: Told<T>) =>
    judge({ ...told, args: { context: told.before, event: told.event } }),
  );

function evidenceChecks({ args, before }: Known<Opening>, evidence: SignalEvidence): Check[] {
  const { settings } = before;
  if (evidence.kind === 'probes') {
    const { probeSuccessCount, probeFailureCount } = probesAfter(args);
    return [
      check('probes within the limit', probeSuccessCount, evidence.successCount),
      check('probes at the limit or beyond', probeFailureCount, evidence.failureCount),
      check('reading that decided', measurementOf(args)?.reading, evidence.last),
      check(
        'enough successes are out of reach',
        isPassImpossible(settings, probeFailureCount),
        true,
      ),
    ];
  }
  const { confirmations, confirmationCount } = evidence;
  const gauge = measurementOf(args)?.gauge ?? before.gauge;
  const reach = confirmations.every(({ measured, limit }) => isBreach(settings, measured, limit));
  return [
    check('readings in a row', confirmationsAfter(args), confirmations),
    check('each has reached its limit', reach, true),
    check('readings that trip it', settings.confirmationCount, confirmationCount),
    check('they are enough', confirmations.length >= settings.confirmationCount, true),
    check('measured from', referenceOf(gauge), evidence.reference),
  ];
}

const openedAs = (verb: string) =>
  judging<Opening>((known) => {
    const { fact, before, event } = known;
    const { evidence, openDurationMs, openUntilMs } = fact;
    const end = openUntilMs === null ? 'until it is reset' : `until ${timeText(openUntilMs)}`;
    if (event.type === 'ENABLE' || event.type === 'ORDER_EXPIRED') {
      return {
        text: `${verb} ${end}: it had latched, and an order that ends is no reset`,
        checks: [check('what it had latched by', before.latchedBy, evidence)],
      };
    }
    const atMs = 'at' in event ? event.at : before.openUntilMs;
    const period = openPeriod(before.settings, {
      ...before,
      generation: before.generation + 1,
      atMs,
    });
    const isTimed = openDurationMs !== null;
    return {
      text: `${verb} ${end}: ${evidenceText(evidence)}`,
      checks: [
        ...(evidence ? evidenceChecks(known, evidence) : [check('evidence', 'some', 'none')]),
        check('latches', before.settings.latch || before.latchedBy !== null, !isTimed),
        check('open until, ms', isTimed ? period.openUntilMs : null, openUntilMs),
        check('opens in a row', period.openCount, fact.openCount),
      ],
    };
  });

const halfOpened = judging<'breaker.halfOpened'>(({ fact, event, before }) => {
  const isExpiry = event.type === 'ORDER_EXPIRED';
  const over = isExpiry ? 'the isolation has expired' : 'its open time is over';
  return {
    text: `probes with ${fact.probeCount} readings, because ${over}`,
    checks: [
      check('due at, ms', isExpiry ? before.order?.expiresAtMs : before.openUntilMs, fact.at),
      check('it had not latched', before.latchedBy, null),
      check('probes in the settings', before.settings.probeCount, fact.probeCount),
    ],
  };
});

const closedAs = (verb: string) =>
  judging<'breaker.closed' | 'breaker.wouldClose'>(({ fact, event, before, args }) => {
    if (event.type === 'RESET' && fact.type === 'breaker.closed') {
      return {
        text: `${verb} by ${fact.by}: ${textOf(fact.why)}`,
        checks: [check('nothing refuses the reset', resetRefusal(args), null)],
      };
    }
    const { probeSuccessCount } = probesAfter(args);
    const { probeCount } = before.settings;
    return {
      text: `${verb}: ${probeSuccessCount} of ${probeCount} probes were within the limit`,
      checks: [
        check('enough of them', isPassCertain(before.settings, probeSuccessCount), true),
        check('opens that it took', before.openCount, fact.openCount),
      ],
    };
  });

const thresholdMoved = judging<'breaker.thresholdMoved'>(({ fact, args }) => {
  const { from, to, baseline, bound, cooldownMs, why } = fact;
  return {
    text: `the limit moves from ${from} to ${to}: ${why}`,
    checks: [
      check('the move that the rules make', followedAfter(args).move, {
        ...{ from, to, baseline, bound, cooldownMs, why },
      }),
    ],
  };
});

const sampleRejected = judging<'breaker.sampleRejected'>(({ fact, args, before }) => ({
  text: `a sample of ${fact.value} is not taken: ${fact.why}`,
  checks: [
    check('what is wrong with it', flawOf(args), fact.why),
    check('bad samples so far', before.rejectedCount + 1, fact.rejectedCount),
  ],
}));

const rebasedBy = judging<'breaker.rebased'>(({ fact, before, args }) => {
  const gauge = rebased(before.settings, before.gauge, before.value, fact.at);
  const { by, why, from, to } = fact;
  const anew = to === null ? 'it begins anew' : `measured from ${to}, no more from ${from}`;
  return {
    text: `reset by ${by} (${textOf(why)}): ${anew}`,
    checks: [
      check('nothing refuses the reset', resetRefusal(args), null),
      check('measured from before', referenceOf(before.gauge), fact.from),
      check('measured from now on', referenceOf(gauge), fact.to),
    ],
  };
});

const resetRefused = judging<'breaker.resetRefused'>(({ fact, args }) => ({
  text: `a reset by ${fact.by} is refused: ${fact.refusal}`,
  checks: [check('why', resetRefusal(args), fact.refusal)],
}));

/** Orders are the same as those of circuit breakers. */
const orders = ['isolated', 'disabled', 'setMetricsOnly', 'enabled'].map(
  (name) => [`breaker.${name}`, breakerEvidence[`breaker.${name}`]!] as const,
);

export const signalEvidence: { readonly [fact: string]: Judge } = {
  'breaker.opened': openedAs('opened'),
  'breaker.wouldOpen': openedAs('would open'),
  'breaker.halfOpened': halfOpened,
  'breaker.closed': closedAs('closed'),
  'breaker.wouldClose': closedAs('would close'),
  'breaker.thresholdMoved': thresholdMoved,
  'breaker.sampleRejected': sampleRejected,
  'breaker.rebased': rebasedBy,
  'breaker.resetRefused': resetRefused,
  ...Object.fromEntries(orders),
};
