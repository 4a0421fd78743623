/**
 * One alert: people are told once, and everybody when nobody answers in time.
 *
 * States: `unanswered` (`raised`: the notice is on its way, then `notified`) -> `escalated` when
 * nobody acknowledges in time -> `acknowledged` -> `resolved`. An emergency begins `escalated`; an
 * alert of severity info is only `logged`.
 *
 * Pure: reads no clock, draws no randomness, does no I/O.
 */
import { and, assign, emit, sendTo, setup } from 'xstate';
import type { AlertsSettings } from '../config/alerts.ts';
import { port } from './port.ts';

// Types

export type Severity = 'info' | 'warning' | 'critical' | 'emergency';

/** As people are shown it. */
export type AlertState =
  | 'raised'
  | 'notified'
  | 'logged'
  | 'escalated'
  | 'acknowledged'
  | 'resolved';

export type AlertInput = {
  readonly id: string;
  /** What it is about: repeats of one key are one alert. */
  readonly key: string;
  readonly severity: Severity;
  readonly text: string;
  /** The actor that it is about. */
  readonly path: string;
  readonly at: number;
  readonly responseMs: AlertsSettings['responseMs'];
  /** Path of the book that keeps it. */
  readonly book: string;
  /** It has come back so soon that people need not be told again. */
  readonly isQuiet: boolean;
  /** Who had acknowledged it before it came back. */
  readonly acknowledgedBy: string | null;
};

export type AlertContext = AlertInput & {
  /** Notices that a sink could not deliver. */
  readonly failedCount: number;
};

/** `audience`: the log only, who is on call, everybody. */
export type AlertNotice = {
  readonly id: string;
  readonly key: string;
  readonly severity: Severity;
  readonly path: string;
  readonly text: string;
  readonly at: number;
  readonly audience: 'log' | 'onCall' | 'everybody';
};

/** How a notice went; ports do not reject for what can be expected. */
export type NoticeOutcome = {
  readonly at: number;
  readonly failures: readonly { readonly sink: string; readonly why: string }[];
};

export type AlertEvent =
  | { readonly type: 'ACKNOWLEDGE'; readonly at: number; readonly by: string }
  /** The same thing has become worse: people are told again. */
  | {
      readonly type: 'WORSEN';
      readonly at: number;
      readonly severity: Severity;
      readonly text: string;
    }
  | { readonly type: 'RESOLVE'; readonly at: number };

export type AlertEmitted = {
  readonly at: number;
  readonly id: string;
  readonly key: string;
  readonly severity: Severity;
} & (
  | { readonly type: 'alert.raised' | 'alert.escalated'; readonly text: string }
  | { readonly type: 'alert.notified'; readonly failures: NoticeOutcome['failures'] }
  | { readonly type: 'alert.acknowledged'; readonly by: string }
  | { readonly type: 'alert.resolved' }
);

/** To the book that keeps the alert. */
export type AlertChanged = {
  readonly type: 'ALERT_CHANGED';
  readonly id: string;
  readonly at: number;
  readonly state: AlertState;
  readonly acknowledgedBy: string | null;
  readonly failedCount: number;
};

// Implementations

type Args = { readonly context: AlertContext };

const responseMsOf = ({ responseMs, severity }: AlertContext): number =>
  severity === 'info' ? 0 : responseMs[severity];

const noticeTo =
  (audience: AlertNotice['audience']) =>
  ({ context: { id, key, severity, path, text, at } }: Args): AlertNotice => ({
    ...{ id, key, severity, path, text, at, audience },
  });

/** XState types an event by the events of the chart; the end of a port is none of those. */
function outcomeOf({ at }: AlertContext, event: { readonly type: string }): NoticeOutcome {
  const told = event as { output?: NoticeOutcome; error?: unknown };
  if (told.output !== undefined) return told.output;
  const why = told.error instanceof Error ? told.error.message : 'The notice was interrupted.';
  return { at, failures: [{ sink: 'notifier', why }] };
}

const factOf = ({ at, id, key, severity }: AlertContext) => ({ at, id, key, severity });

