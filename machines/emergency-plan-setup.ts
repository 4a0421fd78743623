/** Guards and actions of the emergency plan's chart, which is in `emergency-plan.ts`. */
import { assign, emit, enqueueActions, setup } from 'xstate';
import type {
  EmergencyOutcome,
  EmergencyPlanContext,
  EmergencyPlanEmitted,
  EmergencyPlanEvent,
  EmergencyPlanInput,
  EmergencyStep,
  RemainingPosition,
  StepInput,
  StepOutcome,
} from './emergency-plan-types.ts';
import { port } from './port.ts';
import { ask, tell } from './tell.ts';

// Decisions

type Args = { readonly context: EmergencyPlanContext };
/** The trading mode keeps a reason for each source. */
const ownReason = 'emergencyPlan';

type Told = { readonly type: string };

/** Steps that can still be done when the broker does not say what there is. */
const steppedBlind: readonly EmergencyStep[] = ['cancelOrders', 'reducePosition'];

/** The end of a try; a limit that has elapsed, and a port that was cut off, are failures. */
function outcomeOf({ at, step, settings }: EmergencyPlanContext, event: Told): StepOutcome {
  const told = event as { output?: StepOutcome; error?: unknown };
  if (told.output !== undefined) return told.output;
  if (!('error' in told)) {
    const { timeoutMs } = settings[step];
    return { at: at + timeoutMs, isDone: false, why: `no outcome within ${timeoutMs} ms` };
  }
  const why = told.error instanceof Error ? told.error.message : 'interrupted';
  return { at, isDone: false, why };
}

const whyOf = (args: EmergencyPlanContext, event: Told): string =>
  outcomeOf(args, event).why ?? 'it does not say why';

function textOf(remaining: RemainingPosition | null): string {
  if (remaining === null) return 'stopped, remaining position unknown';
  const { quantity, isVerified } = remaining;
  if (isVerified)
    return quantity === 0 ? 'stopped, flat' : `stopped, remaining position ${quantity}`;
  return `stopped, remaining position ${quantity} as last known, not confirmed by the broker`;
}

const isFlat = ({ remaining }: EmergencyPlanContext): boolean =>
  remaining?.isVerified === true && remaining.quantity === 0;

export const emergencyOutcome = (context: EmergencyPlanContext): EmergencyOutcome => ({
  isFlat: isFlat(context),
  remaining: context.remaining,
  undone: context.undone,
  text: textOf(context.remaining),
});

export const inputOf =
  (step: EmergencyStep, how: StepInput['how']) =>
  ({ context }: Args): StepInput => ({
    planId: `e-${context.incarnation}.${context.planCount}`,
    step,
    tryNumber: context.tryCount,
    how,
    timeoutMs: context.settings[step].timeoutMs,
  });

// Implementations

