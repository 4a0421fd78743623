/** What the coordinator of SECR makes of settings, reports, proposals and its threshold. */
import type { ChangeRequest } from './patch-types.ts';
import { targetOf, thresholdAfter } from './policies/adaptive-threshold.ts';
import { totalPressure } from './policies/failure-pressure.ts';
import { refusalOf } from './policies/patch-admission.ts';
import { activeOf, ledgerOf, type seenSettings } from './secr-answers.ts';
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

/** A value that the owner of a key has given it, or is on its way to. */
function isOwn(context: SecrContext, key: string, value: number): boolean {
  const owner = activeOf(context).find(({ from }) => Object.hasOwn(from, key));
  const aim = owner?.operations.find(({ path }) => path === key)?.value;
  if (owner === undefined || aim === undefined) return false;
  const from = owner.from[key]!;
  return value >= Math.min(from, aim) && value <= Math.max(from, aim);
}

/**
 * After a change of settings: what is known of them, and the actors of patches whose settings somebody else
 * has changed. A setting that somebody else has changed begins anew from there.
 */
export function afterSettings(
  context: SecrContext,
  seen: ReturnType<typeof seenSettings>,
): { readonly changed: Partial<SecrContext>; readonly overridden: readonly string[] } {
  const { values, origins, coolingUntilMs } = context;
  const keys = new Set([...Object.keys(values), ...Object.keys(seen.values)]);
  const others = [...keys].filter((key) => {
    const value = seen.values[key];
    return value !== values[key] && !(value !== undefined && isOwn(context, key, value));
  });
  const without = (record: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(record).filter(([key]) => !others.includes(key)));
  const patches = activeOf(context).filter(({ from }) =>
    others.some((key) => Object.hasOwn(from, key)),
  );
  // A key that is no setting any more needs no memory.
  const gone = Object.keys(coolingUntilMs).filter((key) => seen.values[key] === undefined);
  const cooling = Object.entries(coolingUntilMs).filter(([key]) => !gone.includes(key));
  return {
    changed: {
      settings: seen.settings,
      values: seen.values,
      origins: others.length > 0 ? without(origins) : origins,
      coolingUntilMs: gone.length > 0 ? Object.fromEntries(cooling) : coolingUntilMs,
    },
    overridden: patches.map(({ actor }) => actor),
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
  const { origins, values, resetBy } = context;
  const keys = Object.keys(origins).sort();
  return {
    id: 'reset',
    operations: keys.map((path) => ({ op: 'replace', path, value: origins[path]! })),
    expected: Object.fromEntries(keys.map((key) => [key, [values[key] ?? origins[key]!]])),
    scope: 'own',
    why: `reset by ${resetBy?.by ?? ''}: ${resetBy?.why ?? ''}`,
  };
};
