/**
 * Trading mode: whether orders may open positions.
 *
 * States: `open`; `reduceOnly`; `halted` (`exiting`: exits are possible; `afterPlan`: the emergency
 * plan has ended, nothing is); `reconciling` (position and orders have to be compared with the
 * broker first: at the start, and after each restart of the process).
 *
 * Each source that restricts has a reason of its own, which lasts until its release names it. The
 * most restrictive reason wins.
 *
 * Pure: reads no clock, keeps no random state, does no I/O.
 */
import { assign, emit, enqueueActions, setup } from 'xstate';
import type { TradingModeSettings } from '../config/trading-mode.ts';
import {
  modeOf,
  reasonText,
  type TradingMode,
  type TradingReasons,
  withoutReason,
  withReason,
} from './policies/trading-reasons.ts';
import { ask, raiseAlert, resolveAlert, tell } from './tell.ts';

export type { TradingMode } from './policies/trading-reasons.ts';

// Types

export interface TradingModeInput {
  readonly settings: TradingModeSettings;
  /** Logical ms. */
  readonly at: number;
  /** Paths of those who are told of each mode. */
  readonly listeners?: readonly string[];
  /** Paths of those who are asked what they restrict: one that starts again has forgotten it. */
  readonly ask?: readonly string[];
}

export interface TradingModeContext {
  readonly settings: TradingModeSettings;
  readonly listeners: readonly string[];
  readonly ask: readonly string[];
  readonly reasons: TradingReasons;
  readonly isReconciled: boolean;
  /** The mode that the chart is in; it follows the reasons in the same step. */
  readonly mode: TradingMode;
  /** Time of the newest event, and of the last change, logical ms. */
  readonly atMs: number;
  readonly changedAtMs: number;
}

type Order = { readonly at: number; readonly by: string; readonly why: string };

/** `at` is logical time in ms. `by` names the source: each holds one reason. */
export type TradingModeEvent =
  | ({ readonly type: 'HALT'; readonly planEnded?: boolean } & Order)
  | ({ readonly type: 'REDUCE_ONLY' } & Order)
  /** Releases the reason of the source that `scope` names; without one, the sender's own. */
  | ({ readonly type: 'RESUME'; readonly scope?: string } & Order)
  /** Position and working orders are those of the broker. */
  | ({ readonly type: 'RECONCILED' } & Order)
  /** They may no longer be. */
  | ({ readonly type: 'RECONCILE' } & Order)
  | { readonly type: 'PROCESS_RESTARTED'; readonly at: number }
  | { readonly type: 'SETTINGS_CHANGED'; readonly settings: TradingModeSettings }
  /** Asks for the mode, to be told as `REGION_CHANGED`. */
  | { readonly type: 'REGION_ASKED' };

export interface TradingModeEmitted {
  readonly type: 'tradingMode.changed';
  readonly at: number;
  readonly from: TradingMode;
  readonly to: TradingMode;
  readonly reasons: TradingReasons;
  readonly isReconciled: boolean;
  /** Who caused the change; null for a restart of the process. */
  readonly by: string | null;
  readonly why: string;
}

// Decisions

type Args = { readonly context: TradingModeContext; readonly event: TradingModeEvent };

const isNamed = (text: unknown): boolean => typeof text === 'string' && text.trim() !== '';

/** An order that does not say who gives it and why is none. */
const isSigned = (event: TradingModeEvent): boolean =>
  'by' in event && isNamed(event.by) && isNamed(event.why);

const scopeOf = (event: TradingModeEvent): string =>
  event.type === 'RESUME' ? (event.scope ?? event.by) : '';

function reasonsAfter({ context, event }: Args): TradingReasons {
  const { reasons } = context;
  if (event.type === 'RESUME') return withoutReason(reasons, scopeOf(event));
  if (event.type !== 'HALT' && event.type !== 'REDUCE_ONLY') return reasons;
  const { by, why, at } = event;
  const afterPlan = event.type === 'HALT' && event.planEnded === true;
  const restriction = event.type === 'HALT' ? 'halted' : 'reduceOnly';
  return withReason(reasons, by, { restriction, why, at, afterPlan });
}

/** Sources that tell people themselves: nobody is told twice. */
const tellsPeople = (source: string): boolean =>
  ['safety', 'emergencyPlan', 'feed'].includes(source) || source.startsWith('signals/');

const othersIn = (reasons: TradingReasons) =>
  Object.entries(reasons).filter(([source]) => !tellsPeople(source));

const dueMode = ({ reasons, isReconciled }: TradingModeContext): TradingMode =>
  modeOf(reasons, isReconciled);

// Implementations

