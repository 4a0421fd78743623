/** The analysis chart joined to whoever computes: its port says how an analysis ended, and when. */
import { fromPromise } from 'xstate';
import {
  type AnalysisOutcome,
  type AnalysisRequest,
  analysisMachine,
  type MarketReading,
} from '../../machines/paper/analysis.ts';
import type { Clock } from '../ports.ts';

export interface AnalysisPorts {
  /** Computes the matrix of the newest bars; rejects when it cannot. */
  readonly analyse: (request: AnalysisRequest, signal: AbortSignal) => Promise<MarketReading>;
  readonly clock: Pick<Clock, 'now'>;
}

/** The analysis's logic with its port: what `paperTree` supervises. */
export function analysisActor({ analyse, clock }: AnalysisPorts) {
  return analysisMachine.provide({
    actors: {
      analyse: fromPromise<AnalysisOutcome, AnalysisRequest>(async ({ input, signal }) => {
        try {
          const { entropy, leadingShare } = await analyse(input, signal);
          return { kind: 'done', at: clock.now(), entropy, leadingShare };
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error);
          return { kind: 'failed', at: clock.now(), why };
        }
      }),
    },
  });
}
