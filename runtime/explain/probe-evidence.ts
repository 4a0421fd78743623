/** Why a probe failed, was down or passed again, and why people were told. */
import type { AlertContext, AlertEmitted, AlertEvent } from '../../machines/alert.ts';
import {
  failureOf,
  type HealthProbeContext,
  type HealthProbeEmitted,
  type HealthProbeEvent,
} from '../../machines/health-probe.ts';
import { robustScore } from '../../machines/policies/robust-score.ts';
import type { Judge } from './evidence.ts';
import { check, judging } from './judging.ts';
import { textOf, timeText } from './values.ts';

type Fact<E, T> = Extract<E, { readonly type: T }>;
type ProbeFact<T> = Fact<HealthProbeEmitted, T>;

const probeChanged = judging<ProbeFact<'probe.changed'>, HealthProbeContext, HealthProbeEvent>(
  ({ fact, event, before }) => {
    const { id, to, failureCount, why } = fact;
    const { failureCountMax } = before.options;
    const failure = failureOf({ context: before, event });
    const count = failure === null ? 0 : before.failureCount + 1;
    const state = count === 0 ? 'passing' : count >= failureCountMax ? 'down' : 'failing';
    return {
      text:
        why === null
          ? `${id} passes again`
          : `${id} is ${to}: ${why}; failure ${failureCount} in a row, ${failureCountMax} are down`,
      checks: [
        check('why it fails', failure, why),
        check('failures in a row', count, failureCount),
        check('state by the rules', state, to),
      ],
    };
  },
);

const anomaly = judging<ProbeFact<'probe.anomaly'>, HealthProbeContext, HealthProbeEvent>(
  ({ fact, before }) => {
    const { id, value, anomalyScore, anomalyScoreMin } = fact;
    return {
      text: `${id} measured ${value}: ${anomalyScore} robust deviations from those before it`,
      checks: [
        check('robust z-score', robustScore(before.values, value), anomalyScore),
        check('least score in the settings', before.settings.anomalyScoreMin, anomalyScoreMin),
        check('it reaches the least score', anomalyScore >= anomalyScoreMin, true),
      ],
    };
  },
);

type AlertFact<T> = AlertEmitted & { readonly type: T };

/** An alert is told as it starts: then there is nothing before. */
const raised: Judge = ({ fact, after }) => {
  const { key, severity, text } = fact as AlertFact<'alert.raised'>;
  const told = after as AlertContext;
  return {
    text: `${severity} '${key}': ${text}`,
    checks: [
      check('what it is about', told.key, key),
      check('severity', told.severity, severity),
      check('text', told.text, text),
    ],
  };
};

type AlertLived = AlertEvent | { readonly type: `xstate.after.${string}` };

const escalated = judging<AlertFact<'alert.escalated'>, AlertContext, AlertLived>(
  ({ fact, event, before }) => {
    const { severity, at } = event.type === 'WORSEN' ? event : before;
    const waitMs = severity === 'info' ? 0 : before.responseMs[severity];
    const dueAt = check('the time for an answer ended at, ms', at + waitMs, fact.at);
    const name = textOf(fact.key);
    // One that has become so grave waits for nobody, whoever had acknowledged it before.
    if (event.type === 'WORSEN') {
      return { text: `${name} is ${severity} now: everybody is told at once`, checks: [dueAt] };
    }
    return {
      text: `nobody answered ${name} within ${waitMs / 1_000} s, by ${timeText(fact.at)}`,
      checks: [dueAt, check('acknowledged by', before.acknowledgedBy, null)],
    };
  },
);

const resolved = judging<AlertFact<'alert.resolved'>, AlertContext>(({ fact, event, before }) => ({
  text: `${textOf(fact.key)} is over`,
  checks: [
    check('told so', event.type, 'RESOLVE'),
    check('what it is about', before.key, fact.key),
  ],
}));

export const probeEvidence: { readonly [fact: string]: Judge } = {
  'probe.changed': probeChanged,
  'probe.anomaly': anomaly,
};

export const alertEvidence: { readonly [fact: string]: Judge } = {
  'alert.raised': raised,
  'alert.escalated': escalated,
  'alert.resolved': resolved,
};
