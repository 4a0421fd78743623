/** Guards and actions of the safety manager. */
import { assign, emit, enqueueActions, setup } from 'xstate';
import type { Severity } from './alert.ts';
import {
  type EmergencyReports,
  isConfirmed,
  withoutReport,
  withReport,
} from './policies/emergency-confirmation.ts';
import { nextLevel, type SafetyLevel, safetyLevelOf } from './policies/safety-level.ts';
import { countFailures, metricsAt, noMetrics } from './policies/safety-metrics.ts';
import { type Latch, resetRefusal } from './policies/safety-reset.ts';
import type {
  SafetyContext,
  SafetyEmitted,
  SafetyEvent,
  SafetyEvidence,
  SafetyInput,
} from './safety-types.ts';
import { ask, tell } from './tell.ts';

type Args = { readonly context: SafetyContext; readonly event: SafetyEvent };

/** Health is one source of emergencies among others. */
const healthSource = 'health';

const timeOf = ({ context, event }: Args): number =>
  Math.max(context.at, 'at' in event ? event.at : context.at);

/** The reports after the event. */
export function reportsAfter({ context, event }: Args): EmergencyReports {
  const { reports, settings } = context;
  if (event.type === 'EMERGENCY_REPORTED') return withReport(reports, event, settings);
  if (event.type === 'EMERGENCY_WITHDRAWN') return withoutReport(reports, event.source);
  if (event.type !== 'HEALTH_SCORED') return reports;
  if (safetyLevelOf(event, settings) !== 'emergency') return withoutReport(reports, healthSource);
  const why = `score ${event.score}`;
  return withReport(reports, { source: healthSource, at: event.at, why }, settings);
}

/** What the newest evidence alone says; an emergency that nobody has confirmed is critical. */
export function judgedAfter({ context, event }: Args): SafetyLevel {
  if (event.type === 'HEALTH_SILENT') return 'critical';
  if (event.type !== 'HEALTH_SCORED') return context.judged;
  const level = safetyLevelOf(event, context.settings);
  return level === 'emergency' ? 'critical' : level;
}

/** The level and the calm after the event, an emergency apart. */
function levelAfter(args: Args) {
  const { context, event } = args;
  if (event.type !== 'HEALTH_SCORED' && event.type !== 'HEALTH_SILENT') return context;
  return nextLevel(context, judgedAfter(args), event.at, context.settings.dwellMs);
}

function evidenceOf(args: Args): SafetyEvidence | null {
  const { context, event } = args;
  switch (event.type) {
    case 'HEALTH_SCORED':
      return { kind: 'health', score: event.score, notPassing: notPassing(event) };
    case 'HEALTH_SILENT':
      return { kind: 'healthSilent', forMs: context.settings.healthSilentMs };
    case 'EMERGENCY':
    case 'PLAN_STARTED':
      return { kind: 'operator', by: event.by, why: event.why };
    case 'RESET':
      return { kind: 'reset', scope: String(event.scope), by: event.by, why: event.why };
    default:
      return context.evidence;
  }
}

/** Named components are bounded: the context is written into the journal. */
const notPassing = ({ components }: Extract<SafetyEvent, { type: 'HEALTH_SCORED' }>) =>
  components
    .filter(({ state }) => state !== 'passing')
    .slice(0, 256)
    .map(({ id }) => id);

export const latchOf = ({ emergency, outcome, halt }: SafetyContext): Latch => {
  if (emergency !== null) return outcome === null ? 'acting' : 'stopped';
  return halt === null ? 'none' : 'halt';
};

const severities: Readonly<Record<Exclude<SafetyLevel, 'healthy'>, Severity>> = {
  degraded: 'warning',
  critical: 'critical',
  emergency: 'emergency',
};

/** The trading mode keeps a reason for each source. */
const ownReason = 'safety';
const alertKey = 'safety';
const haltKey = 'safety.halt';

const haltOf = (halt: NonNullable<SafetyContext['halt']>) => ({
  ...{ type: 'HALT', by: ownReason, ...halt },
});

