/**
 * Health probe: what the checks of one component, or the values of one gauge, say of it.
 *
 * States: `unproven` (no outcome yet) -> `passing` -> `failing` (failures in a row) -> `down` (too
 * many) -> `passing`. The checks are made by the port `checks`, which tells their outcomes.
 *
 * Pure: reads no clock, keeps no random state, does no I/O.
 */
import { assign, emit, enqueueActions, setup } from 'xstate';
import type {
  HealthProbeContext,
  HealthProbeEmitted,
  HealthProbeEvent,
  HealthProbeInput,
} from './health-probe-types.ts';
import type { ComponentState } from './policies/health-score.ts';
import { robustScore, withValue } from './policies/robust-score.ts';
import { sourcePort } from './port.ts';
import { tell } from './tell.ts';

export type {
  HealthProbeContext,
  HealthProbeEmitted,
  HealthProbeEvent,
  HealthProbeInput,
} from './health-probe-types.ts';

/** What the port `checks` is given: it checks nothing for a gauge. */
export interface CheckedProbe {
  readonly id: string;
  readonly everyMs: number;
  readonly timeoutMs: number;
  readonly passReportEveryMs: number;
  readonly isGauge: boolean;
}

// Decisions

type Args = { readonly context: HealthProbeContext; readonly event: HealthProbeEvent };

/** Why the outcome is a failure; null when it is none. */
export function failureOf({ context, event }: Args): string | null {
  if (event.type === 'CHECK_FAILED') return event.why;
  if (event.type !== 'CHECK_PASSED' || event.value === undefined) return null;
  const { value } = event;
  const { min, max } = context.options;
  if (!Number.isFinite(value)) return `measured ${value}`;
  if (max !== undefined && value > max) return `measured ${value}, above ${max}`;
  return min !== undefined && value < min ? `measured ${value}, below ${min}` : null;
}

const timeOf = ({ context, event }: Args): number => ('at' in event ? event.at : context.atMs);

function countsAfter(args: Args): Partial<HealthProbeContext> {
  const { context, event } = args;
  const isFailure = failureOf(args) !== null;
  const told = event.type === 'CHECK_PASSED' ? (event.count ?? 1) : 1;
  const before = event.type === 'CHECK_FAILED' ? (event.passedCount ?? 0) : 0;
  return {
    atMs: timeOf(args),
    why: failureOf(args),
    failureCount: isFailure ? context.failureCount + 1 : 0,
    passCount: context.passCount + before + (isFailure ? 0 : told),
    failCount: context.failCount + (isFailure ? 1 : 0),
  };
}

function valuesAfter({ context, event }: Args): Partial<HealthProbeContext> {
  const value = event.type === 'CHECK_PASSED' ? event.value : undefined;
  if (value === undefined || !Number.isFinite(value)) return { isAnomalous: false };
  const { values, settings } = context;
  const { anomalyValueCount, anomalyValueCountMin, anomalyScoreMin } = settings;
  const isJudged = values.length >= anomalyValueCountMin;
  const anomalyScore = isJudged ? robustScore(values, value) : 0;
  return {
    values: withValue(values, value, anomalyValueCount),
    anomalyScore,
    isAnomalous: anomalyScore >= anomalyScoreMin,
  };
}

/** A silent component is noticed after as many reports as it may miss; a gauge may be silent. */
function silentAfterMs({ isGauge, options, settings }: HealthProbeContext): number | null {
  if (isGauge) return null;
  const { everyMs, timeoutMs } = options;
  return Math.max(everyMs, settings.passReportEveryMs) * settings.silenceFactor + timeoutMs;
}

// Implementations

type Arrival = { readonly to: ComponentState };