const tradingModeSetup = setup({
  types: {
    input: {} as TradingModeInput,
    context: {} as TradingModeContext,
    events: {} as TradingModeEvent,
    emitted: {} as TradingModeEmitted,
    tags: {} as 'opens' | 'refuses',
  },
  guards: {
    isSigned: ({ event }) => isSigned(event),
    isKnownScope: ({ context, event }) =>
      isSigned(event) && Object.hasOwn(context.reasons, scopeOf(event)),
    reconciles: ({ context }) => context.settings.reconcileAtStart,
    isOpenFromStart: ({ context }) => context.mode === 'open',
    // What traded was stopped and starts anew: it has to look first.
    endsStandstill: ({ context, event }) =>
      context.settings.reconcileAtStart &&
      isSigned(event) &&
      Object.hasOwn(context.reasons, scopeOf(event)) &&
      context.reasons[scopeOf(event)]?.afterPlan === true,
    isDue: ({ context }, { mode }: { readonly mode: TradingMode }) =>
      dueMode(context) === mode && context.mode !== mode,
  },
  actions: {
    noteReason: assign((args) => ({ reasons: reasonsAfter(args) })),
    noteTime: assign({
      atMs: ({ context, event }) => ('at' in event ? event.at : context.atMs),
    }),
    noteReconciled: assign({ isReconciled: true }),
    forgetReconciled: assign({ isReconciled: false }),
    applySettings: assign({
      settings: ({ context, event }) =>
        event.type === 'SETTINGS_CHANGED' ? event.settings : context.settings,
    }),
    announceChanged: emit(({ context, event }) => {
      const { atMs, mode, reasons, isReconciled } = context;
      return {
        type: 'tradingMode.changed' as const,
        at: atMs,
        from: mode,
        to: dueMode(context),
        reasons,
        isReconciled,
        by: 'by' in event ? event.by : null,
        why: 'why' in event ? event.why : 'the process was restarted',
      };
    }),
    tellAlerts: enqueueActions((args) => {
      const { context, event, enqueue, system, self } = args;
      const [before, after] = [othersIn(context.reasons), othersIn(reasonsAfter(args))];
      if (!('at' in event) || JSON.stringify(before) === JSON.stringify(after)) return;
      const { at } = event;
      const key = 'tradingMode';
      if (after.length === 0) return resolveAlert({ enqueue, system }, at, key);
      const isHalted = after.some(([, { restriction }]) => restriction === 'halted');
      const cause = isHalted ? 'tradingHalted' : 'tradingReduced';
      const told = after.map(([source, { why }]) => `${source}: ${why}`).join('; ');
      const text = `Trading is ${isHalted ? 'halted' : 'reduced'} by ${told}`;
      raiseAlert({ enqueue, system }, { at, key, cause, text, path: self.id });
    }),
    askRestrictions: enqueueActions(({ context, enqueue, system }) =>
      ask({ enqueue, system }, context.ask, { type: 'RESTRICTION_ASKED' }),
    ),
    takeMode: assign({
      mode: ({ context }) => dueMode(context),
      changedAtMs: ({ context }) => context.atMs,
    }),
    tellRegion: enqueueActions(({ context, enqueue, system }) => {
      const { mode: state, atMs: at, reasons, isReconciled, listeners } = context;
      // A change of the mode is told once it has happened.
      if (dueMode(context) !== state) return;
      const why = reasonText(reasons, isReconciled);
      const event = { type: 'REGION_CHANGED', at, region: 'tradingMode', state, why };
      tell({ enqueue, system }, listeners, event);
    }),
  },
});

// Machine

const arrive = ['announceChanged', 'takeMode', 'tellRegion'] as const;
const due = (mode: TradingMode) => ({ type: 'isDue', params: { mode } }) as const;

export const tradingModeMachine = tradingModeSetup.createMachine({
  id: 'tradingMode',
  description: 'Decides whether orders may open positions.',
  context: ({ input }) => ({
    settings: input.settings,
    listeners: input.listeners ?? [],
    ask: input.ask ?? [],
    reasons: {},
    isReconciled: !input.settings.reconcileAtStart,
    mode: input.settings.reconcileAtStart ? 'reconciling' : 'open',
    atMs: input.at,
    changedAtMs: input.at,
  }),
  entry: ['tellRegion', 'askRestrictions'],
  initial: 'reconciling',
  on: {
    HALT: { guard: 'isSigned', actions: ['noteTime', 'tellAlerts', 'noteReason', 'tellRegion'] },
    REDUCE_ONLY: {
      guard: 'isSigned',
      actions: ['noteTime', 'tellAlerts', 'noteReason', 'tellRegion'],
    },
    // Latched: only who asked for it, or an operator who names it, releases a reason.
    RESUME: [
      {
        guard: 'endsStandstill',
        actions: ['noteTime', 'tellAlerts', 'noteReason', 'forgetReconciled', 'tellRegion'],
      },
      { guard: 'isKnownScope', actions: ['noteTime', 'tellAlerts', 'noteReason', 'tellRegion'] },
    ],
    RECONCILED: { guard: 'isSigned', actions: ['noteTime', 'noteReconciled', 'tellRegion'] },
    RECONCILE: { guard: 'isSigned', actions: ['noteTime', 'forgetReconciled', 'tellRegion'] },
    PROCESS_RESTARTED: {
      guard: 'reconciles',
      actions: ['noteTime', 'forgetReconciled', 'tellRegion'],
    },
    SETTINGS_CHANGED: { actions: 'applySettings' },
    REGION_ASKED: { actions: 'tellRegion' },
  },
  always: [
    { guard: due('open'), target: '.open', actions: arrive },
    { guard: due('reduceOnly'), target: '.reduceOnly', actions: arrive },
    { guard: due('reconciling'), target: '.reconciling', actions: arrive },
    { guard: due('halted'), target: '.halted', actions: arrive },
    { guard: due('haltedAfterPlan'), target: '.halted.afterPlan', actions: arrive },
  ],
  states: {
    open: { tags: 'opens' },
    reduceOnly: { tags: 'refuses' },
    halted: {
      tags: 'refuses',
      initial: 'exiting',
      states: { exiting: {}, afterPlan: {} },
    },
    // Without a reconciliation at the start this is left at once.
    reconciling: { tags: 'refuses', always: { guard: 'isOpenFromStart', target: 'open' } },
  },
});
