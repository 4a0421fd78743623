/**
 * Health monitor: one score from what all probes say.
 *
 * States: `passing` (all do, or there are none) and `impaired` (some fail or are down). A component
 * that has gone silent counts as down.
 *
 * Pure: reads no clock, keeps no random state, does no I/O.
 */
import { assign, emit, enqueueActions, setup } from 'xstate';
import type { HealthSettings } from '../config/health.ts';
import { type Component, type ComponentState, scoreOf } from './policies/health-score.ts';
import { raiseAlert, resolveAlert, tell } from './tell.ts';

// Types

export interface HealthMonitorInput {
  readonly settings: HealthSettings;
  /** Logical ms. */
  readonly at: number;
  /** Paths of those who are told of each score. */
  readonly listeners?: readonly string[];
}

/** A component as the monitor knows it. */
export interface MonitoredComponent extends Component {
  readonly isAnomalous: boolean;
  /** Time of its last report, logical ms. */
  readonly atMs: number;
  /** Without a report for so long it counts as down; null: it may be silent. */
  readonly silentAfterMs: number | null;
}

export type MonitoredComponents = Readonly<Record<string, MonitoredComponent>>;

export interface HealthMonitorContext {
  readonly settings: HealthSettings;
  readonly listeners: readonly string[];
  readonly components: MonitoredComponents;
  readonly score: number;
  readonly atMs: number;
}

/** `at` is logical time in ms. */
export type HealthMonitorEvent =
  | {
      readonly type: 'COMPONENT_REPORTED';
      readonly at: number;
      readonly id: string;
      readonly component: Component;
      readonly isAnomalous: boolean;
      readonly silentAfterMs: number | null;
    }
  | { readonly type: 'COMPONENT_REMOVED'; readonly at: number; readonly id: string }
  | { readonly type: 'SETTINGS_CHANGED'; readonly settings: HealthSettings }
  /** Asks for the score, to be told to the actor at `path` as `HEALTH_SCORED`. */
  | { readonly type: 'SCORE_ASKED'; readonly path: string }
  /** Sent by the chart to itself. */
  | { readonly type: 'SILENCE_DUE'; readonly at: number };

export interface HealthMonitorEmitted {
  readonly type: 'health.changed';
  readonly at: number;
  readonly score: number;
  readonly scoreBefore: number;
  /** Components that do not pass, sorted by id. */
  readonly impaired: readonly { readonly id: string; readonly state: ComponentState }[];
}

// Decisions

type Args = { readonly context: HealthMonitorContext; readonly event: HealthMonitorEvent };

const timeOf = ({ context, event }: Args): number => ('at' in event ? event.at : context.atMs);

/** Whoever should have reported by now is down until it does. */
const withSilent = (components: MonitoredComponents, at: number): MonitoredComponents =>
  Object.fromEntries(
    Object.entries(components).map(([id, one]) => {
      const isSilent = one.silentAfterMs !== null && at >= one.atMs + one.silentAfterMs;
      return [id, isSilent && one.state !== 'down' ? { ...one, state: 'down' as const } : one];
    }),
  );

function componentsAfter(args: Args): MonitoredComponents {
  const { context, event } = args;
  const { components } = context;
  const at = timeOf(args);
  if (event.type === 'COMPONENT_REMOVED') {
    return Object.fromEntries(Object.entries(components).filter(([id]) => id !== event.id));
  }
  if (event.type !== 'COMPONENT_REPORTED') return withSilent(components, at);
  const { id, component, isAnomalous, silentAfterMs } = event;
  const reported = { ...component, isAnomalous, silentAfterMs, atMs: at };
  return withSilent({ ...components, [id]: reported }, at);
}

function healthAfter(args: Args): Partial<HealthMonitorContext> {
  const { event, context } = args;
  const settings = event.type === 'SETTINGS_CHANGED' ? event.settings : context.settings;
  const components = componentsAfter(args);
  const score = scoreOf(Object.values(components), settings.criticalScoreMax);
  return { settings, components, score, atMs: timeOf(args) };
}

const impairedIn = (components: MonitoredComponents) =>
  Object.keys(components)
    .sort()
    .map((id) => ({ id, state: components[id]!.state }))
    .filter(({ state }) => state !== 'passing');

/** When the next component will have been silent for too long. */
function silenceDueAt({ components }: HealthMonitorContext): number | undefined {
  const due = Object.values(components).flatMap(({ state, atMs, silentAfterMs }) =>
    state === 'down' || silentAfterMs === null ? [] : [atMs + silentAfterMs],
  );
  return due.length === 0 ? undefined : Math.min(...due);
}

