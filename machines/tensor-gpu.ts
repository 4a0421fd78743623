/**
 * GPU process: computes one tensor job at a time in a child process, which may be killed any time.
 *
 * States: `off` until a job wants it, `on` (`starting`: start and self-test, `idle`, `computing`),
 * `unusable` with the reason, `lost` when the process ended: the supervisor starts it anew.
 *
 * Pure: reads no clock, does no I/O. The port `process` runs the process, `compute` asks it.
 */
import { assign, enqueueActions, setup } from 'xstate';
import type { TensorGpuSettings } from '../config/tensor.ts';
import type { TensorFailure } from './policies/tensor-ticket.ts';
import { port, sourcePort } from './port.ts';
import { tell } from './tell.ts';
import {
  attemptOf,
  isFatalEvent,
  isOwnTask,
  outcomeOf,
  settledAt,
  type TensorAnswer,
  type TensorAttempt,
  type TensorTask,
  tellOutcome,
} from './tensor-attempt.ts';
import type { TensorGpuNews, TensorOrder, TensorPoolEvent } from './tensor-pool-types.ts';

/** What the port `process` is given. */
export interface TensorGpuStart {
  readonly settings: TensorGpuSettings;
}

export interface TensorGpuInput {
  /** Path of the pool. */
  readonly pool: string;
  readonly settings: TensorGpuSettings;
  /** Logical ms. */
  readonly at: number;
}

export interface TensorGpuContext {
  readonly pool: string;
  readonly settings: TensorGpuSettings;
  readonly atMs: number;
  readonly order: TensorTask | null;
  /** What its driver says, and what was measured; null before the self-test. */
  readonly report: Extract<TensorGpuEvent, { readonly type: 'GPU_READY' }> | null;
  /** Why it is unusable or lost. */
  readonly why: string | null;
}

/** `at` is logical time in ms. */
export type TensorGpuEvent =
  | TensorOrder
  | { readonly type: 'START'; readonly at: number }
  | { readonly type: 'RETRY'; readonly at: number }
  /** It runs and has computed a known answer. */
  | {
      readonly type: 'GPU_READY';
      readonly at: number;
      readonly kind: 'hardware' | 'software';
      readonly vendor: string;
      readonly architecture: string;
      readonly breakEvenFlopsCount: number | null;
      /** Largest relative error of the known answer. */
      readonly selfTestError: number;
    }
  /** No adapter, a package is missing, or a known answer came out wrong. */
  | { readonly type: 'GPU_UNUSABLE'; readonly at: number; readonly why: string }
  /** The process has ended, or was killed because it did nothing. */
  | { readonly type: 'GPU_LOST'; readonly at: number; readonly why: string }
  | {
      readonly type: 'SETTINGS_CHANGED';
      readonly at: number;
      readonly settings: { readonly gpu: TensorGpuSettings };
    };

// Decisions

function isWrong({ context, event }: { context: TensorGpuContext; event: object }): boolean {
  const outcome = outcomeOf(event);
  if (!outcome.ok) return false;
  const { residual } = outcome.summary;
  // Written so that an error that is no number is wrong.
  return residual === null || !(residual <= context.settings.residualMax);
}

function wrongAnswer({
  context,
  event,
}: {
  context: TensorGpuContext;
  event: object;
}): TensorFailure {
  const outcome = outcomeOf(event);
  const residual = outcome.ok ? outcome.summary.residual : Number.NaN;
  const { residualMax } = context.settings;
  const why = `the GPU's answer is off by ${residual}, and ${residualMax} is allowed`;
  return { ok: false, code: 'WRONG_ANSWER', why };
}

/** Why the attempt that has just settled failed; undefined when none has. */
function failureIn(args: { context: TensorGpuContext; event: object }): TensorFailure | undefined {
  if (!('output' in args.event) && !('error' in args.event)) return undefined;
  if (isWrong(args)) return wrongAnswer(args);
  const outcome = outcomeOf(args.event);
  return outcome.ok ? undefined : outcome;
}

type ToldState = 'off' | 'ready' | 'down' | 'unusable';

function newsOf({ report, why }: TensorGpuContext, state: ToldState): TensorGpuNews {
  if (state === 'off') return { state };
  if (state !== 'ready' || !report) return { state: state as 'down', why: why ?? '' };
  const { kind, vendor, breakEvenFlopsCount } = report;
  return { state, kind, vendor, breakEvenFlopsCount };
}

// Implementations

