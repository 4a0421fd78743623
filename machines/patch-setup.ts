/** Guards and actions of the patch's chart: what it judges by, what it asks for, what it says. */
import { assign, emit, enqueueActions, setup } from 'xstate';
import { canaryOf } from './patch-requests.ts';
import type {
  ChangeOutcome,
  ChangeRequest,
  KeysRequest,
  OperationsRequest,
  PatchChanged,
  PatchContext,
  PatchEmitted,
  PatchEvent,
  PatchInput,
  PatchState,
  Rehearsal,
  RehearsalOutcome,
  SettingsSnapshot,
  Validation,
} from './patch-types.ts';
import {
  earlyScore,
  isHarmful,
  isKept,
  noTotals,
  type OutcomeEvidence,
  outcomeScore,
  totalsAfter,
} from './policies/outcome-score.ts';
import { port } from './port.ts';
import { tell } from './tell.ts';

// Decisions

type Told<T> = { readonly output?: T; readonly error?: unknown };

/** XState types an event by the events of the chart; the end of a port is none of those. */
const outputOf = <T>(event: unknown): T | undefined => (event as Told<T>).output;

const errorOf = (event: unknown): string => {
  const { error } = event as Told<never>;
  return error instanceof Error ? error.message : 'it was interrupted';
};

/** How long the stage that is judged lasts, ms. */
export const stageMs = ({ inForce, settings: { patch } }: PatchContext): number =>
  inForce === 'canary' ? patch.canaryMs : patch.observationMs;

/** The stage as evidence: what it saw, against what it would have seen. */
export function evidenceOf(context: PatchContext): OutcomeEvidence {
  const { baseline, after, seenSeverity } = context;
  const expectedSeverity = baseline.severityPerMs * stageMs(context);
  return { before: baseline.totals, after, expectedSeverity, seenSeverity };
}

function rehearsalOf(event: unknown): Rehearsal {
  const told = outputOf<RehearsalOutcome>(event);
  if (told) return told.rehearsal;
  const text = 'error' in (event as object) ? errorOf(event) : 'it took too long';
  return { kind: 'notEvaluable', text };
}

const isSame = (context: PatchContext, { values }: SettingsSnapshot): boolean =>
  Object.entries(context.proposal.from).every(([key, value]) => values[key] === value);

// Implementations

type StateParams = { readonly state: PatchState };
type Plain = 'patch.validated' | 'patch.rejected' | 'patch.quarantined';

const factOf = ({ at, id, proposal, reason }: PatchContext) => ({
  ...{ at, id, resolver: proposal.resolver, subgroup: proposal.subgroup, why: reason },
});

const textOf = (value: number | null): string => (value === null ? '-' : value.toFixed(3));

/** The composite score and its parts, in words. */
function scoreText({ outcome, settings }: PatchContext): string {
  if (outcome === null) return 'nothing was observed';
  const { score, profit, latency, errors, stability, recurrence } = outcome;
  if (score === null) return 'no evidence that it helped';
  return (
    `composite score ${textOf(score)}, kept from ${settings.score.keepScoreMin} (profit ` +
    `${textOf(profit)}, latency ${textOf(latency)}, errors ${textOf(errors)}, stability ` +
    `${textOf(stability)}, recurrence ${textOf(recurrence)})`
  );
}

const alertKey = ({ id }: PatchContext): string => `secr.patch.${id}`;

