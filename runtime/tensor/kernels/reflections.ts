/**
 * Reflections from both sides of a matrix in one pass over its rows, for the bidiagonal and for the
 * Hessenberg form.
 *
 * A reflection is `I - u u' / half` with `half = u'u / 2`. The product `x'A` that the next step
 * from the left needs is gathered while the rows pass by: x is the first column, and u differs from
 * x in one place only. So each step reads the matrix once.
 * @see G. Golub and C. Van Loan, Matrix Computations, 4th ed., 5.4.8 and 7.4.3.
 */

/** What a vector is reflected onto, and half the squared length of its reflection; 0 for none. */
export interface Reflection {
  readonly target: number;
  readonly half: number;
}

/** Turns `x[from..to)` into the vector that reflects it onto its place `from`. */
export function reflect(x: Float64Array, from: number, to: number): Reflection {
  const first = x[from]!;
  let square = 0;
  for (let i = from + 1; i < to; i += 1) square += x[i]! * x[i]!;
  if (square === 0) return { target: first, half: 0 };
  const norm = Math.sqrt(square + first * first);
  // The sign that adds up: nothing cancels.
  const target = first > 0 ? -norm : norm;
  x[from] = first - target;
  return { target, half: norm * norm - first * target };
}

/** What one step does to every row, in the columns `from` to the end. */
export interface RowStep {
  readonly columns: number;
  readonly from: number;
  /** Row of the reflection from the left, already divided by its half; by column. */
  readonly across: Float64Array;
  /** Vector of the reflection from the right, by column, and its half. */
  readonly right: Float64Array;
  readonly half: number;
  /** Gathers the product of column `from` with the rows, for the columns behind it. */
  readonly gathered: Float64Array;
}

/** Turns one row whose share of the reflection from the left is `share`; gathers when asked. */
export function turnRow(
  matrix: Float64Array,
  row: number,
  share: number,
  { columns, from, across, right, half, gathered }: RowStep,
  gathers: boolean,
): void {
  const at = row * columns;
  let along = 0;
  for (let j = from; j < columns; j += 1) {
    const a = matrix[at + j]! - share * across[j]!;
    matrix[at + j] = a;
    along += a * right[j]!;
  }
  if (half !== 0) {
    along /= half;
    for (let j = from; j < columns; j += 1) matrix[at + j]! -= along * right[j]!;
  }
  if (!gathers) return;
  const x = matrix[at + from]!;
  for (let j = from + 1; j < columns; j += 1) gathered[j]! += x * matrix[at + j]!;
}
