/**
 * Circuit breaker: refuses calls to a dependency that keeps failing.
 *
 * States: `closed` (calls pass) -> `open` (calls refused) -> `halfOpen` (probes pass) -> `closed`,
 * or back to `open`. `isolated` is held open by an operator until `RESET` or until it expires.
 *
 * Pure: reads no clock, keeps no random state, does no I/O.
 *
 * @see M. Nygard, Release It!, 2nd ed., chapter 5 "Stability Patterns".
 * @see https://martinfowler.com/bliki/CircuitBreaker.html
 */
import { assign, cancel, emit, enqueueActions, setup } from 'xstate';
import type {
  CircuitBreakerContext,
  CircuitBreakerEmitted,
  CircuitBreakerEvent,
  CircuitBreakerInput,
} from './circuit-breaker-types.ts';
import { isRunTooLong } from './policies/consecutive-window.ts';
import { openPeriod } from './policies/open-period.ts';
import { isPassCertain, isPassImpossible } from './policies/probe-verdict.ts';

export type {
  CircuitBreakerContext,
  CircuitBreakerEmitted,
  CircuitBreakerEvent,
  CircuitBreakerEvidence,
  CircuitBreakerInput,
  CircuitBreakerIsolation,
} from './circuit-breaker-types.ts';

// Decisions

type Args = { readonly context: CircuitBreakerContext; readonly event: CircuitBreakerEvent };

/** Without a generation the event is current: a host that reports by hand knows of none. */
const isCurrent = ({ context, event }: Args): boolean =>
  !('generation' in event) ||
  event.generation === undefined ||
  event.generation === context.generation;

/** A fast path reports its whole run of failures at once; everybody else one at a time. */
const failureCountAfter = ({ context, event }: Args): number =>
  event.type === 'CALLS_COUNTED' ? event.failureCount : context.failureCount + 1;

/** Elapsed delays carry no time: the open period ends exactly when it is due. */
const timeOf = ({ context, event }: Args): number =>
  'at' in event ? event.at : context.openUntilMs;

const reasonOf = ({ event }: Args): string | null =>
  'why' in event && event.why !== undefined ? event.why : null;

// Implementations

const circuitBreakerSetup = setup({
  types: {
    input: {} as CircuitBreakerInput,
    context: {} as CircuitBreakerContext,
    events: {} as CircuitBreakerEvent,
    emitted: {} as CircuitBreakerEmitted,
    tags: {} as 'admits' | 'refuses',
  },
  guards: {
    isCurrent,
    isTrip: (args) =>
      isCurrent(args) && isRunTooLong(args.context.settings.window, failureCountAfter(args)),
    isDecisiveSuccess: (args) =>
      isCurrent(args) && isPassCertain(args.context.settings, args.context.probeSuccessCount + 1),
    isDecisiveFailure: (args) =>
      isCurrent(args) &&
      isPassImpossible(args.context.settings, args.context.probeFailureCount + 1),
    isTemporary: ({ context }) => context.isolation?.expiresAtMs != null,
  },
  actions: {
    adoptSettings: assign({
      settings: ({ context, event }) =>
        event.type === 'SETTINGS_CHANGED' ? event.settings : context.settings,
    }),
    advanceGeneration: assign({ generation: ({ context }) => context.generation + 1 }),
    countFailures: assign({ failureCount: failureCountAfter }),
    forgetFailures: assign({ failureCount: 0 }),
    forgetProbes: assign({ probeSuccessCount: 0, probeFailureCount: 0 }),
    forgetOutage: assign({
      failureCount: 0,
      probeSuccessCount: 0,
      probeFailureCount: 0,
      openCount: 0,
    }),
    countProbeSuccess: assign({
      probeSuccessCount: ({ context }) => context.probeSuccessCount + 1,
    }),
    countProbeFailure: assign({
      probeFailureCount: ({ context }) => context.probeFailureCount + 1,
    }),
    keepWindowAsEvidence: assign({
      evidence: ({ context, event }) => ({
        kind: 'consecutive' as const,
        failureCount: context.failureCount,
        failureCountMax: context.settings.window.failureCountMax,
        why: reasonOf({ context, event }),
      }),
    }),
    keepProbesAsEvidence: assign({
      evidence: ({ context, event }) => ({
        kind: 'probes' as const,
        successCount: context.probeSuccessCount,
        failureCount: context.probeFailureCount,
        probeCount: context.settings.probeCount,
        probeSuccessRatioMin: context.settings.probeSuccessRatioMin,
        why: reasonOf({ context, event }),
      }),
    }),
    beginOpenPeriod: assign(({ context, event }) =>
      openPeriod(context.settings, { ...context, atMs: timeOf({ context, event }) }),
    ),
    beginIsolation: assign({
      isolation: ({ context, event }) =>
        event.type === 'ISOLATE'
          ? { by: event.by, why: event.why, expiresAtMs: event.expiresAtMs ?? null }
          : context.isolation,
    }),
    endIsolation: assign({ isolation: null }),
    scheduleExpiry: enqueueActions(({ context, event, enqueue }) => {
      const at = context.isolation?.expiresAtMs;
      if (at == null) return;
      const delay = Math.max(0, at - timeOf({ context, event }));
      enqueue.raise({ type: 'ISOLATION_EXPIRED', at }, { id: 'isolationExpiry', delay });
    }),
    cancelExpiry: cancel('isolationExpiry'),
    announceOpened: emit(({ context }) => ({
      type: 'breaker.opened' as const,
      at: context.openedAtMs,
      generation: context.generation,
      failureCount: context.evidence?.failureCount ?? 0,
      openCount: context.openCount,
      openDurationMs: context.openDurationMs,
      openUntilMs: context.openUntilMs,
      evidence: context.evidence,
    })),
    announceHalfOpened: emit(({ context, event }) => ({
      type: 'breaker.halfOpened' as const,
      at: timeOf({ context, event }),
      generation: context.generation,
      openCount: context.openCount,
      probeCount: context.settings.probeCount,
      probeSuccessRatioMin: context.settings.probeSuccessRatioMin,
    })),
    announceProbed: emit(({ context, event }) => ({
      type: 'breaker.probed' as const,
      at: timeOf({ context, event }),
      generation: context.generation,
      ok: event.type === 'CALL_SUCCEEDED',
      durationMs: event.type === 'CALL_SUCCEEDED' ? (event.durationMs ?? null) : null,
      why: reasonOf({ context, event }),
      successCount: context.probeSuccessCount,
      failureCount: context.probeFailureCount,
    })),
    announceClosed: emit(({ context, event }) => ({
      type: 'breaker.closed' as const,
      at: timeOf({ context, event }),
      generation: context.generation,
      openCount: context.openCount,
      by: event.type === 'RESET' ? event.by : null,
      why: reasonOf({ context, event }),
    })),
    announceIsolated: emit(({ context, event }) => ({
      type: 'breaker.isolated' as const,
      at: timeOf({ context, event }),
      generation: context.generation,
      by: context.isolation?.by ?? '',
      why: context.isolation?.why ?? '',
      expiresAtMs: context.isolation?.expiresAtMs ?? null,
    })),
  },
  delays: {
    openDuration: ({ context }) => context.openDurationMs,
  },
});

