/**
 * Why SECR answered a failure as it did, why a patch was kept or rolled back, and what that taught:
 * the evidence in words, and the rules of `machines/policies` applied to it once more.
 */

import type { PatchContext, PatchEmitted } from '../../machines/patch.ts';
import { evidenceOf } from '../../machines/patch-setup.ts';
import { pressureAfter, pressureAt } from '../../machines/policies/failure-pressure.ts';
import { type SeverityScale, severityOf } from '../../machines/policies/failure-severity.ts';
import { targetOf } from '../../machines/policies/icap-threshold.ts';
import { earlyScore, isKept, outcomeScore } from '../../machines/policies/outcome-score.ts';
import { trustOf, trustsAfter } from '../../machines/policies/resolver-trust.ts';
import type { FailureReported, SecrContext, SecrEmitted } from '../../machines/secr.ts';
import { answerTo } from '../../machines/secr-answers.ts';
import { entropyPressure } from '../../machines/secr-decisions.ts';
import type { Check } from './evidence.ts';
import { check, judging } from './judging.ts';
import { textOf } from './values.ts';

type SecrFact<T extends SecrEmitted['type']> = Extract<SecrEmitted, { readonly type: T }>;
type PatchFact<T extends PatchEmitted['type']> = Extract<PatchEmitted, { readonly type: T }>;

const share = (value: number | null): string => (value === null ? 'none' : value.toFixed(3));

/** What the paper host tells with a failure: a measure beyond its limit, and how often. */
interface Told {
  readonly measure: SeverityScale & { readonly what: string; readonly value: number };
  readonly count?: number;
}

function toldIn(context: unknown): Told | undefined {
  const measure = (context as Partial<Told> | null | undefined)?.measure;
  if (typeof measure !== 'object' || measure === null) return undefined;
  const numbers = [measure.value, measure.limit, measure.worst];
  return numbers.every(Number.isFinite) ? (context as Told) : undefined;
}

function measureText(context: unknown): string {
  const { measure } = toldIn(context) ?? {};
  if (!measure) return '';
  const { what, value, limit, worst } = measure;
  return `; ${what} ${value}, a failure from ${limit}, worst at ${worst}`;
}

/** Severities of several failures add up, or the worst of them counts. */
function measureChecks(context: unknown, severity: number): readonly Check[] {
  const told = toldIn(context);
  if (!told) return [];
  const alone = severityOf(told.measure.value, told.measure);
  if ((told.count ?? 1) === 1) return [check('severity by the measure', alone, severity)];
  return [check('severity at least that of the measure', true, severity >= alone)];
}

const reported = judging<SecrFact<'secr.failureReported'>, SecrContext, FailureReported>(
  ({ fact, event, before }) => {
    const { halfLifeMs, actPressureMin } = before.settings;
    const known = before.pressures[fact.subgroup];
    return {
      text:
        `${fact.key} of severity ${fact.severity}: pressure ${share(fact.pressureBefore)} -> ` +
        `${share(fact.pressure)}, answered from ${actPressureMin}${measureText(event.context)}`,
      checks: [
        ...measureChecks(event.context, fact.severity),
        check('pressure before', pressureAt(known, event.at, halfLifeMs), fact.pressureBefore),
        check('pressure', pressureAfter(known, event, halfLifeMs).value, fact.pressure),
        check('half-life in the settings, ms', halfLifeMs, fact.halfLifeMs),
      ],
    };
  },
);

const answered = judging<SecrFact<'secr.answered'>, SecrContext, FailureReported>(
  ({ fact, event, before }) => {
    const { group, subgroup, target = null } = event;
    const again = answerTo(before, { group, subgroup, target }, event.at);
    const chosen = 'why' in again ? again.why : again.resolver;
    const rivals = Object.entries(fact.candidates).map(
      ([name, value]) => `${name} ${share(value)}`,
    );
    return {
      text:
        `patch ${fact.id} by ${fact.resolver}; it could have been (with trust): ` +
        rivals.join(', '),
      checks: [
        check('resolver by the matrix, admission and trust', chosen, fact.resolver),
        check('candidates', 'why' in again ? null : again.candidates, fact.candidates),
      ],
    };
  },
);

