/** Why the safety manager changed its state, by its own policies applied to the evidence again. */
import { isConfirmed } from '../../machines/policies/emergency-confirmation.ts';
import { nextLevel, rankOf, safetyLevelOf } from '../../machines/policies/safety-level.ts';
import { resetRefusal } from '../../machines/policies/safety-reset.ts';
import { evidenceText, judgedAfter, latchOf, reportsAfter } from '../../machines/safety-setup.ts';
import type { SafetyContext, SafetyEmitted, SafetyEvent } from '../../machines/safety-types.ts';
import type { Judge } from './evidence.ts';
import { check, type Judged, judging as judgingDecided } from './judging.ts';

type Fact<T extends SafetyEmitted['type']> = Extract<SafetyEmitted, { type: T }>;

const judging = <T extends SafetyEmitted['type']>(
  judge: (fact: Fact<T>, event: SafetyEvent, before: SafetyContext) => Judged,
): Judge =>
  judgingDecided<Fact<T>, SafetyContext, SafetyEvent>(({ fact, event, before }) =>
    judge(fact, event, before),
  );

const changed = judging<'safety.changed'>((fact, event, before) => {
  const text = `${before.level} -> ${fact.to}: ${evidenceText(fact.evidence)}`;
  const isOrdered = event.type === 'EMERGENCY' || event.type === 'PLAN_STARTED';
  if (fact.to === 'emergency' && !isOrdered) {
    const reports = reportsAfter({ context: before, event });
    const { settings } = before;
    const confirmed = isConfirmed(reports, fact.at, settings);
    const counts = Object.entries(reports).map(([source, { count }]) => `${source} ${count}`);
    const rule = `${settings.confirmCount} by one source or ${settings.confirmSourceCount} sources`;
    return {
      text: `${text}; reports in a row: ${counts.join(', ')}; needed: ${rule}`,
      checks: [check('the reports are enough', confirmed, true)],
    };
  }
  if (event.type === 'HEALTH_SCORED' || event.type === 'HEALTH_SILENT') {
    const judged = judgedAfter({ context: before, event });
    const { level } = nextLevel(before, judged, event.at, before.settings.dwellMs);
    const isBetter = rankOf(level) < rankOf(before.level);
    const calmMs = event.at - (before.calm?.sinceMs ?? event.at);
    const { dwellMs } = before.settings;
    const dwelt = isBetter ? `; better for ${calmMs} ms, ${dwellMs} ms were needed` : '';
    const alone = event.type === 'HEALTH_SCORED' ? safetyLevelOf(event, before.settings) : judged;
    return {
      text: `${text}; by itself that is ${alone}${dwelt}`,
      checks: [check('level by the rules', level, fact.to)],
    };
  }
  return {
    text,
    checks:
      event.type === 'RESET' ? [check('level that health gives', before.judged, fact.to)] : [],
  };
});

const tradingHalted = judging<'safety.tradingHalted'>((fact, event) => ({
  text: `trading halted until a reset: ${fact.why}`,
  checks: [check('by a failed login', event.type, 'AUTHENTICATION_FAILED')],
}));

const reset = judging<'safety.reset'>((fact, event, before) => ({
  text: `${fact.by} reset '${fact.scope}': ${fact.why}; begun anew: ${fact.rebased.join(', ')}`,
  checks: [
    check(
      'refused',
      event.type === 'RESET' ? resetRefusal(latchOf(before), event.scope) : '',
      null,
    ),
  ],
}));

const resetRefused = judging<'safety.resetRefused'>((fact, event, before) => ({
  text: `reset by ${fact.by} refused: ${fact.refusal}`,
  checks: [
    check(
      'refused because',
      event.type === 'RESET' ? resetRefusal(latchOf(before), event.scope) : null,
      fact.refusal,
    ),
  ],
}));

export const safetyEvidence: { readonly [fact: string]: Judge } = {
  'safety.changed': changed,
  'safety.tradingHalted': tradingHalted,
  'safety.reset': reset,
  'safety.resetRefused': resetRefused,
};
