/**
 * Degradation controller: gives up the right things first, as the health score falls.
 *
 * States: `normal`, `level1`, `level2`, `level3`, `emergency`. Worse at once, over several levels
 * in one step. Better only after a dwell time with a margin, then straight to the level that the
 * lowest score of that time supports. An operator may hold a level.
 *
 * Pure: reads no clock, keeps no random state, does no I/O.
 */
import { assign, cancel, emit, enqueueActions, setup } from 'xstate';
import type {
  DegradationCause,
  DegradationContext,
  DegradationEmitted,
  DegradationEvent,
  DegradationHold,
  DegradationInput,
} from './degradation-types.ts';
import {
  climbAfter,
  climbScoreOf,
  type DegradationLevel,
  dueLevel,
  isWorse,
  leastScoreOf,
} from './policies/degradation-level.ts';
import { ask, raiseAlert, resolveAlert, tell } from './tell.ts';

export type {
  DegradationCause,
  DegradationContext,
  DegradationEmitted,
  DegradationEvent,
  DegradationHold,
  DegradationInput,
} from './degradation-types.ts';

// Decisions

type Args = { readonly context: DegradationContext; readonly event: DegradationEvent };

/** A change of settings carries no time: it counts from the newest event on. */
const timeOf = ({ context, event }: Args): number => ('at' in event ? event.at : context.atMs);

const scoreAfter = ({ context, event }: Args): number | null =>
  event.type === 'HEALTH_SCORED' ? event.score : context.score;

function holdAfter({ context, event }: Args): DegradationHold | null {
  if (event.type === 'RELEASE' || event.type === 'HOLD_EXPIRED') return null;
  if (event.type !== 'HOLD') return context.hold;
  const { level, by, why, expiresAtMs = null } = event;
  return { level, by, why, expiresAtMs };
}

/** Everything that follows from an event but the change of level itself. */
function judged(args: Args): Partial<DegradationContext> {
  const { context, event } = args;
  const settings = event.type === 'SETTINGS_CHANGED' ? event.settings : context.settings;
  const [atMs, score, hold] = [timeOf(args), scoreAfter(args), holdAfter(args)];
  // Without a score there is no evidence to leave a level by.
  if (score === null) return { settings, atMs, hold, dueLevel: hold?.level ?? context.level };
  const climb = climbAfter(settings, context.level, context.climb, score, atMs);
  const due = hold?.level ?? dueLevel(settings, context.level, { score, climb, at: atMs });
  return { settings, atMs, score, hold, climb, dueLevel: due };
}

function causeOf({ context, event }: Args): DegradationCause {
  if (event.type === 'HOLD') return 'held';
  if (event.type === 'RELEASE' || event.type === 'HOLD_EXPIRED') return 'released';
  if (event.type === 'SETTINGS_CHANGED') return 'settings';
  return isWorse(context.dueLevel, context.level) ? 'worse' : 'better';
}

function reasonOf({ context }: Args): string {
  const { settings, level, dueLevel: to, hold, score, climb } = context;
  if (hold) return `held by ${hold.by}: ${hold.why}`;
  if (isWorse(to, level)) return `the score ${score} is below ${leastScoreOf(settings, level)}`;
  const stretch = `${climbScoreOf(settings, to)} for ${settings.dwellMs / 1_000} s`;
  return `the score stood at ${climb?.lowestScore} or higher, above ${stretch}`;
}

// Implementations

