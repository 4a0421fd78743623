/**
 * Recovery: brings a system back in the order of its dependencies, and in time.
 *
 * States: `planning` -> `recovering` (start, restore, validate, each component after those that it
 * needs) -> `validating` (everything once more, together) -> `recovered`, or `reduced` when
 * something is missing that the system can do without. What failed is undone in `rollingBack`, the
 * last started first; a recovery that cannot succeed does so at once and ends in `failed`, as a
 * plan does that cannot be carried out. `held` by an operator: no new step begins, and the deadline
 * waits.
 *
 * Pure: reads no clock, keeps no random state, does no I/O. Steps are made by the port `step`.
 */
import { graphOf, problemText, type RecoveryGraph } from './policies/recovery-plan.ts';
import { newProgress } from './policies/recovery-progress.ts';
import { recoverySetup } from './recovery-setup.ts';
import type { RecoveryContext, RecoveryInput } from './recovery-types.ts';

export type {
  RecoveryContext,
  RecoveryEmitted,
  RecoveryEvent,
  RecoveryHold,
  RecoveryInput,
  RecoveryPlan,
  StepOutcome,
  StepRequest,
} from './recovery-types.ts';

const emptyGraph: RecoveryGraph = { components: [], dependents: [], needCounts: [] };

/** The settings of its beginning hold for the whole recovery. */
function contextOf({ plan, settings, seed, at, path, listeners }: RecoveryInput): RecoveryContext {
  const planned = graphOf(plan.components, settings.objectives);
  const graph = 'graph' in planned ? planned.graph : emptyGraph;
  const problem = 'problem' in planned ? planned.problem : null;
  return {
    plan,
    settings,
    seed,
    path: path ?? plan.id,
    listeners: listeners ?? [],
    graph,
    problem,
    progress: newProgress(graph),
    beganAtMs: at,
    atMs: at,
    deadlineAtMs: at + plan.deadlineMs,
    rollbackEndsAtMs: null,
    hold: null,
    heldMs: 0,
    isChecking: false,
    failure: problem && { component: null, why: problemText(problem), without: [] },
  };
}

// Machine

const goOn = ['noteOutcome', 'beginSteps'] as const;
const undo = ['noteOutcome', 'undoNext'] as const;
const rollBack = ['announceDoom', 'beginRollback'] as const;

/** While components are brought up or checked. */
const working = {
  'xstate.done.actor.*': { actions: goOn },
  'xstate.error.actor.*': { actions: goOn },
  STEP_TIMED_OUT: { actions: goOn },
  RETRY_DUE: { actions: ['endPause', 'beginSteps'] },
  DEADLINE_PASSED: { actions: 'endTime' },
  HOLD: { guard: 'isSigned', target: 'held', actions: 'beginHold' },
  CANCEL: { guard: 'isSigned', actions: 'noteCancel' },
} as const;

const goOnAfterHold = ['endHold', 'beginSteps'] as const;

export const recoveryMachine = recoverySetup.createMachine({
  id: 'recovery',
  description: 'Brings a system back in the order of its dependencies, and in time.',
  context: ({ input }) => contextOf(input),
  initial: 'planning',
  states: {
    planning: {
      always: [
        { guard: 'isRefused', target: 'failed', actions: 'announceRefusal' },
        { target: 'recovering', actions: ['announcePlan', 'beginSteps'] },
      ],
    },
    recovering: {
      tags: 'underWay',
      always: [
        { guard: 'isDoomed', target: 'rollingBack', actions: rollBack },
        { guard: 'isSettled', target: 'validating', actions: 'beginChecks' },
      ],
      on: working,
    },
    validating: {
      tags: 'underWay',
      always: [
        { guard: 'isDoomed', target: 'rollingBack', actions: rollBack },
        { guard: 'mustUndo', target: 'rollingBack', actions: 'beginRollback' },
        { guard: 'isReduced', target: 'reduced' },
        { guard: 'isSettled', target: 'recovered' },
      ],
      on: working,
    },
    // What runs comes to its end and is noted; nothing follows from it before the hold is over.
    // DEADLINE_PASSED is ignored: the deadline is set anew then.
    held: {
      tags: 'underWay',
      on: {
        'xstate.done.actor.*': { actions: 'noteOutcome' },
        'xstate.error.actor.*': { actions: 'noteOutcome' },
        STEP_TIMED_OUT: { actions: 'noteOutcome' },
        RETRY_DUE: { actions: 'endPause' },
        RESUME: [
          { guard: 'resumesChecks', target: 'validating', actions: goOnAfterHold },
          { guard: 'isSigned', target: 'recovering', actions: goOnAfterHold },
        ],
        HOLD_EXPIRED: [
          { guard: 'isChecking', target: 'validating', actions: goOnAfterHold },
          { target: 'recovering', actions: goOnAfterHold },
        ],
        CANCEL: { guard: 'isSigned', target: 'recovering', actions: 'noteCancel' },
      },
    },
    // Nobody holds this up: a system that is half there is worse than one that is not.
    rollingBack: {
      tags: 'underWay',
      always: [
        { guard: 'hasFailed', target: 'failed' },
        { guard: 'isUndone', target: 'reduced' },
      ],
      on: {
        'xstate.done.actor.*': { actions: undo },
        'xstate.error.actor.*': { actions: undo },
        STEP_TIMED_OUT: { actions: undo },
        ROLLBACK_TIME_OVER: { actions: 'endUndo' },
      },
    },
    recovered: { tags: 'ended', type: 'final', entry: 'announceEnd' },
    reduced: { tags: 'ended', type: 'final', entry: 'announceEnd' },
    failed: { tags: 'ended', type: 'final', entry: 'announceEnd' },
  },
});
