/** What the coordinator of SECR makes of settings, reports, proposals and its threshold. */
import type { ChangeRequest } from './patch-types.ts';
import { totalPressure } from './policies/failure-pressure.ts';
import { targetOf, thresholdAfter } from './policies/icap-threshold.ts';
import { refusalOf } from './policies/patch-admission.ts';
import { isGivenUp, ledgerOf, restorable, type seenSettings, workingOf } from './secr-answers.ts';
import type { FailureReported, PatchProposed, SecrContext } from './secr-types.ts';

/** Why a report is none; undefined when it is one. */
export function flawOfReport(
  { catalogue: { taxonomy } }: SecrContext,
  { group, subgroup, severity }: FailureReported,
): string | undefined {
  if (!Object.hasOwn(taxonomy, group)) return `there is no group ${JSON.stringify(group)}`;
  if (!taxonomy[group]!.includes(subgroup)) {
    return `${group} has no subgroup ${JSON.stringify(subgroup)}`;
  }
  const isSeverity = typeof severity === 'number' && severity >= 0 && severity <= 1;
  return isSeverity ? undefined : `severity must be from 0 to 1, got ${severity}`;
}

/** Why a proposal cannot begin; undefined when it can. */
export function flawOfProposal(context: SecrContext, event: PatchProposed): string | undefined {
  const flaw = flawOfReport(context, { ...event, type: 'FAILURE_REPORTED', severity: 0 });
  if (event.number <= context.proposalCount) return `h-${event.number} was proposed already`;
  return flaw ?? refusalOf(ledgerOf(context), event, event.at, context.settings.budget);
}

/**
 * After a change of settings: what is known of them, and the patches whose settings somebody else
 * has changed, by their actors. A setting that somebody else has changed begins anew from there.
 */
export function afterSettings(
  context: SecrContext,
  seen: ReturnType<typeof seenSettings>,
  by: string,
): {
  readonly changed: Partial<SecrContext>;
  readonly overridden: readonly { readonly actor: string; readonly keys: readonly string[] }[];
} {
  const { values, origins, coolingUntilMs } = context;
  const keys = new Set([...Object.keys(values), ...Object.keys(seen.values)]);
  const others = by === 'secr' ? [] : [...keys].filter((key) => seen.values[key] !== values[key]);
  const kept = Object.entries(origins).filter(([key]) => !others.includes(key));
  // A key that is no setting any more needs no memory.
  const cooling = Object.entries(coolingUntilMs).filter(([key]) => seen.values[key] !== undefined);
  // What others set is not brought back where nobody is at work who could be told.
  const active = Object.entries(context.active).map(([id, patch]) => {
    const from = Object.entries(patch.from).filter(([key]) => !others.includes(key));
    return [id, isGivenUp(patch) ? { ...patch, from: Object.fromEntries(from) } : patch];
  });
  const overridden = workingOf(context).map(({ actor, from }) => ({
    actor,
    keys: others.filter((key) => Object.hasOwn(from, key)),
  }));
  return {
    changed: {
      settings: seen.settings,
      values: seen.values,
      active: Object.fromEntries(active),
      origins: Object.fromEntries(kept),
      coolingUntilMs: Object.fromEntries(cooling),
    },
    overridden: overridden.filter((patch) => patch.keys.length > 0),
  };
}

/** The pressure of all ENTROPY failures now. */
export function entropyPressure(context: SecrContext): number {
  const { catalogue, pressures, at, settings } = context;
  return totalPressure(pressures, catalogue.taxonomy['ENTROPY'] ?? [], at, settings.halfLifeMs);
}

/** The threshold after everything that is known, and what there is to say of its move. */
export function movedThreshold({ threshold, settings, at, ...known }: SecrContext) {
  const pressure = entropyPressure({ threshold, settings, at, ...known });
  const moved = thresholdAfter(threshold, pressure, at, settings.threshold);
  const target = targetOf(threshold, pressure, settings.threshold);
  return {
    threshold: moved,
    fact: { at, from: threshold.value, to: moved.value, target, pressure },
  };
}

/** Every setting that patches have changed, back to what it was. */
export const restoreInput = ({ context }: { readonly context: SecrContext }): ChangeRequest => {
  const { values, resetBy } = context;
  const origins = restorable(context);
  const keys = Object.keys(origins).sort();
  return {
    id: 'reset',
    operations: keys.map((path) => ({ op: 'replace', path, value: origins[path]! })),
    expected: Object.fromEntries(keys.map((key) => [key, [values[key] ?? origins[key]!]])),
    scope: 'own',
    why: `reset by ${resetBy?.by ?? ''}: ${resetBy?.why ?? ''}`,
  };
};