function scoredBy(context: HealthMonitorContext) {
  const { atMs: at, score } = context;
  const components = Object.keys(context.components)
    .sort()
    .map((id) => {
      const { state, weight, critical } = context.components[id]!;
      return { id, state, weight, critical };
    });
  // Whoever listens knows by when the next score comes: silence beyond it is a failure of ours.
  const nextAtMs = silenceDueAt(context) ?? null;
  return { type: 'HEALTH_SCORED', at, score, components, nextAtMs };
}

// Implementations

const healthMonitorSetup = setup({
  types: {
    input: {} as HealthMonitorInput,
    context: {} as HealthMonitorContext,
    events: {} as HealthMonitorEvent,
    emitted: {} as HealthMonitorEmitted,
    tags: {} as 'passing' | 'impaired',
  },
  guards: {
    changesHealth: (args) => {
      const after = healthAfter(args);
      if (after.score !== args.context.score) return true;
      const face = (components: MonitoredComponents) => JSON.stringify(impairedIn(components));
      return face(after.components ?? {}) !== face(args.context.components);
    },
    isImpaired: ({ context }) => impairedIn(context.components).length > 0,
    isPassing: ({ context }) => impairedIn(context.components).length === 0,
  },
  actions: {
    noteHealth: assign(healthAfter),
    announceChanged: emit((args) => {
      const { score = 0, components = {} } = healthAfter(args);
      return {
        type: 'health.changed' as const,
        at: timeOf(args),
        score,
        scoreBefore: args.context.score,
        impaired: impairedIn(components),
      };
    }),
    tellScore: enqueueActions(({ context, enqueue, system }) => {
      tell({ enqueue, system }, context.listeners, scoredBy(context));
    }),
    tellAlerts: enqueueActions((args) => {
      const { context, enqueue, system } = args;
      const { components = {} } = healthAfter(args);
      const at = timeOf(args);
      const isDown = (one: MonitoredComponent | undefined) => one?.state === 'down';
      for (const id of new Set(Object.keys({ ...context.components, ...components }))) {
        const after = components[id];
        const key = `health:${id}`;
        if (isDown(after) === isDown(context.components[id])) continue;
        if (!isDown(after)) {
          resolveAlert({ enqueue, system }, at, key);
          continue;
        }
        const cause = after?.critical ? 'criticalComponentDown' : 'componentDown';
        const text = `Component '${id}' is down`;
        raiseAlert({ enqueue, system }, { at, key, cause, text, path: '' });
      }
    }),
    answerScore: enqueueActions(({ context, event, enqueue, system }) => {
      // Who has heard of no component has no score to tell.
      if (event.type !== 'SCORE_ASKED' || Object.keys(context.components).length === 0) return;
      tell({ enqueue, system }, [event.path], scoredBy(context));
    }),
    scheduleSilence: enqueueActions(({ context, enqueue }) => {
      const at = silenceDueAt(context);
      enqueue.cancel('silence');
      if (at === undefined) return;
      const delay = Math.max(1, at - context.atMs);
      enqueue.raise({ type: 'SILENCE_DUE', at }, { id: 'silence', delay });
    }),
  },
});

// Machine

const follow = ['tellAlerts', 'noteHealth', 'tellScore', 'scheduleSilence'] as const;

export const healthMonitorMachine = healthMonitorSetup.createMachine({
  id: 'healthMonitor',
  description: 'Makes one score from what all probes say.',
  context: ({ input }) => ({
    settings: input.settings,
    listeners: input.listeners ?? [],
    components: {},
    score: 100,
    atMs: input.at,
  }),
  initial: 'passing',
  on: {
    COMPONENT_REPORTED: [
      { guard: 'changesHealth', actions: ['announceChanged', ...follow] },
      { actions: follow },
    ],
    COMPONENT_REMOVED: [
      { guard: 'changesHealth', actions: ['announceChanged', ...follow] },
      { actions: follow },
    ],
    SILENCE_DUE: [
      { guard: 'changesHealth', actions: ['announceChanged', ...follow] },
      { actions: follow },
    ],
    SETTINGS_CHANGED: [
      { guard: 'changesHealth', actions: ['announceChanged', ...follow] },
      { actions: follow },
    ],
    SCORE_ASKED: { actions: 'answerScore' },
  },
  states: {
    passing: { tags: 'passing', always: { guard: 'isImpaired', target: 'impaired' } },
    impaired: { tags: 'impaired', always: { guard: 'isPassing', target: 'passing' } },
  },
});
