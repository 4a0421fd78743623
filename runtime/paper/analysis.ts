/** The strategy matrix of the paper host: when it is looked at, and the jobs that compute it. */
import { paperPaths } from '../../actors/paper/tree.ts';
import { TensorJobInvalidError } from '../../actors/tensor-errors.ts';
import type { PaperAnalysisSettings } from '../../config/paper-analysis.ts';
import { checkJob, type TensorData, type TensorJob } from '../../config/tensor-job.ts';
import type { MarketReading } from '../../machines/paper/analysis.ts';
import type { Runtime } from '../runtime.ts';
import { compute } from '../tensor/kernels/compute.ts';
import { type MarketWindow, priceCountOf, returnsMatrix } from './market-window.ts';

/** Only CPUs give the same bits everywhere. */
const onCpu = { backend: { forbid: 'gpu' } } as const;

/** The jobs of an analysis, one after the other; each is given the values of the last one. */
function* analysisOf(
  prices: readonly number[],
  settings: PaperAnalysisSettings,
): Generator<TensorJob, MarketReading, TensorData> {
  const { windowBarCount, columnCount: order } = settings;
  const square = { dtype: 'f64', shape: [order, order] } as const;
  const correlations = yield {
    ...{ op: 'covariance', correlation: true, dtype: 'f64' },
    ...{ shape: [windowBarCount, order], data: returnsMatrix(prices, settings) },
  };
  const eigenvalues = yield { op: 'eigenSymmetric', ...square, data: correlations };
  // A density matrix: its trace is 1.
  const density = correlations.map((value) => value / order);
  const entropy = yield { op: 'vonNeumannEntropy', ...square, data: density };
  return { entropy: entropy[1]!, leadingShare: eigenvalues[order - 1]! / order };
}

/** Jobs that an analysis waits for. */
export const analysisJobCount = 3;

/**
 * Correlations of the rolling returns, their eigenvalues, and the entropy of these.
 *
 * @param tensor who computes; each step is a job of its own, one after the other.
 * @throws what `tensor.run` throws; {RangeError} when there are too few prices.
 */
export async function analyse(
  tensor: Pick<Runtime['tensor'], 'run'>,
  prices: readonly number[],
  settings: PaperAnalysisSettings,
  signal: AbortSignal,
): Promise<MarketReading> {
  const jobs = analysisOf(prices, settings);
  let step = jobs.next();
  while (!step.done) {
    const { values } = await tensor.run(step.value, { ...onCpu, signal });
    step = jobs.next(values);
  }
  return step.value;
}

/**
 * The same bits at once, without a runtime: for a what-if, which runs no job.
 *
 * @throws {RangeError} when there are too few prices; {TensorJobInvalidError} as a runtime would.
 */
export function analysedAtOnce(
  prices: readonly number[],
  settings: PaperAnalysisSettings,
): MarketReading {
  const jobs = analysisOf(prices, settings);
  let step = jobs.next();
  while (!step.done) {
    const check = checkJob(step.value);
    if (!check.ok) throw new TensorJobInvalidError(check.issues);
    step = jobs.next(compute(step.value).values);
  }
  return step.value;
}

/** Asks for an analysis once in so many bars, as soon as there are enough of them. */
export class AnalysisClock {
  private readonly runtime: Pick<Runtime, 'settings' | 'snapshot' | 'send'>;
  private readonly window: MarketWindow;

  constructor(runtime: Pick<Runtime, 'settings' | 'snapshot' | 'send'>, window: MarketWindow) {
    this.runtime = runtime;
    this.window = window;
  }

  /** @param bar its time, ms, and its number in the run, from 1. To be called when it was taken. */
  look({ at, barCount }: { readonly at: number; readonly barCount: number }): void {
    const { analysis } = this.runtime.settings.current.paper;
    const needed = priceCountOf(analysis);
    this.window.keep(needed);
    if (analysis.everyBarCount === 0 || barCount % analysis.everyBarCount !== 0) return;
    // The bar that was sent just now may not be in the window yet.
    if (this.window.count + 1 < needed) return;
    if (this.runtime.snapshot(paperPaths.analysis)?.status !== 'active') return;
    this.runtime.send(paperPaths.analysis, { type: 'ANALYSIS_DUE', at });
  }
}