const degradationSetup = setup({
  types: {
    input: {} as DegradationInput,
    context: {} as DegradationContext,
    events: {} as DegradationEvent,
    emitted: {} as DegradationEmitted,
  },
  guards: {
    isDue: ({ context }, { level }: { readonly level: DegradationLevel }) =>
      context.dueLevel === level && context.level !== level,
    isHeld: ({ context }) => context.hold !== null,
  },
  actions: {
    judge: assign(judged),
    announceChanged: emit((args) => {
      const { context } = args;
      const { settings, level, dueLevel: to, score, climb, hold, atMs } = context;
      const { normalScoreMin, level1ScoreMin, level2ScoreMin, level3ScoreMin } = settings;
      return {
        type: 'degradation.changed' as const,
        at: atMs,
        from: level,
        to,
        cause: causeOf(args),
        score,
        thresholds: [normalScoreMin, level1ScoreMin, level2ScoreMin, level3ScoreMin],
        marginScore: settings.marginScore,
        dwellMs: settings.dwellMs,
        climb,
        hold,
        why: reasonOf(args),
      };
    }),
    takeLevel: assign((args) => {
      const { settings, dueLevel: level, score, atMs } = args.context;
      const why = reasonOf(args);
      // The next climb begins here: no two steps up within one dwell time.
      const climb = score === null ? null : climbAfter(settings, level, null, score, atMs);
      return { level, climb, why, changedAtMs: atMs };
    }),
    tellRegion: enqueueActions(({ context, enqueue, system }) => {
      const { level: state, changedAtMs: at, why, listeners } = context;
      tell({ enqueue, system }, listeners, {
        type: 'REGION_CHANGED',
        at,
        region: 'degradation',
        state,
        why,
      });
    }),
    tellAlerts: enqueueActions(({ context, enqueue, system, self }) => {
      const { level, atMs: at, why } = context;
      const key = 'degradation';
      if (level === 'normal') return resolveAlert({ enqueue, system }, at, key);
      const text = `Degraded to ${level}: ${why}`;
      raiseAlert({ enqueue, system }, { at, key, cause: 'degraded', text, path: self.id });
    }),
    askScore: enqueueActions(({ context, enqueue, system }) =>
      ask({ enqueue, system }, context.ask, { type: 'SCORE_ASKED', path: context.path }),
    ),
    scheduleDwell: enqueueActions(({ context, enqueue }) => {
      const { climb, hold, settings, atMs } = context;
      enqueue.cancel('dwell');
      if (!climb || hold) return;
      const at = climb.sinceMs + settings.dwellMs;
      const delay = Math.max(0, at - atMs);
      if (delay > 0) enqueue.raise({ type: 'DWELL_ENDED', at }, { id: 'dwell', delay });
    }),
    scheduleExpiry: enqueueActions(({ context, enqueue }) => {
      const at = context.hold?.expiresAtMs;
      enqueue.cancel('holdExpiry');
      if (at == null) return;
      const delay = Math.max(0, at - context.atMs);
      enqueue.raise({ type: 'HOLD_EXPIRED', at }, { id: 'holdExpiry', delay });
    }),
    cancelExpiry: cancel('holdExpiry'),
  },
});

// Machine

const arrive = [
  ...['announceChanged', 'takeLevel', 'tellRegion', 'tellAlerts', 'scheduleDwell'],
] as const;

export const degradationMachine = degradationSetup.createMachine({
  id: 'degradation',
  description: 'Gives up the right things first, as the health score falls.',
  context: ({ input }) => ({
    settings: input.settings,
    listeners: input.listeners ?? [],
    path: input.path ?? '',
    ask: input.ask ?? [],
    level: 'normal',
    dueLevel: 'normal',
    score: null,
    atMs: input.at,
    changedAtMs: input.at,
    climb: null,
    hold: null,
    why: 'no score yet',
  }),
  entry: ['tellRegion', 'askScore'],
  initial: 'normal',
  on: {
    HEALTH_SCORED: { actions: ['judge', 'scheduleDwell'] },
    DWELL_ENDED: { actions: 'judge' },
    // The later order counts: its level, operator, reason and expiry.
    HOLD: { actions: ['judge', 'scheduleExpiry', 'scheduleDwell'] },
    RELEASE: { guard: 'isHeld', actions: ['judge', 'cancelExpiry', 'scheduleDwell'] },
    HOLD_EXPIRED: { guard: 'isHeld', actions: ['judge', 'scheduleDwell'] },
    SETTINGS_CHANGED: { actions: ['judge', 'scheduleDwell'] },
    REGION_ASKED: { actions: 'tellRegion' },
  },
  always: [
    { guard: { type: 'isDue', params: { level: 'normal' } }, target: '.normal', actions: arrive },
    { guard: { type: 'isDue', params: { level: 'level1' } }, target: '.level1', actions: arrive },
    { guard: { type: 'isDue', params: { level: 'level2' } }, target: '.level2', actions: arrive },
    { guard: { type: 'isDue', params: { level: 'level3' } }, target: '.level3', actions: arrive },
    {
      guard: { type: 'isDue', params: { level: 'emergency' } },
      target: '.emergency',
      actions: arrive,
    },
  ],
  states: { normal: {}, level1: {}, level2: {}, level3: {}, emergency: {} },
});