export const safetySetup = setup({
  types: {
    input: {} as SafetyInput,
    context: {} as SafetyContext,
    events: {} as SafetyEvent,
    emitted: {} as SafetyEmitted,
    tags: {} as 'available' | 'unavailable',
  },
  guards: {
    isConfirmed: (args) => isConfirmed(reportsAfter(args), timeOf(args), args.context.settings),
    leadsTo: (args, { level }: { level: SafetyLevel }) =>
      levelAfter(args).level === level && args.context.level !== level,
    isJudged: ({ context }, { level }: { level: SafetyLevel }) => context.judged === level,
    isRefused: ({ context, event }) =>
      event.type === 'RESET' && resetRefusal(latchOf(context), event.scope) !== null,
    isExposed: ({ context }) => context.outcome?.isFlat === false,
    isMetricsReset: ({ event }) => event.type === 'RESET' && event.scope === 'metrics',
  },
  actions: {
    adoptSettings: assign(({ event }) =>
      event.type === 'SETTINGS_CHANGED' ? { settings: event.settings } : {},
    ),
    noteTime: assign(({ context, event }) => {
      const at = timeOf({ context, event });
      return { at, metrics: metricsAt(context.metrics, context.level, at) };
    }),
    noteHealth: assign(({ context, event }) => {
      if (event.type !== 'HEALTH_SCORED') return {};
      const before = context.health?.notPassing ?? [];
      return {
        judged: judgedAfter({ context, event }),
        health: { score: event.score, notPassing: notPassing(event) },
        metrics: countFailures(context.metrics, before, event.components),
      };
    }),
    noteReports: assign({ reports: reportsAfter }),
    noteSilence: assign({ judged: 'critical' }),
    moveLevel: assign((args) => {
      const { level, calm } = levelAfter(args);
      const evidence = level === args.context.level ? args.context.evidence : evidenceOf(args);
      return { level, calm, evidence };
    }),
    setLevel: assign((args, { level }: { level: SafetyLevel }) => ({
      ...{ level, calm: null, evidence: evidenceOf(args) },
    })),
    /** A monitor that promised a score and does not give it is not healthy. */
    watchSilence: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'HEALTH_SCORED') return;
      const { at, settings } = context;
      enqueue.cancel('healthSilence');
      const nextAtMs = event.nextAtMs === undefined ? at : event.nextAtMs;
      if (nextAtMs === null) return;
      const delay = Math.max(0, nextAtMs - at) + settings.healthSilentMs;
      enqueue.raise({ type: 'HEALTH_SILENT', at: at + delay }, { id: 'healthSilence', delay });
    }),
    latchOrder: assign(({ context, event }) => {
      if (event.type !== 'EMERGENCY' && event.type !== 'PLAN_STARTED') return {};
      const { at, by, why } = event;
      return { emergency: { at: Math.max(context.at, at), by, why } };
    }),
    latchReports: assign(({ context }) => {
      const told = Object.entries(context.reports).map(
        ([source, { count, why }]) => `${source} ${count} times: ${why}`,
      );
      return {
        emergency: { at: context.at, by: 'safety', why: told.join('; ') },
        evidence: { kind: 'reports' as const, reports: context.reports },
      };
    }),
    beginEmergency: assign({ level: 'emergency', calm: null, outcome: null }),
    startPlan: enqueueActions(({ context: { paths, at, emergency }, enqueue, system }) => {
      const { by = '', why = '' } = emergency ?? {};
      tell({ enqueue, system }, [paths.plan], { type: 'START', at, by, why });
    }),
    /** One that starts again has missed scores, and perhaps an emergency. */
    askOthers: enqueueActions(({ context: { paths }, enqueue, system }) => {
      ask({ enqueue, system }, [paths.plan], { type: 'PLAN_ASKED' });
      ask({ enqueue, system }, [paths.health], { type: 'SCORE_ASKED', path: paths.safety });
    }),
    forgetOutcome: assign({ outcome: null }),
    noteOutcome: assign(({ event }) =>
      event.type === 'PLAN_ENDED' ? { outcome: event.outcome } : {},
    ),
    noteSilentPlan: assign(({ context }) => ({
      outcome: {
        ...{ isFlat: false, remaining: null, undone: context.outcome?.undone ?? [] },
        text: 'the emergency plan has not told its end: position unknown',
      },
    })),
    haltTrading: enqueueActions(({ context, event, enqueue, system }) => {
      if (event.type !== 'AUTHENTICATION_FAILED') return;
      const { at, paths } = context;
      const why = `authentication failed: ${event.why}`;
      enqueue.assign({ halt: context.halt ?? { at, why } });
      tell({ enqueue, system }, [paths.tradingMode], haltOf({ at, why }));
      const text = `Trading is halted: ${why}`;
      const alert = { type: 'RAISE', at, key: haltKey, severity: 'critical', path: '', text };
      tell({ enqueue, system }, [paths.alerts], alert);
      enqueue.emit({ type: 'safety.tradingHalted', at, why });
    }),
    repeatHalt: enqueueActions(({ context: { halt, paths }, enqueue, system }) => {
      if (halt) tell({ enqueue, system }, [paths.tradingMode], haltOf(halt));
    }),
    release: enqueueActions(({ context, event, enqueue, system }) => {
      if (event.type !== 'RESET') return;
      const { by, why } = event;
      const { at, paths } = context;
      const wasLatched = latchOf(context);
      enqueue.assign({ emergency: null, halt: null, reports: {}, refusal: null });
      if (wasLatched === 'none') return;
      if (wasLatched === 'stopped') {
        tell({ enqueue, system }, [paths.plan], { type: 'RELEASE', at, by, why });
      }
      const resume = { type: 'RESUME', at, scope: ownReason, by, why };
      tell({ enqueue, system }, [paths.tradingMode], resume);
      tell({ enqueue, system }, [paths.alerts], { type: 'RESOLVE', at, key: haltKey });
    }),
    rebaseMetrics: assign(({ context, event }) =>
      event.type === 'RESET' && event.scope !== 'trading'
        ? { metrics: { ...noMetrics, sinceMs: context.at, lastAtMs: context.at }, refusal: null }
        : {},
    ),
    noteRefusal: assign(({ context, event }) => ({
      refusedCount: context.refusedCount + 1,
      refusal: event.type === 'RESET' ? resetRefusal(latchOf(context), event.scope) : null,
    })),
    announceChanged: emit(({ context }) => ({
      ...{ type: 'safety.changed' as const, at: context.at, to: context.level },
      evidence: context.evidence,
    })),
    announceReport: emit(({ context, event }) => {
      const source = event.type === 'EMERGENCY_REPORTED' ? event.source : healthSource;
      const { count = 0, why = '' } = context.reports[source] ?? {};
      const { confirmCount } = context.settings;
      const { at } = context;
      return { type: 'safety.emergencyReported' as const, at, source, count, confirmCount, why };
    }),
    announceReset: emit(({ context, event }) => {
      const order = event as Extract<SafetyEvent, { type: 'RESET' }>;
      const isTrading = order.scope !== 'metrics';
      return {
        type: 'safety.reset' as const,
        at: context.at,
        ...{ scope: String(order.scope), by: order.by, why: order.why },
        released: isTrading && latchOf(context) !== 'none' ? [latchOf(context)] : [],
        rebased: [
          ...(isTrading ? ['confirmations', 'dwell'] : []),
          ...(order.scope === 'trading' ? [] : ['failureCounts', 'uptime']),
        ],
      };
    }),
    announceRefusal: emit(({ context, event }) => ({
      type: 'safety.resetRefused' as const,
      at: context.at,
      by: event.type === 'RESET' ? event.by : '',
      refusal: context.refusal ?? '',
    })),
    tellPosture: enqueueActions(({ context, enqueue, system }) => {
      const { at, level: state, emergency, evidence, paths } = context;
      const why = emergency?.why ?? evidenceText(evidence);
      const event = { type: 'REGION_CHANGED', at, region: 'safety', state, why };
      tell({ enqueue, system }, [paths.posture], event);
    }),
    tellAlerts: enqueueActions(({ context, enqueue, system }) => {
      const { at, level, emergency, evidence, paths } = context;
      const text = `The system is ${level}: ${emergency?.why ?? evidenceText(evidence)}`;
      const event =
        level === 'healthy'
          ? { type: 'RESOLVE', at, key: alertKey }
          : { type: 'RAISE', at, key: alertKey, severity: severities[level], path: '', text };
      tell({ enqueue, system }, [paths.alerts], event);
    }),
  },
  delays: { planSilence: 10_000 },
});

/** The evidence in a few words. */
export function evidenceText(evidence: SafetyEvidence | null): string {
  switch (evidence?.kind) {
    case 'health': {
      const { score, notPassing } = evidence;
      return notPassing.length === 0
        ? `health score ${score}`
        : `health score ${score}, not passing: ${notPassing.join(', ')}`;
    }
    case 'healthSilent':
      return `no health was reported for ${evidence.forMs / 1_000} s`;
    case 'reports':
      return `reported by ${Object.keys(evidence.reports).join(', ')}`;
    case 'operator':
    case 'reset':
      return `${evidence.by}: ${evidence.why}`;
    default:
      return 'nothing is known yet';
  }
}