export const patchSetup = setup({
  actors: {
    validate: port<Validation, OperationsRequest>('validate'),
    rehearse: port<RehearsalOutcome, OperationsRequest>('rehearse'),
    snapshot: port<SettingsSnapshot, KeysRequest>('snapshot'),
    changeSettings: port<ChangeOutcome, ChangeRequest>('changeSettings'),
  },
  types: {
    input: {} as PatchInput,
    context: {} as PatchContext,
    events: {} as PatchEvent,
    emitted: {} as PatchEmitted,
    tags: {} as 'waiting' | 'applied' | 'ended',
  },
  guards: {
    hasCrashed: ({ context }) => context.crash !== null,
    isDoubted: ({ context }) => context.doubt !== null,
    isValid: ({ event }) => outputOf<Validation>(event)?.issues.length === 0,
    isWorse: ({ event }) => {
      const rehearsal = rehearsalOf(event);
      return rehearsal.kind === 'evaluated' && rehearsal.isWorse;
    },
    isUnchanged: ({ context, event }) => {
      const snapshot = outputOf<SettingsSnapshot>(event);
      return snapshot !== undefined && isSame(context, snapshot);
    },
    isDone: ({ event }) => outputOf<ChangeOutcome>(event)?.isDone === true,
    mayTryAgain: ({ context }) => context.tryCount < context.settings.patch.tryCountMax,
    isHarmful: ({ context }) => isHarmful(evidenceOf(context), context.settings.score),
    isKept: ({ context }) =>
      context.outcome !== null && isKept(context.outcome, context.settings.score),
  },
  actions: {
    noteTime: assign(({ context, event }) => {
      const told = outputOf<{ readonly at: number }>(event)?.at;
      const at = told ?? ('at' in event ? event.at : context.at);
      return { at: Math.max(context.at, at) };
    }),
    beginStep: assign({ tryCount: 0 }),
    countTry: assign({ tryCount: ({ context }) => context.tryCount + 1 }),
    beginStage: assign(({ context }, { inForce }: { inForce: PatchContext['inForce'] }) => ({
      ...{ sinceMs: context.at, inForce, after: noTotals, seenSeverity: 0 },
    })),
    noteStageEnd: assign(({ context }) => ({
      at: Math.max(context.at, context.sinceMs + stageMs(context)),
    })),
    noteValid: assign({ isValid: true, reason: 'schemas and rules allow it' }),
    noteIssues: assign(({ event }) => {
      const issues = outputOf<Validation>(event)?.issues;
      return issues
        ? { fault: 'invalid' as const, reason: issues.join('; ') }
        : { reason: errorOf(event) };
    }),
    noteRehearsal: assign(({ event }) => {
      const rehearsal = rehearsalOf(event);
      const isWorse = rehearsal.kind === 'evaluated' && rehearsal.isWorse;
      return { rehearsal, reason: rehearsal.text, fault: isWorse ? ('worse' as const) : null };
    }),
    noteSnapshot: assign(({ context, event }) => {
      const told = outputOf<SettingsSnapshot>(event);
      if (!told) return {};
      const { hash, values } = told;
      return { snapshot: { hash, values }, canary: canaryOf(context) };
    }),
    noteOutdated: assign(({ event }) => ({
      reason: outputOf(event) ? 'its settings were changed meanwhile' : errorOf(event),
    })),
    noteChange: assign(({ context, event }) => {
      const told = outputOf<ChangeOutcome>(event);
      if (!told) return { reason: errorOf(event) };
      const { hash, why } = told;
      const overridden = [...new Set([...context.overridden, ...told.overridden])];
      return { hash, overridden, reason: why ?? context.reason };
    }),
    /** Why it is rolled back stays the reason. */
    noteRestored: assign(({ context, event }) => {
      const told = outputOf<ChangeOutcome>(event);
      if (!told) return {};
      const overridden = [...new Set([...context.overridden, ...told.overridden])];
      return { hash: told.hash, overridden, inForce: 'nothing' as const };
    }),
    noteRetry: assign(({ context }) => ({ at: context.at + context.settings.patch.retryMs })),
    noteSample: assign(({ context, event }) =>
      event.type === 'PERFORMED' ? { after: totalsAfter(context.after, event) } : {},
    ),
    noteFailure: assign(({ context, event }) =>
      event.type === 'FAILED_AGAIN' ? { seenSeverity: context.seenSeverity + event.severity } : {},
    ),
    judge: assign(({ context }, { isEarly }: { isEarly: boolean }) => {
      const judged = isEarly ? earlyScore : outcomeScore;
      const outcome = judged(evidenceOf(context), context.settings.score);
      return { outcome, reason: scoreText({ ...context, outcome }) };
    }),
    noteOrder: assign(({ context, event }) => {
      if (event.type !== 'APPROVE' && event.type !== 'REJECT' && event.type !== 'WITHDRAW') {
        return {};
      }
      const keys = event.type === 'WITHDRAW' ? (event.keys ?? []) : [];
      return {
        reason: `${event.by}: ${event.why}`,
        isWithdrawn: event.type !== 'APPROVE',
        overridden: [...new Set([...context.overridden, ...keys])],
      };
    }),
    noteOverridden: assign(({ context, event }) => {
      const keys = event.type === 'WITHDRAW' ? (event.keys ?? []) : [];
      return { overridden: [...new Set([...context.overridden, ...keys])] };
    }),
    noteUnapproved: assign(({ context }) => ({
      at: context.at + context.settings.patch.approvalMs,
      reason: 'nobody approved it in time',
      isWithdrawn: true,
    })),
    noteDoubt: assign(({ context }) => ({ reason: context.doubt ?? context.reason })),
    tellState: enqueueActions(({ context, enqueue, system }, { state }: StateParams) => {
      const { at, id, reason: why, outcome, after, fault, isWithdrawn } = context;
      const told: PatchChanged = {
        ...{ type: 'PATCH_CHANGED', at, id, state, why, outcome, after, fault, isWithdrawn },
      };
      tell({ enqueue, system }, [context.paths.secr], told);
    }),
    raiseAlert: enqueueActions(
      ({ context, enqueue, system }, { severity }: { severity: 'warning' | 'critical' }) => {
        const { at, id, reason, paths, proposal } = context;
        const text =
          severity === 'critical'
            ? `Patch ${id} could not be rolled back: ${reason}`
            : `Patch ${id} (${proposal.resolver}) waits for approval: ${reason}`;
        const alert = {
          type: 'RAISE',
          at,
          key: alertKey(context),
          severity,
          text,
          path: paths.secr,
        };
        tell({ enqueue, system }, [paths.alerts], alert);
      },
    ),
    resolveAlert: enqueueActions(({ context, enqueue, system }) => {
      const event = { type: 'RESOLVE', at: context.at, key: alertKey(context) };
      tell({ enqueue, system }, [context.paths.alerts], event);
    }),
    announceProposed: emit(({ context }) => {
      const { failureKey, by, operations, from } = context.proposal;
      return {
        type: 'patch.proposed' as const,
        ...factOf(context),
        failureKey,
        by,
        operations,
        from,
      };
    }),
    announce: emit(({ context }, { type }: { type: Plain }) => ({ type, ...factOf(context) })),
    announceRehearsed: emit(({ context }) => ({
      type: 'patch.rehearsed' as const,
      ...factOf(context),
      rehearsal: context.rehearsal ?? { kind: 'notEvaluable' as const, text: '' },
    })),
    announceSnapshotted: emit(({ context }) => ({
      type: 'patch.snapshotted' as const,
      ...factOf(context),
      hash: context.snapshot?.hash ?? '',
    })),
    announceChanged: emit(
      ({ context }, { type }: { type: 'patch.canaryStarted' | 'patch.applied' }) => ({
        ...{ type, ...factOf(context), hash: context.hash ?? '' },
        operations: type === 'patch.applied' ? context.proposal.operations : context.canary,
      }),
    ),
    announceJudged: emit(({ context }) => {
      const { settings, outcome } = context;
      const { keepScoreMin, abortScoreMax } = settings.score;
      const judged = outcome ?? outcomeScore(evidenceOf(context), settings.score);
      const isGood = isKept(judged, settings.score);
      return {
        ...{ type: 'patch.judged' as const, ...factOf(context), isKept: isGood, outcome: judged },
        ...{ keepScoreMin, abortScoreMax },
      };
    }),
    announceKept: emit(({ context }) => ({
      ...{ type: 'patch.kept' as const, ...factOf(context), hash: context.hash ?? '' },
    })),
    announceRolledBack: emit(({ context }) => ({
      ...{ type: 'patch.rolledBack' as const, ...factOf(context), hash: context.hash ?? '' },
      hashBefore: context.snapshot?.hash ?? '',
      overridden: context.overridden,
    })),
  },
  delays: {
    rehearsal: ({ context }) => context.settings.patch.rehearsalMs,
    canary: ({ context }) => context.settings.patch.canaryMs,
    observation: ({ context }) => context.settings.patch.observationMs,
    approval: ({ context }) => context.settings.patch.approvalMs,
    retry: ({ context }) => context.settings.patch.retryMs,
  },
});
