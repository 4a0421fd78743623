/**
 * Why a recovery took its order, gave a component up, failed as a whole, or ended as it did: the
 * evidence in words, and the rules of `machines/policies` applied to it once more.
 */
import { failureOf } from '../../machines/policies/recovery-loss.ts';
import { graphOf, problemText } from '../../machines/policies/recovery-plan.ts';
import type { RecoveryContext, RecoveryEmitted, RecoveryEvent } from '../../machines/recovery.ts';
import { progressAfter, progressAtEnd, reportFor } from '../../machines/recovery-decisions.ts';
import type { Judge } from './evidence.ts';
import { check, type Judged } from './judging.ts';
import { textOf } from './values.ts';

type Fact<T extends RecoveryEmitted['type']> = Extract<RecoveryEmitted, { type: T }>;

interface Known<T extends RecoveryEmitted['type']> {
  readonly fact: Fact<T>;
  /** Undefined while the chart starts. */
  readonly event: RecoveryEvent | undefined;
  readonly before: RecoveryContext | undefined;
  readonly after: RecoveryContext;
}

const judging =
  <T extends RecoveryEmitted['type']>(judge: (known: Known<T>) => Judged | undefined): Judge =>
  (decision) =>
    judge(decision as never);

const graphAgain = ({ plan, settings }: RecoveryContext) =>
  graphOf(plan.components, settings.objectives);

const planned = judging<'recovery.planned'>(({ fact, after }) => {
  const again = graphAgain(after);
  const order = 'graph' in again ? again.graph.components.map(({ id }) => id) : [];
  const waiting = after.plan.components.filter(({ dependsOn }) => dependsOn.length > 0).length;
  return {
    text:
      `${fact.order.length} components, ${waiting} of which wait for others, ` +
      `${fact.parallelCountMax} at a time: ${fact.order.join(', ')}`,
    checks: [
      check('order by dependencies and urgency', order, fact.order),
      check('deadline', after.beganAtMs + after.plan.deadlineMs, fact.deadlineAtMs),
    ],
  };
});

const refused = judging<'recovery.refused'>(({ fact, after }) => {
  const again = graphAgain(after);
  const problem = 'problem' in again ? again.problem : null;
  return {
    text: `refused: ${problemText(fact.problem)}`,
    checks: [check('what is wrong with the plan', problem, fact.problem)],
  };
});

/** What had come of the component when nothing else was known than before, and the event. */
const progressed = judging<'recovery.progressed'>(({ fact, event, before, after }) => {
  const place = after.graph.components.findIndex(({ id }) => id === fact.component);
  const { attemptCountMax } = after.graph.components[place]!;
  if (!event || !before || (fact.to !== 'failed' && fact.to !== 'pausing')) return undefined;
  const progress =
    event.type === 'DEADLINE_PASSED'
      ? progressAtEnd(before, fact.why ?? '')
      : progressAfter({ context: before, event });
  const again = progress.parts[place]!;
  // Whoever was given up because another one failed is told of by that decision.
  if (again.status === before.progress.parts[place]!.status) return undefined;
  const next = fact.to === 'pausing' ? 'it is tried again' : 'it is given up';
  return {
    text:
      `${fact.component}, attempt ${fact.attempt} of ${attemptCountMax}, ` +
      `${textOf(fact.why)}: ${next}`,
    checks: [
      check('status by the rules', again.status, fact.to),
      check('reason', again.why, fact.why),
    ],
  };
});

const doomed = judging<'recovery.doomed'>(({ fact, event, before }) => {
  if (!event || !before) return undefined;
  const { component, why, without } = fact;
  if (event.type === 'CANCEL') {
    const text = `ended by ${event.by}: ${textOf(event.why)}`;
    return { text, checks: [check('by an operator', null, component)] };
  }
  const isOver = event.type === 'DEADLINE_PASSED';
  const progress = isOver ? progressAtEnd(before, why) : progressAfter({ context: before, event });
  const again = before.failure ?? failureOf(before.graph, progress);
  return {
    text:
      `${component} is not there (${textOf(why)}), and the system cannot do without ` +
      `${without.join(', ')}: no reduced mode is declared`,
    checks: [check('what the system cannot do without', again, { component, why, without })],
  };
});

const ended = judging<'recovery.ended'>(({ fact, after }) => {
  const {
    type: _type,
    at: _at,
    id: _id,
    path: _path,
    ...told
  } = fact as typeof fact & {
    readonly path?: string;
  };
  const { outcome, components, inTimeCount, validatedCount, endedAtMs, outageAtMs } = fact;
  const missing = components.filter(({ status }) => status !== 'validated').map(({ id }) => id);
  const stale = components.filter(({ isDataFresh }) => isDataFresh === false).map(({ id }) => id);
  const parts = [
    `${validatedCount} of ${components.length} components are there, ${inTimeCount} in time`,
    `${(endedAtMs - outageAtMs) / 1_000} s after the outage`,
    ...(missing.length > 0 ? [`missing: ${missing.join(', ')}`] : []),
    ...(stale.length > 0 ? [`data too old or unknown: ${stale.join(', ')}`] : []),
  ];
  return {
    text: `${outcome}: ${parts.join('; ')}`,
    checks: [check('report', reportFor(after), told)],
  };
});

export const recoveryEvidence = {
  'recovery.planned': planned,
  'recovery.refused': refused,
  'recovery.progressed': progressed,
  'recovery.doomed': doomed,
  'recovery.ended': ended,
};
