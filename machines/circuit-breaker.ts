/**
 * Circuit breaker: refuses calls to a dependency that keeps failing.
 *
 * States: `closed` (calls pass) -> `open` (calls refused) -> `halfOpen` (probes pass) -> `closed`,
 * or back to `open`. Operators hold it in `isolated` (all calls refused), `disabled` (all pass,
 * none counts) or `metricsOnly` (all pass; it only says what it would have done), until another
 * order or until that one expires.
 *
 * Pure: reads no clock, keeps no random state, does no I/O.
 *
 * @see M. Nygard, Release It!, 2nd ed., chapter 5 "Stability Patterns".
 * @see https://martinfowler.com/bliki/CircuitBreaker.html
 */
import { circuitBreakerSetup } from './circuit-breaker-setup.ts';
import { emptyRecord } from './policies/call-record.ts';

export type {
  CircuitBreakerContext,
  CircuitBreakerEmitted,
  CircuitBreakerEvent,
  CircuitBreakerEvidence,
  CircuitBreakerInput,
  CircuitBreakerOrder,
} from './circuit-breaker-types.ts';

// Parts that several states share

/** A result, or many of them: too many bad ones trip the breaker. */
const counted = [
  { guard: 'isTrip', target: 'open', actions: ['countCalls', 'keepWindowAsEvidence'] },
  { guard: 'isCurrent', actions: 'countCalls' },
] as const;

const closedByOrder = {
  target: 'closed',
  actions: ['advanceGeneration', 'announceClosed', 'forgetOutage'],
} as const;

/** Nothing is known of the dependency's calls: they are counted anew. */
const enabled = {
  target: 'closed',
  actions: ['advanceGeneration', 'announceEnabled', 'forgetOutage'],
} as const;

// Machine

export const circuitBreakerMachine = circuitBreakerSetup.createMachine({
  id: 'circuitBreaker',
  description: 'Refuses calls to a dependency that keeps failing.',
  context: ({ input }) => ({
    settings: input.settings,
    seed: input.seed,
    generation: input.generation ?? 0,
    failureCount: 0,
    calls: emptyRecord(input.settings.window),
    probeSuccessCount: 0,
    probeFailureCount: 0,
    openCount: 0,
    openDurationMs: 0,
    openedAtMs: 0,
    openUntilMs: 0,
    evidence: null,
    order: null,
  }),
  initial: 'closed',
  on: {
    SETTINGS_CHANGED: { actions: 'adoptSettings' },
    PREDICATE_FAILED: { actions: 'announcePredicateFailed' },
    // Ordering the same twice is allowed: the later operator, reason and expiry count.
    ISOLATE: { target: '.isolated', actions: 'beginOrder' },
    DISABLE: { target: '.disabled', actions: 'beginOrder' },
    METRICS_ONLY: { target: '.metricsOnly', actions: 'beginOrder' },
  },
  states: {
    // Results of an older generation are late and change nothing. RESET is ignored: a run of
    // failures is evidence, not a state that an operator can be in.
    closed: {
      tags: 'admits',
      // Also of a breaker that was stopped while it was open, and starts anew.
      entry: 'resolveAlert',
      on: { CALL_SUCCEEDED: counted, CALL_FAILED: counted, CALLS_COUNTED: counted },
    },
    // Results that arrive here are late, whatever they say: the breaker has made up its mind.
    open: {
      tags: 'refuses',
      entry: ['advanceGeneration', 'beginOpenPeriod', 'announceOpened', 'raiseAlert'],
      after: { openDuration: 'halfOpen' },
      on: { RESET: closedByOrder },
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
              'countProbe',
              'announceProbed',
              'advanceGeneration',
              'announceClosed',
              'forgetOutage',
            ],
          },
          // A slow success.
          {
            guard: 'isDecisiveFailure',
            target: 'open',
            actions: ['countProbe', 'announceProbed', 'keepProbesAsEvidence'],
          },
          { guard: 'isCurrent', actions: ['countProbe', 'announceProbed'] },
        ],
        CALL_FAILED: [
          {
            guard: 'isDecisiveFailure',
            target: 'open',
            actions: ['countProbe', 'announceProbed', 'keepProbesAsEvidence'],
          },
          { guard: 'isCurrent', actions: ['countProbe', 'announceProbed'] },
        ],
        RESET: closedByOrder,
      },
    },
    // An expired isolation goes to halfOpen: nobody has tried the dependency in the meantime, so
    // probes decide. Results that arrive here are late.
    isolated: {
      tags: 'refuses',
      entry: ['advanceGeneration', 'scheduleExpiry', 'announceIsolated', 'resolveAlert'],
      exit: ['cancelExpiry', 'endOrder'],
      on: { ORDER_EXPIRED: { guard: 'isTemporary', target: 'halfOpen' }, RESET: closedByOrder },
    },
    disabled: {
      tags: 'admits',
      entry: ['advanceGeneration', 'scheduleExpiry', 'announceDisabled', 'resolveAlert'],
      exit: ['cancelExpiry', 'endOrder'],
      on: {
        ENABLE: enabled,
        ORDER_EXPIRED: { guard: 'isTemporary', ...enabled },
        RESET: closedByOrder,
      },
    },
    // The same decisions as outside, of which only facts follow. Calls made while it would be open
    // are not counted: it would have refused them.
    metricsOnly: {
      tags: 'admits',
      entry: [
        ...['forgetOutage', 'advanceGeneration', 'scheduleExpiry'],
        ...['announceMetricsOnly', 'resolveAlert'],
      ] as const,
      exit: ['cancelExpiry', 'endOrder'],
      on: {
        ENABLE: enabled,
        ORDER_EXPIRED: { guard: 'isTemporary', ...enabled },
        RESET: closedByOrder,
      },
      initial: 'closed',
      states: {
        closed: {
          on: { CALL_SUCCEEDED: counted, CALL_FAILED: counted, CALLS_COUNTED: counted },
        },
        open: {
          entry: ['advanceGeneration', 'beginOpenPeriod', 'announceWouldOpen'],
          after: { openDuration: 'halfOpen' },
        },
        halfOpen: {
          entry: ['advanceGeneration', 'forgetProbes'],
          on: {
            CALL_SUCCEEDED: [
              {
                guard: 'isDecisiveSuccess',
                target: 'closed',
                actions: ['countProbe', 'advanceGeneration', 'announceWouldClose', 'forgetOutage'],
              },
              {
                guard: 'isDecisiveFailure',
                target: 'open',
                actions: ['countProbe', 'keepProbesAsEvidence'],
              },
              { guard: 'isCurrent', actions: 'countProbe' },
            ],
            CALL_FAILED: [
              {
                guard: 'isDecisiveFailure',
                target: 'open',
                actions: ['countProbe', 'keepProbesAsEvidence'],
              },
              { guard: 'isCurrent', actions: 'countProbe' },
            ],
          },
        },
      },
    },
  },
});
