/**
 * Book of alerts: one actor for each thing that people must know, found by its key.
 *
 * A key that is raised again is counted, not told again; one that comes back soon after its end is
 * the same alert. The book is bounded: open alerts and remembered ones.
 *
 * Pure: reads no clock, draws no randomness, does no I/O.
 */
import { assign, enqueueActions, setup } from 'xstate';
import type { AlertsSettings } from '../config/alerts.ts';
import { type AlertChanged, type AlertInput, alertMachine, type Severity } from './alert.ts';
import {
  type AlertRow,
  type AlertRows,
  afterChange,
  isOpen,
  isWorse,
  raisedAgain,
  rowFor,
} from './policies/alert-book.ts';
import type { OwnAlert } from './tell.ts';

// Types

export type AlertsInput = {
  readonly settings: AlertsSettings;
  /** Its own path, to which its alerts report. */
  readonly path: string;
};

export type AlertsContext = AlertsInput & {
  /** In the order in which they were first raised. */
  readonly rows: AlertRows;
  /** Alerts so far; numbers their ids. */
  readonly alertCount: number;
  /** Alerts that found the book full. */
  readonly droppedCount: number;
};

/** Something that people must know. Repeats of one key are one alert. */
export type Raise = {
  readonly type: 'RAISE';
  readonly at: number;
  readonly key: string;
  readonly severity: Severity;
  readonly text: string;
  /** The actor that it is about. */
  readonly path: string;
};

/** As `Raise`, with the severity that settings give to its cause. */
export type OwnRaise = { readonly type: 'RAISE' } & OwnAlert;

export type AlertsEvent =
  | Raise
  | OwnRaise
  | { readonly type: 'RESOLVE'; readonly at: number; readonly key: string }
  | {
      readonly type: 'ACKNOWLEDGE';
      readonly at: number;
      readonly id: string;
      readonly by: string;
    }
  /** From the alerts themselves. */
  | AlertChanged
  | { readonly type: `xstate.done.actor.${string}`; readonly actorId: string }
  | { readonly type: 'SETTINGS_CHANGED'; readonly settings: AlertsSettings };

export type AlertsEmitted = {
  readonly type: 'alerts.dropped';
  readonly at: number;
  readonly key: string;
  readonly severity: Severity;
  readonly text: string;
  readonly droppedCount: number;
};

// Implementations

/** Undefined for what people do not want to be told of. */
function raiseOf(event: Raise | OwnRaise, { severities }: AlertsSettings): Raise | undefined {
  if (!('cause' in event)) return event;
  const { cause, ...alert } = event;
  const severity = severities[cause];
  return severity === 'off' ? undefined : { ...alert, severity };
}

const putRow = (rows: AlertRows, row: AlertRow): AlertRows =>
  rows.some(({ id }) => id === row.id)
    ? rows.map((old) => (old.id === row.id ? row : old))
    : [...rows, row];

const newRow = (id: string, { key, severity, text, path, at }: Raise): AlertRow => ({
  ...{ id, key, severity, text, path, state: 'raised', count: 1, reopenCount: 0 },
  ...{ raisedAtMs: at, lastAtMs: at, acknowledgedBy: null, resolvedAtMs: null, failedCount: 0 },
});

const inputOf = (
  { id, key, severity, text, path, acknowledgedBy }: AlertRow,
  { settings: { responseMs }, path: book }: AlertsContext,
  { at, isQuiet }: { readonly at: number; readonly isQuiet: boolean },
): AlertInput => ({
  ...{ id, key, severity, text, path, at, responseMs, book, isQuiet, acknowledgedBy },
});

const openRow = ({ rows }: AlertsContext, is: (row: AlertRow) => boolean): AlertRow | undefined =>
  rows.find((row) => isOpen(row) && is(row));

const alertsSetup = setup({
  actors: { alert: alertMachine },
  types: {
    input: {} as AlertsInput,
    context: {} as AlertsContext,
    events: {} as AlertsEvent,
    emitted: {} as AlertsEmitted,
  },
  actions: {
    applySettings: assign(({ event }) =>
      event.type === 'SETTINGS_CHANGED' ? { settings: event.settings } : {},
    ),
    noteChange: assign(({ context, event }) =>
      event.type === 'ALERT_CHANGED'
        ? { rows: afterChange(context.rows, event, context.settings.endedCountMax) }
        : {},
    ),
    raise: enqueueActions(({ context, event: told, enqueue }) => {
      const event = told.type === 'RAISE' ? raiseOf(told, context.settings) : undefined;
      if (!event) return;
      const { rows, settings } = context;
      const { at, severity, text } = event;
      const known = rowFor(rows, event.key, at, settings.flapMs);
      const isFull = rows.filter(isOpen).length >= settings.openCountMax;
      if (isFull && !(known && isOpen(known))) {
        const droppedCount = context.droppedCount + 1;
        enqueue.assign({ droppedCount });
        enqueue.emit({
          ...{ type: 'alerts.dropped', at, key: event.key, severity, text, droppedCount },
        });
        return;
      }
      if (!known) {
        const row = newRow(`a-${context.alertCount + 1}`, event);
        enqueue.assign({ rows: putRow(rows, row), alertCount: context.alertCount + 1 });
        const input = inputOf(row, context, { at, isQuiet: false });
        enqueue.spawnChild('alert', { id: row.id, input });
        return;
      }
      const row = raisedAgain(known, event);
      enqueue.assign({ rows: putRow(rows, row) });
      const isGraver = isWorse(severity, known.severity);
      if (isOpen(known)) {
        if (isGraver) enqueue.sendTo(row.id, { type: 'WORSEN', at, severity, text });
      } else {
        const input = inputOf(row, context, { at, isQuiet: !isGraver });
        enqueue.spawnChild('alert', { id: row.id, input });
      }
    }),
    /** XState keeps the children that have ended: the book would grow with every alert. */
    forgetChild: enqueueActions(({ event, enqueue }) => {
      if ('actorId' in event) enqueue.stopChild(event.actorId);
    }),
    passOn: enqueueActions(({ context, event, enqueue }) => {
      if (event.type === 'RESOLVE') {
        const row = openRow(context, ({ key }) => key === event.key);
        if (row) enqueue.sendTo(row.id, { type: 'RESOLVE', at: event.at });
      } else if (event.type === 'ACKNOWLEDGE') {
        const row = openRow(context, ({ id }) => id === event.id);
        if (row) enqueue.sendTo(row.id, { type: 'ACKNOWLEDGE', at: event.at, by: event.by });
      }
    }),
  },
});

// Machine

export const alertsMachine = alertsSetup.createMachine({
  id: 'alerts',
  description: 'Keeps one alert for each thing that people must know.',
  context: ({ input }) => ({
    settings: input.settings,
    path: input.path,
    rows: [],
    alertCount: 0,
    droppedCount: 0,
  }),
  initial: 'open',
  states: {
    open: {
      on: {
        RAISE: { actions: 'raise' },
        RESOLVE: { actions: 'passOn' },
        ACKNOWLEDGE: { actions: 'passOn' },
        ALERT_CHANGED: { actions: 'noteChange' },
        'xstate.done.actor.*': { actions: 'forgetChild' },
        SETTINGS_CHANGED: { actions: 'applySettings' },
      },
    },
  },
});