export const planSetup = setup({
  actors: {
    cancelOrders: port<StepOutcome, StepInput>('cancelOrders'),
    reducePosition: port<StepOutcome, StepInput>('reducePosition'),
    flush: port<StepOutcome, StepInput>('flush'),
    stopTree: port<StepOutcome, StepInput>('stopTree'),
    startTree: port<StepOutcome, { readonly planId: string }>('startTree'),
  },
  types: {
    input: {} as EmergencyPlanInput,
    context: {} as EmergencyPlanContext,
    events: {} as EmergencyPlanEvent,
    emitted: {} as EmergencyPlanEmitted,
    tags: {} as 'acting' | 'stopped',
  },
  guards: {
    isDone: ({ context, event }) => outcomeOf(context, event).isDone,
    mayTryAgain: ({ context }) => context.tryCount <= context.settings[context.step].retryCount,
    hasFallback: ({ context }) => steppedBlind.includes(context.step),
    isFlat: ({ context }) => isFlat(context),
  },
  actions: {
    adoptSettings: assign(({ event }) =>
      event.type === 'SETTINGS_CHANGED' ? { settings: event.settings } : {},
    ),
    begin: assign(({ context, event }) =>
      event.type === 'START'
        ? {
            ...{ at: event.at, startedAtMs: event.at, by: event.by, why: event.why },
            planCount: context.planCount + 1,
            remaining: null,
            undone: [],
          }
        : {},
    ),
    // Under the same id: what was closed before is not closed again.
    beginAgain: assign(({ event }) =>
      event.type === 'START'
        ? { at: event.at, startedAtMs: event.at, by: event.by, why: event.why, undone: [] }
        : {},
    ),
    beginStep: assign((_, { step }: { step: EmergencyStep }) => ({
      ...{ step, tryCount: 0, failure: '' },
    })),
    countTry: assign({ tryCount: ({ context }) => context.tryCount + 1 }),
    noteOutcome: assign(({ context, event }) => {
      const { at, remaining, isDone, why } = outcomeOf(context, event);
      return {
        at: Math.max(context.at, at),
        failure: isDone ? '' : (why ?? ''),
        // A try that failed may have learned what is left, and a later one may know less.
        remaining: remaining ?? context.remaining,
      };
    }),
    noteUndone: assign({
      undone: ({ context, event }) => [
        ...context.undone,
        { step: context.step, why: whyOf(context, event) },
      ],
    }),
    stopNewRisk: enqueueActions(({ context: { paths, at, by, why }, enqueue, system }) => {
      const event = { type: 'REDUCE_ONLY', at, by: ownReason, why: `${by}: ${why}` };
      tell({ enqueue, system }, [paths.tradingMode], event);
    }),
    haltTrading: enqueueActions(({ context: { paths, at, by, why }, enqueue, system }) => {
      const event = { type: 'HALT', at, by: ownReason, why: `${by}: ${why}`, planEnded: true };
      tell({ enqueue, system }, [paths.tradingMode], event);
    }),
    resumeTrading: enqueueActions(({ context: { paths, at, by, why }, enqueue, system }) => {
      const event = { type: 'RESUME', at, scope: ownReason, by, why };
      tell({ enqueue, system }, [paths.tradingMode], event);
    }),
    reportStart: enqueueActions(({ context: { paths, at, by, why }, enqueue, system }) =>
      tell({ enqueue, system }, [paths.safety], { type: 'PLAN_STARTED', at, by, why }),
    ),
    /** One that starts again may have forgotten an emergency that its manager still knows. */
    askEmergency: enqueueActions(({ context: { paths }, enqueue, system }) =>
      ask({ enqueue, system }, [paths.safety], { type: 'EMERGENCY_ASKED' }),
    ),
    reportEnd: enqueueActions(({ context, enqueue, system }) => {
      const { at, paths } = context;
      const event = { type: 'PLAN_ENDED', at, outcome: emergencyOutcome(context) };
      tell({ enqueue, system }, [paths.safety], event);
    }),
    noteRelease: assign(({ event }) =>
      event.type === 'RELEASE' ? { at: event.at, by: event.by, why: event.why } : {},
    ),
    announceStarted: emit(({ context: { at, by, why } }) => ({
      ...{ type: 'emergency.started' as const, at, by, why },
    })),
    announceStep: emit(({ context, event }) => {
      const { isDone, why } = outcomeOf(context, event);
      const { at, step, tryCount } = context;
      return { type: 'emergency.stepEnded' as const, at, step, isDone, tryCount, why };
    }),
    announceStopped: emit(({ context }) => ({
      type: 'emergency.stopped' as const,
      at: context.at,
      durationMs: context.at - context.startedAtMs,
      ...emergencyOutcome(context),
    })),
    announceReleased: emit(({ context: { at, by, why } }) => ({
      ...{ type: 'emergency.released' as const, at, by, why },
    })),
    announceStartFailed: emit(({ context, event }) => ({
      type: 'emergency.startFailed' as const,
      at: context.at,
      why: whyOf(context, event),
    })),
  },
  delays: { limit: ({ context }) => context.settings[context.step].timeoutMs },
});
