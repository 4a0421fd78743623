/** How the coordinator of SECR decides: which answer to a failure, what a verdict teaches. */
import type { PatchChanged, PatchInput, Proposal } from './patch-types.ts';
import { severityPerMs } from './policies/failure-pressure.ts';
import {
  noTotals,
  type PerformanceSample,
  type PerformanceTotals,
  totalsAfter,
} from './policies/outcome-score.ts';
import { type PatchLedger, refusalOf } from './policies/patch-admission.ts';
import {
  type Change,
  changeOf,
  type FailureKind,
  resolversFor,
} from './policies/resolver-matrix.ts';
import {
  chosenResolver,
  isDistrusted,
  rewardOf,
  type Trusts,
  trustOf,
  trustsAfter,
} from './policies/resolver-trust.ts';
import {
  type Envelopes,
  envelopeOf,
  type SettingValues,
  settingValues,
} from './policies/setting-envelope.ts';
import type { ActivePatch, SecrContext, SecrInput, TrainingRecord } from './secr-types.ts';

type Known = Pick<SecrContext, 'settings' | 'catalogue'>;

export const resolversOf = ({ catalogue, settings }: Known) => ({
  ...catalogue.resolvers,
  ...settings.resolvers,
});

export const envelopesOf = ({ catalogue, settings }: Known): Envelopes => ({
  ...catalogue.envelopes,
  ...settings.envelopes,
});

/** Settings as the coordinator sees them. */
export function seenSettings(settings: SecrInput['settings'], catalogue: SecrInput['catalogue']) {
  const { secr } = settings;
  return {
    settings: secr,
    values: settingValues(settings, envelopesOf({ settings: secr, catalogue })),
  };
}

export const activeOf = ({ active }: SecrContext): readonly ActivePatch[] => Object.values(active);

/** More crashes of one patch are not undone by trying again. */
const crashCountMax = 5;

/** Nobody is at work any more: people have to bring its settings back, or a reset. */
export const isGivenUp = ({ crashCount }: ActivePatch): boolean => crashCount > crashCountMax;

export const givenUpOf = (context: SecrContext): readonly ActivePatch[] =>
  activeOf(context).filter(isGivenUp);

/** Those that can be told something: XState lets nobody tell an actor that is not there. */
export const workingOf = (context: SecrContext): readonly ActivePatch[] =>
  activeOf(context).filter((patch) => !isGivenUp(patch));

/** What a reset brings back by itself, once every patch that still runs has ended. */
export const restorable = (context: SecrContext): SettingValues => ({
  ...Object.assign({}, ...givenUpOf(context).map(({ from }) => from)),
  ...context.origins,
});

/** What is in force for keys and patches. */
export function ledgerOf(context: SecrContext): PatchLedger {
  const { values, pins, coolingUntilMs, origins, begunAtMs } = context;
  const all = activeOf(context);
  const owners = all.flatMap(({ id, operations }) =>
    operations.map(({ path }) => [path, id] as const),
  );
  return {
    ...{ values, pins, coolingUntilMs, begunAtMs },
    envelopes: envelopesOf(context),
    owners: Object.fromEntries(owners),
    // A patch under way counts from where it found its settings.
    origins: { ...Object.assign({}, ...all.map(({ from }) => from)), ...origins },
    activeCount: all.length,
  };
}

export type Answer =
  | {
      readonly resolver: string;
      readonly change: Change;
      readonly doubt: string | null;
      /** Trust by resolver, of all that could have answered. */
      readonly candidates: Readonly<Record<string, number>>;
    }
  | { readonly why: string };

/** Which patch answers a failure, if any. */
export function answerTo(
  context: SecrContext,
  kind: FailureKind & { readonly target: string | null },
  at: number,
): Answer {
  const { settings, values, seed, patchCount } = context;
  if (!settings.enabled) return { why: 'SECR is not enabled' };
  const busy = activeOf(context).find(({ subgroup }) => subgroup === kind.subgroup);
  if (busy) return { why: `patch ${busy.id} is under way for ${kind.subgroup}` };
  const [ledger, resolvers] = [ledgerOf(context), resolversOf(context)];
  const ground = { values, envelopes: ledger.envelopes, target: kind.target };
  const changes: Record<string, Change> = {};
  let refusal: string | undefined;
  for (const name of resolversFor(resolvers, kind)) {
    const change = changeOf(resolvers[name]!, ground);
    const why = change && refusalOf(ledger, change, at, settings.budget);
    if (change && why === undefined) changes[name] = change;
    else if (why !== undefined) refusal ??= `${name}: ${why}`;
  }
  const trusts = context.trusts[kind.subgroup] ?? {};
  const names = Object.keys(changes);
  const { learning } = settings;
  const resolver = chosenResolver(trusts, names, learning, { seed, number: patchCount });
  if (resolver === undefined) return { why: refusal ?? 'no resolver has anything to change' };
  const isBad = isDistrusted(trusts[resolver], learning);
  return {
    resolver,
    change: changes[resolver]!,
    doubt: isBad
      ? `${resolver} is trusted ${trustOf(trusts[resolver]).toFixed(3)}, below ${learning.trustMin}`
      : null,
    candidates: Object.fromEntries(names.map((name) => [name, trustOf(trusts[name])])),
  };
}

