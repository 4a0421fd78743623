/** The newest closing prices, and the matrix of rolling returns that is made of them. */
import type { PaperAnalysisSettings } from '../../config/paper-analysis.ts';

type Shape = Pick<
  PaperAnalysisSettings,
  'windowBarCount' | 'returnBarCount' | 'lagBarCount' | 'columnCount'
>;

/** Prices that a matrix is made of. Count. */
export const priceCountOf = ({
  windowBarCount,
  returnBarCount,
  lagBarCount,
  columnCount,
}: Shape): number => windowBarCount + returnBarCount + (columnCount - 1) * lagBarCount;

/**
 * Rolling returns in rows from old to new, row-major: column j holds those of j lags ago.
 *
 * Additions and quotients only, so that the bits are the same on every machine.
 *
 * @throws {RangeError} when there are fewer prices than `priceCountOf` says.
 */
export function returnsMatrix(prices: ArrayLike<number>, shape: Shape): Float64Array {
  const { windowBarCount, returnBarCount, lagBarCount, columnCount } = shape;
  const needed = priceCountOf(shape);
  if (prices.length < needed) {
    throw new RangeError(`Expected ${needed} prices, got ${prices.length}.`);
  }
  const first = prices.length - windowBarCount;
  const matrix = new Float64Array(windowBarCount * columnCount);
  for (let row = 0; row < windowBarCount; row += 1) {
    for (let column = 0; column < columnCount; column += 1) {
      const at = first + row - column * lagBarCount;
      matrix[row * columnCount + column] = prices[at]! / prices[at - returnBarCount]! - 1;
    }
  }
  return matrix;
}

/** Closing prices of the newest bars, oldest first. */
export class MarketWindow {
  private prices: number[] = [];
  private countMax: number;

  /** @param countMax prices that are kept at least. */
  constructor(countMax: number) {
    this.countMax = countMax;
  }

  /** Keeps this many from now on; those that are gone do not come back. */
  keep(countMax: number): void {
    this.countMax = countMax;
  }

  note(price: number): void {
    this.prices.push(price);
    // Cut now and then, so that a bar costs no copy of all others.
    if (this.prices.length >= 2 * this.countMax) this.prices = this.latest(this.countMax);
  }

  get count(): number {
    return this.prices.length;
  }

  latest(count: number): number[] {
    return this.prices.slice(Math.max(0, this.prices.length - count));
  }

  save(): number[] {
    return this.latest(this.countMax);
  }

  restore(prices: readonly number[]): void {
    this.prices = [...prices];
  }
}