const tensorGpuSetup = setup({
  actors: {
    process: sourcePort<TensorGpuStart>('process'),
    compute: port<TensorAnswer, TensorAttempt>('compute'),
  },
  types: {
    input: {} as TensorGpuInput,
    context: {} as TensorGpuContext,
    events: {} as TensorGpuEvent,
    tags: {} as 'busy',
  },
  guards: {
    isFatal: ({ event }) => isFatalEvent(event),
    isWrong,
    isOwn: ({ context, event }) => isOwnTask(context, event),
  },
  actions: {
    noteTime: assign({ atMs: ({ context, event }) => ('at' in event ? event.at : context.atMs) }),
    noteReport: assign({
      report: ({ context, event }) => (event.type === 'GPU_READY' ? event : context.report),
    }),
    noteWhy: assign({ why: ({ context, event }) => ('why' in event ? event.why : context.why) }),
    noteFailure: assign({ why: (args) => failureIn(args)?.why ?? args.context.why }),
    take: assign({
      order: ({ context, event }) => (event.type === 'COMPUTE' ? event : context.order),
    }),
    forget: assign({ order: null }),
    applySettings: assign({
      settings: ({ context, event }) =>
        event.type === 'SETTINGS_CHANGED' ? event.settings.gpu : context.settings,
    }),
    tellState: enqueueActions(({ context, event, enqueue, system }, state: ToldState) => {
      const at = 'at' in event ? event.at : settledAt(event, context.atMs);
      const news = newsOf(context, state);
      const outcome = failureIn({ context, event });
      const told = { type: 'GPU_CHANGED', at, news, ...(outcome ? { outcome } : {}) } as const;
      tell({ enqueue, system }, [context.pool], told satisfies TensorPoolEvent);
    }),
    tellOutcome: enqueueActions(({ context, event, enqueue, system }) =>
      tellOutcome({ enqueue, system }, context, event, null),
    ),
  },
});

// Machine

const tellState = (params: ToldState) => ({ type: 'tellState', params }) as const;

export const tensorGpuMachine = tensorGpuSetup.createMachine({
  id: 'tensorGpu',
  description: 'Computes tensor jobs on a GPU, in a process of its own.',
  context: ({ input: { pool, settings, at } }) => ({
    pool,
    settings,
    atMs: at,
    order: null,
    report: null,
    why: null,
  }),
  initial: 'off',
  on: { SETTINGS_CHANGED: { actions: 'applySettings' } },
  states: {
    off: {
      entry: tellState('off'),
      on: {
        START: { target: 'on', actions: 'noteTime' },
        STATE_ASKED: { actions: ['noteTime', tellState('off')] },
      },
    },
    on: {
      invoke: { src: 'process', input: ({ context: { settings } }) => ({ settings }) },
      initial: 'starting',
      on: {
        GPU_UNUSABLE: {
          target: 'unusable',
          actions: ['noteTime', 'noteWhy', tellState('unusable'), 'forget'],
        },
        GPU_LOST: {
          target: 'lost',
          actions: ['noteTime', 'noteWhy', tellState('down'), 'forget'],
        },
      },
      states: {
        starting: {
          on: {
            GPU_READY: { target: 'idle', actions: ['noteTime', 'noteReport', tellState('ready')] },
          },
        },
        idle: {
          on: {
            COMPUTE: { target: 'computing', actions: ['noteTime', 'take'] },
            STATE_ASKED: { actions: ['noteTime', tellState('ready')] },
          },
        },
        computing: {
          tags: 'busy',
          invoke: {
            src: 'compute',
            input: ({ context: { order } }) => attemptOf(order, 'gpu'),
            onDone: [
              // Whoever was wrong once is not asked again.
              {
                guard: 'isWrong',
                target: '#tensorGpu.unusable',
                actions: ['noteFailure', tellState('unusable'), 'forget'],
              },
              { target: 'idle', actions: ['tellOutcome', 'forget'] },
            ],
            onError: [
              {
                guard: 'isFatal',
                target: '#tensorGpu.lost',
                actions: ['noteFailure', tellState('down'), 'forget'],
              },
              { target: 'idle', actions: ['tellOutcome', 'forget'] },
            ],
          },
          on: {
            ABANDON: { guard: 'isOwn', target: 'idle', actions: 'forget' },
            STATE_ASKED: { target: 'idle', actions: ['noteTime', 'forget', tellState('ready')] },
          },
        },
      },
    },
    unusable: {
      on: {
        RETRY: { target: 'off', actions: 'noteTime' },
        STATE_ASKED: { actions: ['noteTime', tellState('unusable')] },
      },
    },
    lost: { type: 'final' },
  },
});
