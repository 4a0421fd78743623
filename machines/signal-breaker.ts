/**
 * Breaker on a signal: opens when what is measured (drawdown, loss, volatility, latency, a rate, a
 * connection) stands at its limit for several readings in a row.
 *
 * States: `closed` (each reading is judged) -> `open` -> `halfOpen` (readings are probes) ->
 * `closed`, or back to `open`. One that latches stays open until a reset that names it. Operators
 * hold it in `isolated`, `disabled` (it measures and judges nothing) or `metricsOnly` (it only says
 * what it would have done). These are the states of the circuit breaker; the evidence is another
 * one: there calls that it admits itself, here samples that come whatever it says.
 *
 * While it is open it may restrict trading; that ends when it closes, not while it probes.
 *
 * Pure: reads no clock, keeps no random state, does no I/O.
 *
 * @see circuit-breaker.ts
 */
import { not } from 'xstate';
import { thresholdOf } from './policies/adaptive-threshold.ts';
import { emptyGauge } from './policies/signal-gauge.ts';
import { signalBreakerSetup } from './signal-breaker-setup.ts';

export type { Confirmation, SignalEvidence } from './policies/signal-evidence.ts';
export type {
  SignalBreakerContext,
  SignalBreakerEmitted,
  SignalBreakerEvent,
  SignalBreakerInput,
  SignalOrder,
} from './signal-breaker-types.ts';

// Parts that several states share

const take = (as: 'judged' | 'probe' | 'watched') => ({ type: 'take', params: { as } }) as const;

/** Too many readings in a row trip it. What measures nothing is left to the root. */
const judged = [
  {
    guard: 'isTrip',
    target: 'open',
    actions: [take('judged'), 'scheduleLook', 'keepConfirmations', 'holdThreshold'],
  },
  { guard: 'isMeasured', actions: [take('judged'), 'scheduleLook'] },
] as const;

const probed = [
  {
    guard: 'isDecisiveSuccess',
    target: 'closed',
    actions: ['announceProbed', take('probe'), 'scheduleLook', 'announceClosed', 'forgetOutage'],
  },
  {
    guard: 'isDecisiveFailure',
    target: 'open',
    actions: ['announceProbed', 'keepProbes', take('probe'), 'scheduleLook'],
  },
  { guard: 'isMeasured', actions: ['announceProbed', take('probe'), 'scheduleLook'] },
] as const;

const probedInDryRun = [
  {
    guard: 'isDecisiveSuccess',
    target: 'closed',
    actions: [take('probe'), 'scheduleLook', 'announceWouldClose', 'forgetOutage'],
  },
  {
    guard: 'isDecisiveFailure',
    target: 'open',
    actions: ['keepProbes', take('probe'), 'scheduleLook'],
  },
  { guard: 'isMeasured', actions: [take('probe'), 'scheduleLook'] },
] as const;

const closedByOrder = {
  guard: 'isScoped',
  target: 'closed',
  actions: ['rebase', 'announceClosed', 'forgetOutage'],
} as const;

const enabled = { target: 'closed', actions: ['announceEnabled', 'forgetOutage'] } as const;

/** The end of another order is no reset: one that has latched is open as before. */
const released = {
  ENABLE: [{ guard: 'isLatched', target: 'open', actions: 'announceEnabled' }, enabled],
  ORDER_EXPIRED: [
    { guard: 'isTemporaryOverLatch', target: 'open', actions: 'announceEnabled' },
    { guard: 'isTemporary', ...enabled },
  ],
  RESET: closedByOrder,
} as const;

// Machine