/**
 * What a patch is started with.
 *
 * @param pressure of its failure before it was answered, in severities.
 */
export function patchInput(
  context: SecrContext,
  { id, proposal, doubt, at }: Pick<PatchInput, 'id' | 'proposal' | 'doubt' | 'at'>,
  pressure: number,
): PatchInput {
  const { paths, settings, samples } = context;
  const all = envelopesOf(context);
  const keys = proposal.operations.map(({ path }) => path);
  return {
    ...{ id, at, proposal, doubt, crash: null },
    paths: { secr: paths.secr, alerts: paths.alerts },
    envelopes: Object.fromEntries(keys.map((key) => [key, envelopeOf(all, key)!])),
    settings: { patch: settings.patch, score: settings.score },
    baseline: {
      totals: samples.reduce(totalsAfter, noTotals),
      severityPerMs: severityPerMs(pressure, settings.halfLifeMs),
    },
  };
}

export function activePatch(
  context: SecrContext,
  input: PatchInput,
  failure: { readonly severity: number; readonly pressure: number },
): ActivePatch {
  const { resolver, group, subgroup, failureKey, operations, from }: Proposal = input.proposal;
  return {
    ...{ id: input.id, state: 'proposed', resolver, group, subgroup, failureKey, operations, from },
    ...{ ...failure, actor: input.id, crashCount: 0 },
    before: context.samples.reduce(totalsAfter, noTotals),
    proposedAtMs: input.at,
  };
}

/** What rolls a patch back whose actor has crashed. */
export function undoInput(
  context: SecrContext,
  { id, resolver, group, subgroup, failureKey, operations, from }: ActivePatch,
  why: string,
): PatchInput {
  const by = 'secr';
  const proposal = { resolver, group, subgroup, failureKey, operations, from, by, why };
  const crash = `its actor crashed: ${why}`;
  return { ...patchInput(context, { id, at: context.at, proposal, doubt: null }, 0), crash };
}

const meansOf = (totals: PerformanceTotals): PerformanceSample | null => {
  const { count, profitDelta, latencyMs, errorRatio, stabilityScore } = totals;
  if (count === 0) return null;
  return {
    profitDelta: profitDelta / count,
    latencyMs: latencyMs / count,
    errorRatio: errorRatio / count,
    stabilityScore: stabilityScore / count,
  };
};

export type PatchEnd = PatchChanged & { readonly state: TrainingRecord['verdict'] };

export const isEnd = (event: PatchChanged): event is PatchEnd =>
  event.state === 'kept' || event.state === 'rolledBack' || event.state === 'rejected';

/** What a verdict is worth; null when it says nothing about the resolver. */
function rewardFor({ isWithdrawn, fault, outcome }: PatchEnd, context: SecrContext) {
  if (isWithdrawn) return null;
  if (fault !== null) return 0;
  const score = outcome?.score ?? null;
  return score === null ? null : rewardOf(score, context.settings.learning);
}

/** A patch that has ended, as training data. */
export function recordOf(context: SecrContext, patch: ActivePatch, end: PatchEnd): TrainingRecord {
  const { id, failureKey, group, subgroup, severity, pressure, resolver } = patch;
  return {
    ...{ id, at: end.at, durationMs: end.at - patch.proposedAtMs, failureKey, group, subgroup },
    ...{ severity, pressure, resolver, operations: patch.operations, from: patch.from },
    before: meansOf(patch.before),
    after: meansOf(end.after),
    outcome: end.outcome,
    verdict: end.state,
    reward: rewardFor(end, context),
  };
}

export const trustIn = (trusts: SecrContext['trusts'], subgroup: string, resolver: string) =>
  trustOf((trusts[subgroup] as Trusts | undefined)?.[resolver]);

/** A patch begins: it owns its settings, and counts in the budget. */
export function begun(
  context: SecrContext,
  input: PatchInput,
  failure: { readonly severity: number; readonly pressure: number },
): Partial<SecrContext> {
  const { budget } = context.settings;
  return {
    active: { ...context.active, [input.id]: activePatch(context, input, failure) },
    begunAtMs: [...context.begunAtMs, input.at].slice(-budget.changeCountMax),
  };
}

/** A patch has ended: its settings are free, and cool down; what it taught is learned. */
export function ended(
  context: SecrContext,
  record: TrainingRecord,
): Pick<SecrContext, 'active' | 'coolingUntilMs' | 'origins' | 'trusts' | 'records'> {
  const { settings, trusts, origins } = context;
  const { [record.id]: _, ...active } = context.active;
  const { subgroup, resolver, reward, from, at } = record;
  const until = at + settings.patch.cooldownMs;
  const cooling = Object.keys(from).map((key) => [key, until]);
  const known = trusts[subgroup] ?? {};
  return {
    active,
    coolingUntilMs: { ...context.coolingUntilMs, ...Object.fromEntries(cooling) },
    origins: record.verdict === 'kept' ? { ...from, ...origins } : origins,
    trusts:
      reward === null
        ? trusts
        : { ...trusts, [subgroup]: trustsAfter(known, resolver, reward, settings.learning) },
    records: [...context.records, record].slice(-settings.trainingCount),
  };
}