const unanswered = judging<SecrFact<'secr.unanswered'>, SecrContext, FailureReported>(
  ({ fact, event, before }) => {
    const { group, subgroup, target = null } = event;
    const again = answerTo(before, { group, subgroup, target }, event.at);
    const why = 'why' in again ? again.why : `${again.resolver} could have answered`;
    return { text: `no patch: ${fact.why}`, checks: [check('why not', why, fact.why)] };
  },
);

const resolved = judging<SecrFact<'secr.resolved'>, SecrContext>(({ fact, before, after }) => {
  const { resolver, subgroup, reward } = fact;
  const known = before.trusts[subgroup] ?? {};
  const learned =
    reward === null ? known : trustsAfter(known, resolver, reward, after.settings.learning);
  return {
    text:
      `patch ${fact.id} ${fact.verdict}: ${textOf(fact.why)}; reward ${share(reward)}, trust in ` +
      `${resolver} ${share(fact.trustBefore)} -> ${share(fact.trust)}`,
    checks: [
      check('trust before', trustOf(known[resolver]), fact.trustBefore),
      check('trust by the reward', trustOf(learned[resolver]), fact.trust),
    ],
  };
});

const moved = judging<SecrFact<'secr.thresholdChanged'>, SecrContext>(({ fact, after }) => {
  const pressure = entropyPressure(after);
  const { stepMax } = after.settings.threshold;
  return {
    text:
      `threshold ${share(fact.from)} -> ${share(fact.to)}, on its way to ${share(fact.target)} ` +
      `(ENTROPY pressure ${share(fact.pressure)})`,
    checks: [
      check('pressure', pressure, fact.pressure),
      check('target', targetOf(after.threshold, pressure, after.settings.threshold), fact.target),
      check(
        'no step is larger than stepMax',
        true,
        Math.abs(fact.to - fact.from) <= stepMax + 1e-9,
      ),
    ],
  };
});

const judged = judging<PatchFact<'patch.judged'>, PatchContext>(({ fact, event, after }) => {
  const { settings } = after;
  const evidence = evidenceOf(after);
  const isEnd = event.type.startsWith('xstate.after.');
  const again = (isEnd ? outcomeScore : earlyScore)(evidence, settings.score);
  const { expectedSeverity, seenSeverity } = evidence;
  const verdict = fact.isKept ? 'kept' : isEnd ? 'rolled back' : 'rolled back before its time';
  return {
    text:
      `${verdict}: ${fact.why}; ${evidence.after.count} samples against ` +
      `${evidence.before.count} before, failure of ${share(seenSeverity)} severities against ` +
      `${share(expectedSeverity)} expected`,
    checks: [
      check('composite score and its parts', again, fact.outcome),
      check('kept by the score', isKept(again, settings.score), fact.isKept),
      check('bound in the settings', settings.score.keepScoreMin, fact.keepScoreMin),
    ],
  };
});

const rehearsed = judging<PatchFact<'patch.rehearsed'>, PatchContext>(({ fact }) => ({
  text:
    fact.rehearsal.kind === 'evaluated'
      ? `the recent past under the patch: ${fact.rehearsal.text}`
      : `not evaluable: ${fact.rehearsal.text}; a smaller canary tries it`,
  checks: [],
}));

const rolledBack = judging<PatchFact<'patch.rolledBack'>, PatchContext>(({ fact }) => {
  const isSame = fact.hash === fact.hashBefore;
  const left = fact.overridden.length > 0 ? `, but ${fact.overridden.join(', ')}` : '';
  return {
    text: isSame
      ? 'all settings are what they were'
      : `its settings are what they were${left}; others were changed meanwhile`,
    checks: [],
  };
});

export const secrEvidence = {
  'secr.failureReported': reported,
  'secr.answered': answered,
  'secr.unanswered': unanswered,
  'secr.resolved': resolved,
  'secr.thresholdChanged': moved,
};

export const patchEvidence = {
  'patch.rehearsed': rehearsed,
  'patch.judged': judged,
  'patch.rolledBack': rolledBack,
};
