/**
 * Analysis: how much the newest returns of the market are alike, asked for now and then.
 *
 * States: `waiting` -> `analysing` while the matrix is computed -> `waiting`. A failure, or a
 * result that does not come in time, is counted and told, and the last result stays. Nothing that
 * trades waits for it.
 *
 * Pure: reads no clock, draws no randomness, does no I/O.
 */
import { assign, emit, enqueueActions, setup } from 'xstate';
import type { PaperAnalysisSettings } from '../../config/paper-analysis.ts';
import { port } from '../port.ts';
import { ask } from '../tell.ts';

// Types

/** Where the breaker on the market's entropy lives, if the host has one. */
export type AnalysisPaths = { readonly entropySignal: string };

export type AnalysisInput = {
  readonly settings: PaperAnalysisSettings;
  readonly paths: AnalysisPaths;
};

/** What the matrix of returns says. */
export type MarketReading = {
  /** Von Neumann entropy of the correlations, from 0 (one movement) to 1 (noise). */
  readonly entropy: number;
  /** Share of the leading eigenvalue in all of them, above 0, at most 1. */
  readonly leadingShare: number;
};

/** What is asked for; the bars themselves stay with the host. */
export type AnalysisRequest = {
  /** Time of the newest bar, ms. */
  readonly at: number;
  readonly settings: PaperAnalysisSettings;
};

export type AnalysisOutcome =
  | ({ readonly kind: 'done'; readonly at: number } & MarketReading)
  | { readonly kind: 'failed'; readonly at: number; readonly why: string };

export type AnalysisContext = {
  readonly paths: AnalysisPaths;
  readonly settings: PaperAnalysisSettings;
  /** When the analysis that runs, or ran last, was asked for, ms; 0 before the first. */
  readonly askedAt: number;
  /** From when on its result is late, ms: by the settings that it began with. */
  readonly lateAt: number;
  /** The newest result and its time; null before the first. */
  readonly last: ({ readonly at: number } & MarketReading) | null;
  readonly doneCount: number;
  readonly failedCount: number;
  readonly lateCount: number;
  /** Not begun because another one was not over. */
  readonly skippedCount: number;
};

export type AnalysisEvent =
  | { type: 'ANALYSIS_DUE'; at: number }
  | { type: 'SETTINGS_CHANGED'; settings: PaperAnalysisSettings };

export type AnalysisEmitted =
  | ({ type: 'market.analysed'; at: number } & MarketReading)
  | { type: 'analysis.failed'; at: number; why: string }
  | { type: 'analysis.late'; at: number }
  | { type: 'analysis.skipped'; at: number };

// Implementations

/** What the port said; undefined for any other event. */
const outcomeIn = (event: unknown): AnalysisOutcome | undefined =>
  (event as { readonly output?: AnalysisOutcome }).output;

const messageIn = (event: unknown): string => {
  const { error } = event as { readonly error?: unknown };
  return error instanceof Error ? error.message : String(error);
};

const analysisSetup = setup({
  types: {
    input: {} as AnalysisInput,
    context: {} as AnalysisContext,
    events: {} as AnalysisEvent,
    emitted: {} as AnalysisEmitted,
    tags: {} as 'analysing',
  },
  actors: { analyse: port<AnalysisOutcome, AnalysisRequest>('analyse') },
  guards: {
    isDone: ({ event }) => outcomeIn(event)?.kind === 'done',
  },
  actions: {
    noteAsked: assign(({ context, event }) =>
      event.type === 'ANALYSIS_DUE'
        ? { askedAt: event.at, lateAt: event.at + context.settings.deadlineMs }
        : {},
    ),
    tellReading: enqueueActions(({ context, event, enqueue, system }) => {
      const outcome = outcomeIn(event);
      if (outcome?.kind !== 'done') return;
      const { at, entropy, leadingShare } = outcome;
      enqueue.assign({ last: { at, entropy, leadingShare }, doneCount: context.doneCount + 1 });
      enqueue.emit({ type: 'market.analysed', at, entropy, leadingShare });
      const sample = { type: 'SIGNAL_SAMPLED', at, value: entropy };
      ask({ enqueue, system }, [context.paths.entropySignal], sample);
    }),
    tellFailure: enqueueActions(({ context, event, enqueue }) => {
      const outcome = outcomeIn(event);
      const isTold = outcome?.kind === 'failed';
      enqueue.assign({ failedCount: context.failedCount + 1 });
      enqueue.emit({
        type: 'analysis.failed',
        at: isTold ? outcome.at : context.askedAt,
        why: isTold ? outcome.why : messageIn(event),
      });
    }),
    countLate: assign({ lateCount: ({ context }) => context.lateCount + 1 }),
    announceLate: emit(({ context }) => ({
      type: 'analysis.late' as const,
      at: context.lateAt,
    })),
    countSkipped: assign({ skippedCount: ({ context }) => context.skippedCount + 1 }),
    announceSkipped: emit(({ context, event }) => ({
      type: 'analysis.skipped' as const,
      at: event.type === 'ANALYSIS_DUE' ? event.at : context.askedAt,
    })),
    applySettings: assign(({ event }) =>
      event.type === 'SETTINGS_CHANGED' ? { settings: event.settings } : {},
    ),
  },
  delays: {
    deadline: ({ context }) => context.settings.deadlineMs,
  },
});

// Machine

export const analysisMachine = analysisSetup.createMachine({
  id: 'analysis',
  description: 'Asks how much the returns of the market are alike, and tells what it learns.',
  context: ({ input }) => ({
    paths: input.paths,
    settings: input.settings,
    askedAt: 0,
    lateAt: 0,
    last: null,
    doneCount: 0,
    failedCount: 0,
    lateCount: 0,
    skippedCount: 0,
  }),
  initial: 'waiting',
  states: {
    waiting: {
      on: {
        ANALYSIS_DUE: { target: 'analysing', actions: 'noteAsked' },
        SETTINGS_CHANGED: { actions: 'applySettings' },
      },
    },
    analysing: {
      tags: 'analysing',
      invoke: {
        src: 'analyse',
        input: ({ context: { askedAt, settings } }) => ({ at: askedAt, settings }),
        onDone: [
          { guard: 'isDone', target: 'waiting', actions: 'tellReading' },
          { target: 'waiting', actions: 'tellFailure' },
        ],
        onError: { target: 'waiting', actions: 'tellFailure' },
      },
      after: {
        deadline: { target: 'waiting', actions: ['announceLate', 'countLate'] },
      },
      on: {
        ANALYSIS_DUE: { actions: ['countSkipped', 'announceSkipped'] },
        // The analysis that runs keeps the limit that it began with.
        SETTINGS_CHANGED: { actions: 'applySettings' },
      },
    },
  },
});