const healthProbeSetup = setup({
  actors: { checks: sourcePort<CheckedProbe>('checks') },
  types: {
    input: {} as HealthProbeInput,
    context: {} as HealthProbeContext,
    events: {} as HealthProbeEvent,
    emitted: {} as HealthProbeEmitted,
    tags: {} as ComponentState,
  },
  guards: {
    isFailure: (args) => failureOf(args) !== null,
    isLastFailure: (args) =>
      failureOf(args) !== null &&
      args.context.failureCount + 1 >= args.context.options.failureCountMax,
  },
  actions: {
    noteOutcome: assign((args) => ({ ...countsAfter(args), ...valuesAfter(args) })),
    applySettings: assign({
      settings: ({ context, event }) =>
        event.type === 'SETTINGS_CHANGED' ? event.settings : context.settings,
    }),
    beginDown: assign({ downSinceMs: ({ context }) => context.atMs }),
    endDown: assign({
      downMs: ({ context }) => context.downMs + (context.atMs - (context.downSinceMs ?? 0)),
      downSinceMs: null,
    }),
    announce: emit(({ context }, { to }: Arrival) => ({
      type: 'probe.changed' as const,
      at: context.atMs,
      id: context.id,
      to,
      critical: context.options.critical,
      failureCount: context.failureCount,
      why: context.why,
    })),
    announceAnomaly: enqueueActions(({ context, enqueue }) => {
      const value = context.values.at(-1);
      if (!context.isAnomalous || value === undefined) return;
      const { id, atMs: at, anomalyScore, settings } = context;
      const { anomalyScoreMin } = settings;
      enqueue.emit({ type: 'probe.anomaly', at, id, value, anomalyScore, anomalyScoreMin });
    }),
    report: enqueueActions(({ context, enqueue, system }, { to: state }: Arrival) => {
      const { id, atMs: at, failureCount, isAnomalous, options, listeners } = context;
      const { weight, critical, failureCountMax } = options;
      tell({ enqueue, system }, listeners, {
        type: 'COMPONENT_REPORTED',
        at,
        id,
        component: { state, weight, critical, failureCount, failureCountMax },
        isAnomalous,
        silentAfterMs: silentAfterMs(context),
      });
    }),
  },
});

// Machine

const report = (to: ComponentState) => ({ type: 'report', params: { to } }) as const;
const announce = (to: ComponentState) => ({ type: 'announce', params: { to } }) as const;
const stay = (to: ComponentState) => ['noteOutcome', 'announceAnomaly', report(to)] as const;
const become = (to: ComponentState) =>
  ['noteOutcome', 'announceAnomaly', announce(to), report(to)] as const;
const becomeDown = [
  'noteOutcome',
  'beginDown',
  'announceAnomaly',
  announce('down'),
  report('down'),
] as const;
const recover = [
  'noteOutcome',
  'endDown',
  'announceAnomaly',
  announce('passing'),
  report('passing'),
] as const;

export const healthProbeMachine = healthProbeSetup.createMachine({
  id: 'healthProbe',
  description: 'Says of one component whether it passes, fails or is down.',
  context: ({ input }) => ({
    id: input.id,
    options: input.options,
    settings: input.settings,
    isGauge: input.isGauge ?? false,
    listeners: input.listeners ?? [],
    failureCount: 0,
    passCount: 0,
    failCount: 0,
    why: null,
    startedAtMs: input.at,
    atMs: input.at,
    downMs: 0,
    downSinceMs: null,
    values: [],
    anomalyScore: 0,
    isAnomalous: false,
  }),
  // It never ends: a check that fails is an event of it.
  invoke: {
    src: 'checks',
    input: ({ context }) => ({
      id: context.id,
      everyMs: context.options.everyMs,
      timeoutMs: context.options.timeoutMs,
      passReportEveryMs: context.settings.passReportEveryMs,
      isGauge: context.isGauge,
    }),
  },
  on: { SETTINGS_CHANGED: { actions: 'applySettings' } },
  initial: 'unproven',
  states: {
    unproven: {
      on: {
        CHECK_PASSED: [
          { guard: 'isLastFailure', target: 'down', actions: becomeDown },
          { guard: 'isFailure', target: 'failing', actions: become('failing') },
          { target: 'passing', actions: become('passing') },
        ],
        CHECK_FAILED: [
          { guard: 'isLastFailure', target: 'down', actions: becomeDown },
          { target: 'failing', actions: become('failing') },
        ],
      },
    },
    passing: {
      tags: 'passing',
      on: {
        CHECK_PASSED: [
          { guard: 'isLastFailure', target: 'down', actions: becomeDown },
          { guard: 'isFailure', target: 'failing', actions: become('failing') },
          { actions: stay('passing') },
        ],
        CHECK_FAILED: [
          { guard: 'isLastFailure', target: 'down', actions: becomeDown },
          { target: 'failing', actions: become('failing') },
        ],
      },
    },
    failing: {
      tags: 'failing',
      on: {
        CHECK_PASSED: [
          { guard: 'isLastFailure', target: 'down', actions: becomeDown },
          { guard: 'isFailure', actions: stay('failing') },
          { target: 'passing', actions: become('passing') },
        ],
        CHECK_FAILED: [
          { guard: 'isLastFailure', target: 'down', actions: becomeDown },
          { actions: stay('failing') },
        ],
      },
    },
    down: {
      tags: 'down',
      on: {
        CHECK_PASSED: [
          { guard: 'isFailure', actions: stay('down') },
          { target: 'passing', actions: recover },
        ],
        CHECK_FAILED: { actions: stay('down') },
      },
    },
  },
});