// Machine

export const circuitBreakerMachine = circuitBreakerSetup.createMachine({
  id: 'circuitBreaker',
  description: 'Refuses calls to a dependency that keeps failing.',
  context: ({ input }) => ({
    settings: input.settings,
    seed: input.seed,
    generation: input.generation ?? 0,
    failureCount: 0,
    probeSuccessCount: 0,
    probeFailureCount: 0,
    openCount: 0,
    openDurationMs: 0,
    openedAtMs: 0,
    openUntilMs: 0,
    evidence: null,
    isolation: null,
  }),
  initial: 'closed',
  on: {
    SETTINGS_CHANGED: { actions: 'adoptSettings' },
    // Isolating twice is allowed: the later operator, reason and expiry count.
    ISOLATE: { target: '.isolated', actions: 'beginIsolation' },
  },
  states: {
    // Results of an older generation are late and change nothing. RESET is ignored: a run of
    // failures is evidence, not a state that an operator can be in.
    closed: {
      tags: 'admits',
      on: {
        CALL_SUCCEEDED: { guard: 'isCurrent', actions: 'forgetFailures' },
        CALL_FAILED: [
          { guard: 'isTrip', target: 'open', actions: ['countFailures', 'keepWindowAsEvidence'] },
          { guard: 'isCurrent', actions: 'countFailures' },
        ],
        CALLS_COUNTED: [
          { guard: 'isTrip', target: 'open', actions: ['countFailures', 'keepWindowAsEvidence'] },
          { guard: 'isCurrent', actions: 'countFailures' },
        ],
      },
    },
    // Results that arrive here are late, whatever they say: the breaker has made up its mind.
    open: {
      tags: 'refuses',
      entry: ['advanceGeneration', 'beginOpenPeriod', 'announceOpened'],
      after: { openDuration: 'halfOpen' },
      on: {
        RESET: {
          target: 'closed',
          actions: ['advanceGeneration', 'announceClosed', 'forgetOutage'],
        },
      },
    },
    // The verdict comes as early as it is certain; probes still out are then late. CALLS_COUNTED is
    // ignored: the window of the closed state has been judged already.
    halfOpen: {
      tags: 'admits',
      entry: ['advanceGeneration', 'forgetProbes', 'announceHalfOpened'],
      on: {
        CALL_SUCCEEDED: [
          {
            guard: 'isDecisiveSuccess',
            target: 'closed',
            actions: [
              'countProbeSuccess',
              'announceProbed',
              'advanceGeneration',
              'announceClosed',
              'forgetOutage',
            ],
          },
          { guard: 'isCurrent', actions: ['countProbeSuccess', 'announceProbed'] },
        ],
        CALL_FAILED: [
          {
            guard: 'isDecisiveFailure',
            target: 'open',
            actions: ['countProbeFailure', 'announceProbed', 'keepProbesAsEvidence'],
          },
          { guard: 'isCurrent', actions: ['countProbeFailure', 'announceProbed'] },
        ],
        RESET: {
          target: 'closed',
          actions: ['advanceGeneration', 'announceClosed', 'forgetOutage'],
        },
      },
    },
    // An expired isolation goes to halfOpen: nobody has tried the dependency in the meantime, so
    // probes decide. Results that arrive here are late.
    isolated: {
      tags: 'refuses',
      entry: ['advanceGeneration', 'scheduleExpiry', 'announceIsolated'],
      exit: ['cancelExpiry', 'endIsolation'],
      on: {
        ISOLATION_EXPIRED: { guard: 'isTemporary', target: 'halfOpen' },
        RESET: {
          target: 'closed',
          actions: ['advanceGeneration', 'announceClosed', 'forgetOutage'],
        },
      },
    },
  },
});
