/** Guards and actions of the chart of a breaker on a signal, which is in `signal-breaker.ts`. */
import { assign, cancel, emit, enqueueActions, setup } from 'xstate';
import { adopted, tripped } from './policies/adaptive-threshold.ts';
import { openPeriod } from './policies/open-period.ts';
import { isPassCertain, isPassImpossible } from './policies/probe-verdict.ts';
import { evidenceText } from './policies/signal-evidence.ts';
import { gaugeFitted, lookDueMs, rebased, referenceOf } from './policies/signal-gauge.ts';
import {
  factOf,
  openingOf,
  orderedBy,
  orderOf,
  probeEvidence,
  resetRefusal,
  sourceOf,
  timeOf,
  tripEvidence,
} from './signal-breaker-facts.ts';
import {
  confirmationsAfter,
  flawOf,
  followedAfter,
  measuredAfter,
  measurementOf,
  probesAfter,
  tripsAfter,
} from './signal-breaker-samples.ts';
import type {
  SignalBreakerContext,
  SignalBreakerEmitted,
  SignalBreakerEvent,
  SignalBreakerInput,
} from './signal-breaker-types.ts';
import { tell } from './tell.ts';

// Implementations

type Taking = { readonly as: 'judged' | 'probe' | 'watched' };

export const signalBreakerSetup = setup({
  types: {
    input: {} as SignalBreakerInput,
    context: {} as SignalBreakerContext,
    events: {} as SignalBreakerEvent,
    emitted: {} as SignalBreakerEmitted,
    tags: {} as 'admits' | 'refuses',
  },
  guards: {
    isTrip: tripsAfter,
    isMeasured: (args) => measurementOf(args) !== null,
    isFlawed: (args) => flawOf(args) !== null,
    isDecisiveSuccess: (args) => {
      const { settings, probeSuccessCount } = args.context;
      const after = probesAfter(args).probeSuccessCount;
      return after > probeSuccessCount && isPassCertain(settings, after);
    },
    isDecisiveFailure: (args) => {
      const { settings, probeFailureCount } = args.context;
      const after = probesAfter(args).probeFailureCount;
      return after > probeFailureCount && isPassImpossible(settings, after);
    },
    latches: ({ context }) => context.settings.latch,
    isLatched: ({ context }) => context.latchedBy !== null,
    isTemporary: ({ context }) => context.order?.expiresAtMs != null,
    isTemporaryOverLatch: ({ context }) =>
      context.latchedBy !== null && context.order?.expiresAtMs != null,
    isScoped: (args) => resetRefusal(args) === null,
    isChange: ({ context, event }) =>
      event.type === 'SETTINGS_CHANGED' &&
      Boolean(event.settings) &&
      JSON.stringify(event.settings) !== JSON.stringify(context.settings),
  },
  actions: {
    /** Measures what the event says; `as` says what follows from it in this state. */
    take: enqueueActions((args, { as }: Taking) => {
      const { context, enqueue, system } = args;
      const at = timeOf(args);
      if (context.rejectedRunCount >= context.settings.confirmationCount) {
        const key = `${sourceOf(context)}/samples`;
        tell({ enqueue, system }, [context.paths.alerts], { type: 'RESOLVE', at, key });
      }
      const measured = measuredAfter(args);
      if (as === 'watched') return enqueue.assign(measured);
      if (as === 'probe') return enqueue.assign({ ...measured, ...probesAfter(args) });
      const { threshold, move } = followedAfter(args);
      enqueue.assign({ ...measured, confirmations: confirmationsAfter(args), threshold });
      if (move) enqueue.emit({ type: 'breaker.thresholdMoved', at, ...move });
    }),
    reject: enqueueActions((args) => {
      const { context, event, enqueue, system } = args;
      if (event.type !== 'SIGNAL_SAMPLED') return;
      const { at, value } = event;
      const why = flawOf(args) ?? '';
      const rejectedCount = context.rejectedCount + 1;
      const rejectedRunCount = context.rejectedRunCount + 1;
      enqueue.assign({ rejectedCount, rejectedRunCount });
      enqueue.emit({ type: 'breaker.sampleRejected', at, value, why, rejectedCount });
      if (rejectedRunCount !== context.settings.confirmationCount) return;
      tell({ enqueue, system }, [context.paths.alerts], {
        type: 'RAISE',
        at,
        key: `${sourceOf(context)}/samples`,
        severity: 'warning',
        text: `${sourceOf(context)} sees nothing: ${rejectedRunCount} bad samples, ${why}`,
        path: context.paths.self,
      });
    }),
    /** Looks again when a period or a silence will be over; it has looked, or never will. */
    scheduleLook: enqueueActions((args) => {
      const { context, enqueue } = args;
      const dueMs = lookDueMs(context.settings, context.gauge);
      const now = 'at' in args.event ? args.event.at : context.startedAtMs;
      const isPending = context.lookAtMs !== null && context.lookAtMs > now;
      if (dueMs === null ? context.lookAtMs === null : isPending) return;
      enqueue.cancel('look');
      enqueue.assign({ lookAtMs: dueMs });
      if (dueMs === null) return;
      const delay = Math.max(0, dueMs - now);
      enqueue.raise({ type: 'LOOK_DUE', at: dueMs }, { id: 'look', delay });
    }),
    forgetConfirmations: assign({ confirmations: [] }),
    forgetProbes: assign({ probeSuccessCount: 0, probeFailureCount: 0 }),
    forgetOutage: assign({
      confirmations: [],
      probeSuccessCount: 0,
      probeFailureCount: 0,
      openCount: 0,
    }),
    keepConfirmations: assign({ evidence: tripEvidence }),
    keepProbes: assign({ evidence: probeEvidence }),
    holdThreshold: assign({
      threshold: (args) => tripped(args.context.threshold, timeOf(args)),
    }),
    /** Only a reset ends it, whatever the settings say later. */
    latch: assign(({ context: { latchedBy, evidence, settings } }) =>
      latchedBy === null
        ? { latchedBy: settings.latch ? evidence : null }
        : { evidence: latchedBy },
    ),
    beginOpenPeriod: assign((args) => {
      const generation = args.context.generation + 1;
      const from = { ...args.context, generation, atMs: timeOf(args) };
      return { generation, ...openPeriod(args.context.settings, from) };
    }),
    beginOrder: assign({
      order: ({ context, event }) =>
        event.type === 'ISOLATE' || event.type === 'DISABLE' || event.type === 'METRICS_ONLY'
          ? { by: event.by, why: event.why, expiresAtMs: event.expiresAtMs ?? null }
          : context.order,
    }),
    endOrder: assign({ order: null }),
    scheduleExpiry: enqueueActions(({ context, event, enqueue }) => {
      const at = context.order?.expiresAtMs;
      if (at == null) return;
      const delay = Math.max(0, at - timeOf({ context, event }));
      enqueue.raise({ type: 'ORDER_EXPIRED', at }, { id: 'orderExpiry', delay });
    }),
    cancelExpiry: cancel('orderExpiry'),
    rebase: enqueueActions((args) => {
      const { context, event, enqueue } = args;
      if (event.type !== 'RESET') return;
      const { at, by, why, scope } = event;
      const gauge = rebased(context.settings, context.gauge, context.value, at);
      const threshold = { ...context.threshold, tripCount: 0 };
      // A sample from the future, once taken, would refuse all others for good.
      enqueue.assign({ gauge, threshold, latchedBy: null, sampledAtMs: null });
      const from = referenceOf(context.gauge);
      enqueue.emit({
        ...{ type: 'breaker.rebased', at, scope, by, why, from },
        to: referenceOf(gauge),
      });
    }),
    /** What is known stays, as far as it still means the same; what is judged begins anew. */
    adoptSettings: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'SETTINGS_CHANGED') return;
      const { settings, at } = event;
      const { settings: before, threshold } = context;
      const isSameKind = before.kind === settings.kind;
      const rule = 'adaptive' in settings ? settings.adaptive : undefined;
      const limits = { before: before.limit, after: settings.limit };
      const known = isSameKind ? threshold : { ...threshold, baseline: null, readingCount: 0 };
      enqueue.assign({
        settings,
        ...gaugeFitted(before, settings, context, at),
        threshold: adopted(rule, known, limits),
        confirmations: [],
        lookAtMs: null,
        ...(isSameKind ? {} : { value: null, measured: null }),
      });
      if (isSameKind) return;
      enqueue.emit({ type: 'breaker.countedAnew', at, from: before.kind, to: settings.kind });
    }),
    /** Until it closes. The same asked twice is a newer reason. */
    askOthers: enqueueActions((args) => {
      const { context, enqueue, system } = args;
      const { settings, paths, evidence, order } = context;
      const at = timeOf(args);
      const source = sourceOf(context);
      const why = order ? `isolated by ${order.by}: ${order.why}` : evidenceText(evidence);
      enqueue.assign({ asked: settings.whenOpen });
      if (settings.whenOpen !== 'alert') {
        const type = settings.whenOpen === 'halt' ? 'HALT' : 'REDUCE_ONLY';
        tell({ enqueue, system }, [paths.tradingMode], { type, at, by: source, why });
      }
      const severity = settings.whenOpen === 'alert' ? 'warning' : 'critical';
      const alert = { key: source, severity, text: `${source} is open: ${why}`, path: paths.self };
      tell({ enqueue, system }, [paths.alerts], { type: 'RAISE', at, ...alert });
    }),
    releaseOthers: enqueueActions((args) => {
      const { context, enqueue, system } = args;
      const { asked, paths } = context;
      if (asked === null) return;
      const at = timeOf(args);
      const by = sourceOf(context);
      enqueue.assign({ asked: null });
      if (asked !== 'alert') {
        const resume = { type: 'RESUME', at, by, scope: by, why: 'it is open no more' };
        tell({ enqueue, system }, [paths.tradingMode], resume);
      }
      tell({ enqueue, system }, [paths.alerts], { type: 'RESOLVE', at, key: by });
    }),
    announceOpened: emit((args) => ({ ...factOf('breaker.opened', args), ...openingOf(args) })),
    announceWouldOpen: emit((args) => ({
      ...factOf('breaker.wouldOpen', args),
      ...openingOf(args),
    })),
    announceWouldClose: emit((args) => ({
      ...factOf('breaker.wouldClose', args),
      openCount: args.context.openCount,
    })),
    announceHalfOpened: emit((args) => ({
      ...factOf('breaker.halfOpened', args),
      openCount: args.context.openCount,
      probeCount: args.context.settings.probeCount,
      probeSuccessRatioMin: args.context.settings.probeSuccessRatioMin,
    })),
    /** Before the probe is counted. */
    announceProbed: enqueueActions((args) => {
      const { enqueue } = args;
      const measurement = measurementOf(args);
      if (!measurement?.reading) return;
      const { measured, limit } = measurement.reading;
      const { probeSuccessCount: successCount, probeFailureCount: failureCount } =
        probesAfter(args);
      const probed = { ok: !measurement.isBreach, measured, limit, successCount, failureCount };
      enqueue.emit({ ...factOf('breaker.probed', args), ...probed });
    }),
    announceClosed: emit((args) => ({
      ...factOf('breaker.closed', args),
      openCount: args.context.openCount,
      ...orderedBy(args),
    })),
    announceIsolated: emit((args) => ({ ...factOf('breaker.isolated', args), ...orderOf(args) })),
    announceDisabled: emit((args) => ({ ...factOf('breaker.disabled', args), ...orderOf(args) })),
    announceMetricsOnly: emit((args) => ({
      ...factOf('breaker.setMetricsOnly', args),
      ...orderOf(args),
    })),
    announceEnabled: emit((args) => ({ ...factOf('breaker.enabled', args), ...orderedBy(args) })),
    announceResetRefused: emit((args) => ({
      ...factOf('breaker.resetRefused', args),
      scope: args.event.type === 'RESET' ? args.event.scope : '',
      by: orderedBy(args).by ?? '',
      why: orderedBy(args).why ?? '',
      refusal: resetRefusal(args) ?? '',
    })),
  },
  delays: {
    openDuration: ({ context }) => context.openDurationMs,
  },
});
