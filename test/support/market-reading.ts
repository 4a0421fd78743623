/** What a matrix of returns says, by definitions and without the code under test. */

type Matrix = number[][];

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/** Correlations of columns, each by its definition. */
export function correlationsOf(rows: Matrix): Matrix {
  const columns = rows[0]!.map((_, j) => rows.map((row) => row[j]!));
  const centred = columns.map((column) => {
    const mean = sum(column) / column.length;
    return column.map((value) => value - mean);
  });
  const dot = (a: number[], b: number[]) => sum(a.map((value, i) => value * b[i]!));
  return centred.map((a) => centred.map((b) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))));
}

/** Eigenvalues by Jacobi's rotations: slow, short, and unlike any other way. */
export function eigenvaluesOf(symmetric: Matrix): number[] {
  const a = symmetric.map((row) => [...row]);
  const n = a.length;
  for (let sweep = 0; sweep < 60; sweep += 1) {
    for (let p = 0; p < n; p += 1) {
      for (let q = p + 1; q < n; q += 1) {
        const angle = Math.atan2(2 * a[p]![q]!, a[q]![q]! - a[p]![p]!) / 2;
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        for (let k = 0; k < n; k += 1) {
          const [x, y] = [a[k]![p]!, a[k]![q]!];
          a[k]![p] = c * x - s * y;
          a[k]![q] = s * x + c * y;
        }
        for (let k = 0; k < n; k += 1) {
          const [x, y] = [a[p]![k]!, a[q]![k]!];
          a[p]![k] = c * x - s * y;
          a[q]![k] = s * x + c * y;
        }
      }
    }
  }
  return a.map((row, i) => row[i]!).sort((x, y) => x - y);
}

/** Entropy and leading share of a matrix of returns. */
export function readingOf(rows: Matrix): { entropy: number; leadingShare: number } {
  const values = eigenvaluesOf(correlationsOf(rows));
  const shares = values.map((value) => Math.max(0, value) / values.length);
  const nats = sum(shares.map((share) => (share > 0 ? -share * Math.log(share) : 0)));
  return { entropy: nats / Math.log(values.length), leadingShare: shares.at(-1)! };
}

/** Rows of lagged returns, written down bar by bar. */
export function returnRows(
  prices: readonly number[],
  shape: {
    windowBarCount: number;
    returnBarCount: number;
    lagBarCount: number;
    columnCount: number;
  },
): Matrix {
  const returnAt = (at: number) =>
    (prices[at]! - prices[at - shape.returnBarCount]!) / prices[at - shape.returnBarCount]!;
  const rows: Matrix = [];
  for (let at = prices.length - shape.windowBarCount; at < prices.length; at += 1) {
    rows.push(
      Array.from({ length: shape.columnCount }, (_, j) => returnAt(at - j * shape.lagBarCount)),
    );
  }
  return rows;
}