const alertSetup = setup({
  actors: { notify: port<NoticeOutcome, AlertNotice>('notify') },
  types: {
    input: {} as AlertInput,
    context: {} as AlertContext,
    events: {} as AlertEvent,
    emitted: {} as AlertEmitted,
    tags: {} as 'unanswered',
  },
  guards: {
    isAnswered: ({ context }) => context.isQuiet && context.acknowledgedBy !== null,
    isLogOnly: ({ context }) => context.severity === 'info',
    isUrgent: ({ context }) => responseMsOf(context) === 0,
    isQuiet: ({ context }) => context.isQuiet,
  },
  actions: {
    noteOrder: assign(({ context, event }) => ({
      at: 'at' in event ? Math.max(context.at, event.at) : context.at,
      acknowledgedBy: event.type === 'ACKNOWLEDGE' ? event.by : context.acknowledgedBy,
    })),
    noteWorse: assign(({ event }) => {
      if (event.type !== 'WORSEN') return {};
      const { at, severity, text } = event;
      return { at, severity, text, isQuiet: false, acknowledgedBy: null };
    }),
    noteOutcome: assign(({ context, event }) => {
      const { at, failures } = outcomeOf(context, event);
      return {
        at: Math.max(context.at, at),
        failedCount: context.failedCount + failures.length,
      };
    }),
    noteLateness: assign({ at: ({ context }) => context.at + responseMsOf(context) }),
    tellBook: sendTo(
      ({ context, system }) => system.get(context.book),
      ({ context }, { state }: { state: AlertState }): AlertChanged => ({
        type: 'ALERT_CHANGED',
        id: context.id,
        at: context.at,
        state,
        acknowledgedBy: context.acknowledgedBy,
        failedCount: context.failedCount,
      }),
    ),
    announceRaised: emit(({ context }) => ({
      type: 'alert.raised' as const,
      ...factOf(context),
      text: context.text,
    })),
    announceNotified: emit(({ context, event }) => ({
      type: 'alert.notified' as const,
      ...factOf(context),
      failures: outcomeOf(context, event).failures,
    })),
    announceEscalated: emit(({ context }) => ({
      type: 'alert.escalated' as const,
      ...factOf(context),
      text: context.text,
    })),
    announceAcknowledged: emit(({ context }) => ({
      type: 'alert.acknowledged' as const,
      ...factOf(context),
      by: context.acknowledgedBy ?? '',
    })),
    announceResolved: emit(({ context }) => ({
      type: 'alert.resolved' as const,
      ...factOf(context),
    })),
  },
  delays: { response: ({ context }) => responseMsOf(context) },
});

// Machine

export const alertMachine = alertSetup.createMachine({
  id: 'alert',
  description: 'Tells people of one thing, and everybody when nobody answers in time.',
  context: ({ input }) => ({ ...input, failedCount: 0 }),
  initial: 'deciding',
  on: {
    ACKNOWLEDGE: { target: '.acknowledged', actions: ['noteOrder', 'announceAcknowledged'] },
    WORSEN: { target: '.deciding', actions: 'noteWorse' },
    RESOLVE: { target: '.resolved', actions: 'noteOrder' },
  },
  states: {
    // One that comes back soon after its end goes on where it was, and people are left in peace.
    deciding: {
      entry: 'announceRaised',
      always: [
        { guard: 'isAnswered', target: 'acknowledged' },
        { guard: and(['isQuiet', 'isLogOnly']), target: 'logged.written' },
        { guard: 'isLogOnly', target: 'logged' },
        { guard: and(['isQuiet', 'isUrgent']), target: 'escalated.told' },
        { guard: 'isUrgent', target: 'escalated' },
        { guard: 'isQuiet', target: 'unanswered.notified' },
        { target: 'unanswered' },
      ],
    },
    logged: {
      entry: { type: 'tellBook', params: { state: 'logged' } },
      initial: 'writing',
      // Nobody has to answer what nobody was told.
      on: { ACKNOWLEDGE: {} },
      states: {
        writing: {
          invoke: {
            src: 'notify',
            input: noticeTo('log'),
            onDone: { target: 'written', actions: 'noteOutcome' },
            onError: { target: 'written', actions: 'noteOutcome' },
          },
        },
        written: {},
      },
    },
    unanswered: {
      tags: 'unanswered',
      after: { response: { target: 'escalated', actions: 'noteLateness' } },
      initial: 'raised',
      states: {
        raised: {
          entry: { type: 'tellBook', params: { state: 'raised' } },
          invoke: {
            src: 'notify',
            input: noticeTo('onCall'),
            onDone: { target: 'notified', actions: ['noteOutcome', 'announceNotified'] },
            onError: { target: 'notified', actions: ['noteOutcome', 'announceNotified'] },
          },
        },
        notified: { entry: { type: 'tellBook', params: { state: 'notified' } } },
      },
    },
    escalated: {
      tags: 'unanswered',
      entry: [{ type: 'tellBook', params: { state: 'escalated' } }, 'announceEscalated'],
      initial: 'telling',
      states: {
        telling: {
          invoke: {
            src: 'notify',
            input: noticeTo('everybody'),
            onDone: { target: 'told', actions: ['noteOutcome', 'announceNotified'] },
            onError: { target: 'told', actions: ['noteOutcome', 'announceNotified'] },
          },
        },
        told: { entry: { type: 'tellBook', params: { state: 'escalated' } } },
      },
    },
    acknowledged: {
      entry: { type: 'tellBook', params: { state: 'acknowledged' } },
      on: { ACKNOWLEDGE: {} },
    },
    resolved: {
      type: 'final',
      on: { ACKNOWLEDGE: {}, WORSEN: {}, RESOLVE: {} },
      entry: [{ type: 'tellBook', params: { state: 'resolved' } }, 'announceResolved'],
    },
  },
});
