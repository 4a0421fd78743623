/** Guards and actions of the circuit breaker's chart, which is in `circuit-breaker.ts`. */
import { assign, cancel, emit, enqueueActions, setup } from 'xstate';
import {
  callsAfter,
  failureCountAfter,
  isGoodProbe,
  tripsAfter,
} from './circuit-breaker-counts.ts';
import type {
  CircuitBreakerContext,
  CircuitBreakerEmitted,
  CircuitBreakerEvent,
  CircuitBreakerEvidence,
  CircuitBreakerInput,
} from './circuit-breaker-types.ts';
import { emptyRecord, fitted, ratioEvidence, recordBy } from './policies/call-record.ts';
import { openPeriod } from './policies/open-period.ts';
import { isPassCertain, isPassImpossible } from './policies/probe-verdict.ts';
import { raiseAlert, resolveAlert } from './tell.ts';

// Decisions

type Args = { readonly context: CircuitBreakerContext; readonly event: CircuitBreakerEvent };

/** Without a generation the event is current: a host that reports by hand knows of none. */
const isCurrent = ({ context, event }: Args): boolean =>
  !('generation' in event) ||
  event.generation === undefined ||
  event.generation === context.generation;

/** Elapsed delays carry no time: the open period ends exactly when it is due. */
const timeOf = ({ context, event }: Args): number =>
  'at' in event ? event.at : context.openUntilMs;

const reasonOf = ({ event }: Args): string | null =>
  'why' in event && event.why !== undefined ? event.why : null;

const countsAfterProbe = ({ context, event }: Args) => {
  const isGood = isGoodProbe(context, event);
  return {
    probeSuccessCount: context.probeSuccessCount + (isGood ? 1 : 0),
    probeFailureCount: context.probeFailureCount + (isGood ? 0 : 1),
  };
};

function windowEvidence({ context, event }: Args): CircuitBreakerEvidence | null {
  const why = reasonOf({ context, event });
  const { window } = context.settings;
  if (window.kind !== 'consecutive') {
    const evidence = ratioEvidence(context.settings, context.calls);
    return evidence && { ...evidence, why };
  }
  const { failureCount } = context;
  const { failureCountMax } = window;
  return { kind: 'consecutive', failureCount, failureCountMax, why };
}

// Facts

const factOf = <T extends CircuitBreakerEmitted['type']>(type: T, { context, event }: Args) => ({
  type,
  at: timeOf({ context, event }),
  generation: context.generation,
});

const openingOf = ({ context }: Args) => ({
  at: context.openedAtMs,
  failureCount: context.evidence?.failureCount ?? 0,
  openCount: context.openCount,
  openDurationMs: context.openDurationMs,
  openUntilMs: context.openUntilMs,
  evidence: context.evidence,
});

const alertKeyOf = (path: string): string => `breaker:${path}`;

/** Why it is open, for people. */
function openingText(path: string, { evidence, openDurationMs }: CircuitBreakerContext): string {
  const last = evidence?.why == null ? '' : `; the last: ${evidence.why}`;
  const what = evidence ? evidenceText(evidence) : 'by order';
  return `Breaker '${path}' has opened for ${openDurationMs / 1_000} s: ${what}${last}`;
}

function evidenceText(evidence: CircuitBreakerEvidence): string {
  const { kind, failureCount } = evidence;
  if (kind === 'consecutive') return `${failureCount} failures in a row`;
  if (kind === 'probes') return `${failureCount} of ${evidence.probeCount} probes failed`;
  const { callCount, slowCount } = evidence;
  return `of ${callCount} calls ${failureCount} failed and ${slowCount} were slow`;
}

/** Who ordered what this event did; null when nobody did. */
const orderedBy = (args: Args) => ({
  by: 'by' in args.event ? args.event.by : null,
  why: reasonOf(args),
});

const orderOf = ({ context }: Args) => ({
  by: context.order?.by ?? '',
  why: context.order?.why ?? '',
  expiresAtMs: context.order?.expiresAtMs ?? null,
});

// Implementations

export const circuitBreakerSetup = setup({
  types: {
    input: {} as CircuitBreakerInput,
    context: {} as CircuitBreakerContext,
    events: {} as CircuitBreakerEvent,
    emitted: {} as CircuitBreakerEmitted,
    tags: {} as 'admits' | 'refuses',
  },
  guards: {
    isCurrent,
    isTrip: (args) => isCurrent(args) && tripsAfter(args.context, args.event),
    isDecisiveSuccess: (args) =>
      isCurrent(args) &&
      isGoodProbe(args.context, args.event) &&
      isPassCertain(args.context.settings, args.context.probeSuccessCount + 1),
    isDecisiveFailure: (args) =>
      isCurrent(args) &&
      !isGoodProbe(args.context, args.event) &&
      isPassImpossible(args.context.settings, args.context.probeFailureCount + 1),
    isTemporary: ({ context }) => context.order?.expiresAtMs != null,
  },
  actions: {
    /** The newest results stay; a window of another kind begins anew. */
    adoptSettings: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'SETTINGS_CHANGED') return;
      const { settings, at } = event;
      const held = recordBy(context.calls, context.settings.window, at);
      const from = context.settings.window.kind;
      const to = settings.window.kind;
      const isSameKind = from === to;
      enqueue.assign({
        settings,
        calls: fitted(held, settings.window),
        failureCount: isSameKind ? context.failureCount : 0,
      });
      if (isSameKind) return;
      const { generation } = context;
      enqueue.emit({ type: 'breaker.countedAnew', at, generation, from, to });
    }),
    advanceGeneration: assign({ generation: ({ context }) => context.generation + 1 }),
    countCalls: assign(({ context, event }) => ({
      failureCount: failureCountAfter(context, event),
      calls: callsAfter(context, event),
    })),
    forgetProbes: assign({ probeSuccessCount: 0, probeFailureCount: 0 }),
    forgetOutage: assign(({ context }) => ({
      failureCount: 0,
      calls: emptyRecord(context.settings.window),
      probeSuccessCount: 0,
      probeFailureCount: 0,
      openCount: 0,
    })),
    countProbe: assign(countsAfterProbe),
    keepWindowAsEvidence: assign({ evidence: windowEvidence }),
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
    announceProbed: emit((args) => ({
      ...factOf('breaker.probed', args),
      ok: args.event.type === 'CALL_SUCCEEDED',
      durationMs: 'durationMs' in args.event ? (args.event.durationMs ?? null) : null,
      why: reasonOf(args),
      successCount: args.context.probeSuccessCount,
      failureCount: args.context.probeFailureCount,
    })),
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
    raiseAlert: enqueueActions(({ context, event, enqueue, system, self }) => {
      // Only who is supervised has a name that nobody else has.
      if (!self.id.startsWith('/')) return;
      raiseAlert(
        { enqueue, system },
        {
          at: timeOf({ context, event }),
          key: alertKeyOf(self.id),
          cause: 'breakerOpened',
          text: openingText(self.id, context),
          path: self.id,
        },
      );
    }),
    resolveAlert: enqueueActions(({ context, event, enqueue, system, self }) => {
      if (self.id.startsWith('/'))
        resolveAlert({ enqueue, system }, timeOf({ context, event }), alertKeyOf(self.id));
    }),
    announcePredicateFailed: emit((args) => ({
      ...factOf('breaker.predicateFailed', args),
      predicate: args.event.type === 'PREDICATE_FAILED' ? args.event.predicate : 'isFailure',
      why: reasonOf(args) ?? '',
    })),
  },
  delays: {
    openDuration: ({ context }) => context.openDurationMs,
  },
});