export const signalBreakerMachine = signalBreakerSetup.createMachine({
  id: 'signalBreaker',
  description: 'Opens when a measured signal stays at its limit.',
  context: ({ input: { name, settings, seed, at, paths } }) => ({
    name,
    settings,
    seed,
    paths,
    startedAtMs: at,
    gauge: emptyGauge(settings, at),
    history: [],
    threshold: thresholdOf(
      'adaptive' in settings ? settings.adaptive : undefined,
      settings.limit,
      at,
    ),
    measured: null,
    value: null,
    sampledAtMs: null,
    rejectedCount: 0,
    rejectedRunCount: 0,
    confirmations: [],
    probeSuccessCount: 0,
    probeFailureCount: 0,
    generation: 0,
    openCount: 0,
    openDurationMs: 0,
    openedAtMs: 0,
    openUntilMs: 0,
    evidence: null,
    latchedBy: null,
    order: null,
    asked: null,
    lookAtMs: null,
  }),
  entry: 'scheduleLook',
  initial: 'closed',
  on: {
    // Where nothing is judged the signal is measured all the same.
    SIGNAL_SAMPLED: [
      { guard: 'isFlawed', actions: 'reject' },
      { actions: [take('watched'), 'scheduleLook'] },
    ],
    LOOK_DUE: [
      { guard: 'isMeasured', actions: [take('watched'), 'scheduleLook'] },
      { actions: 'scheduleLook' },
    ],
    // Without settings, when a patch has removed them, the last ones hold.
    SETTINGS_CHANGED: { guard: 'isChange', actions: ['adoptSettings', 'scheduleLook'] },
    // Ordering the same twice is allowed: the later operator, reason and expiry count.
    ISOLATE: { target: '.isolated', actions: 'beginOrder' },
    DISABLE: { target: '.disabled', actions: 'beginOrder' },
    METRICS_ONLY: { target: '.metricsOnly', actions: 'beginOrder' },
    RESET: { actions: 'announceResetRefused' },
  },
  states: {
    // A reset while closed rebases all the same: money that was taken out is no drawdown.
    closed: {
      tags: 'admits',
      entry: 'releaseOthers',
      on: {
        SIGNAL_SAMPLED: judged,
        LOOK_DUE: judged,
        RESET: { guard: 'isScoped', actions: ['rebase', 'forgetConfirmations'] },
      },
    },
    open: {
      tags: 'refuses',
      entry: ['latch', 'beginOpenPeriod', 'announceOpened', 'askOthers'],
      after: { openDuration: { guard: not('isLatched'), target: 'halfOpen' } },
      on: { RESET: closedByOrder },
    },
    halfOpen: {
      tags: 'admits',
      entry: ['forgetProbes', 'announceHalfOpened'],
      on: { SIGNAL_SAMPLED: probed, LOOK_DUE: probed, RESET: closedByOrder },
    },
    // Expired: one that had not latched before is probed first, as nobody has judged meanwhile.
    isolated: {
      tags: 'refuses',
      entry: ['scheduleExpiry', 'announceIsolated', 'askOthers'],
      exit: ['cancelExpiry', 'endOrder'],
      on: {
        ORDER_EXPIRED: [
          { guard: 'isTemporaryOverLatch', target: 'open' },
          { guard: 'isTemporary', target: 'halfOpen' },
        ],
        RESET: closedByOrder,
      },
    },
    disabled: {
      tags: 'admits',
      entry: ['scheduleExpiry', 'announceDisabled', 'releaseOthers'],
      exit: ['cancelExpiry', 'endOrder'],
      on: released,
    },
    // The same decisions as outside, of which only facts follow.
    metricsOnly: {
      tags: 'admits',
      entry: ['forgetOutage', 'scheduleExpiry', 'announceMetricsOnly', 'releaseOthers'],
      exit: ['cancelExpiry', 'endOrder'],
      on: released,
      initial: 'closed',
      states: {
        closed: { on: { SIGNAL_SAMPLED: judged, LOOK_DUE: judged } },
        open: {
          entry: ['beginOpenPeriod', 'announceWouldOpen'],
          after: { openDuration: { guard: not('latches'), target: 'halfOpen' } },
        },
        halfOpen: {
          entry: 'forgetProbes',
          on: { SIGNAL_SAMPLED: probedInDryRun, LOOK_DUE: probedInDryRun },
        },
      },
    },
  },
});
