/** The strategy matrix of the paper host: when it is looked at, and the jobs that compute it. */
import { paperPaths } from '../../actors/paper/tree.ts';
import type { PaperAnalysisSettings } from '../../config/paper-analysis.ts';
import type { MarketReading } from '../../machines/paper/analysis.ts';
import type { Runtime } from '../runtime.ts';
import { type MarketWindow, priceCountOf, returnsMatrix } from './market-window.ts';

/** Only CPUs give the same bits everywhere. */
const onCpu = { backend: { forbid: 'gpu' } } as const;

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
  const { windowBarCount, columnCount: order } = settings;
  const options = { ...onCpu, signal };
  const square = { dtype: 'f64', shape: [order, order] } as const;
  const { values: correlations } = await tensor.run(
    {
      ...{ op: 'covariance', correlation: true, dtype: 'f64' },
      ...{ shape: [windowBarCount, order], data: returnsMatrix(prices, settings) },
    },
    options,
  );
  const eigen = await tensor.run({ op: 'eigenSymmetric', ...square, data: correlations }, options);
  // A density matrix: its trace is 1.
  const density = correlations.map((value) => value / order);
  const entropy = await tensor.run({ op: 'vonNeumannEntropy', ...square, data: density }, options);
  return { entropy: entropy.values[1]!, leadingShare: eigen.values[order - 1]! / order };
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
