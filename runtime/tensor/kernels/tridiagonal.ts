/**
 * Reduces a symmetric matrix to tridiagonal form by reflections, from the last row upwards.
 *
 * The update by one reflection and the product with the next are one pass over the matrix, which
 * halves the traffic that limits this method. Only the lower triangle is read.
 * @see G. Golub and C. Van Loan, Matrix Computations, 4th ed., 8.3.1.
 */

/** `diagonal[i]`, and `offDiagonal[i]` between i - 1 and i; `offDiagonal[0]` is 0. */
export interface Tridiagonal {
  readonly diagonal: Float64Array;
  readonly offDiagonal: Float64Array;
  /** Half the squared length of each reflection's vector; 0 where there is none. */
  readonly halves: Float64Array;
}

/** Overwrites `matrix`: row i ends as the vector of reflection i, in columns 0 to i - 1. */
export function tridiagonalize(matrix: Float64Array, order: number): Tridiagonal {
  const diagonal = new Float64Array(order);
  const offDiagonal = new Float64Array(order);
  const halves = new Float64Array(order);
  // The last reflection `I - v v' / half` changes the rest by `- v w' - w v'`.
  let v: Float64Array = new Float64Array(order);
  let w: Float64Array = new Float64Array(order);
  let product: Float64Array = new Float64Array(order);
  for (let i = order - 1; i > 0; i -= 1) {
    const row = matrix.subarray(i * order, i * order + i);
    for (let j = 0; j < i; j += 1) row[j]! -= v[i]! * w[j]! + w[i]! * v[j]!;
    diagonal[i] = matrix[i * order + i]! - 2 * v[i]! * w[i]!;
    const half = reflect(row, i, offDiagonal);
    halves[i] = half;
    updateAndMultiply(matrix, order, i, v, w, row, product);
    v = row;
    // Without a reflection nothing changes: w stays 0.
    if (half === 0) product.fill(0, 0, i);
    else completeUpdate(v, product, i, half);
    [w, product] = [product, w];
  }
  diagonal[0] = matrix[0]! - 2 * (v[0] ?? 0) * w[0]!;
  return { diagonal, offDiagonal, halves };
}

/** Makes `row` the vector that reflects it onto its last place, and keeps the length there. */
function reflect(row: Float64Array, length: number, offDiagonal: Float64Array): number {
  let square = 0;
  for (let j = 0; j < length - 1; j += 1) square += row[j]! * row[j]!;
  const last = row[length - 1]!;
  if (square === 0) {
    offDiagonal[length] = last;
    return 0;
  }
  const norm = Math.sqrt(square + last * last);
  // The sign that adds up: nothing cancels.
  const target = last > 0 ? -norm : norm;
  offDiagonal[length] = target;
  row[length - 1] = last - target;
  return norm * norm - last * target;
}

/** One pass over the leading `count` rows: `A -= v w' + w v'`, and `product = A next`. */
function updateAndMultiply(
  matrix: Float64Array,
  order: number,
  count: number,
  v: Float64Array,
  w: Float64Array,
  next: Float64Array,
  product: Float64Array,
): void {
  for (let i = 0; i < count; i += 1) {
    const at = i * order;
    const vi = v[i]!;
    const wi = w[i]!;
    const factor = next[i]!;
    let sum = 0;
    for (let j = 0; j < i; j += 1) {
      const a = matrix[at + j]! - vi * w[j]! - wi * v[j]!;
      matrix[at + j] = a;
      sum += a * next[j]!;
      product[j]! += a * factor;
    }
    const a = matrix[at + i]! - 2 * vi * wi;
    matrix[at + i] = a;
    product[i] = sum + a * factor;
  }
}

/** Turns `A v` into the w of `A - v w' - w v'`. */
function completeUpdate(v: Float64Array, product: Float64Array, count: number, half: number): void {
  let along = 0;
  for (let i = 0; i < count; i += 1) {
    const value = product[i]! / half;
    product[i] = value;
    along += v[i]! * value;
  }
  const share = along / (2 * half);
  for (let i = 0; i < count; i += 1) product[i]! -= share * v[i]!;
}

/** The product of all reflections, transposed: its rows turn into the eigenvectors. */
export function reflectionRows(
  matrix: Float64Array,
  order: number,
  { halves }: Tridiagonal,
): Float64Array {
  const rows = new Float64Array(order * order);
  rows[0] = 1;
  for (let i = 1; i < order; i += 1) {
    rows[i * order + i] = 1;
    const half = halves[i]!;
    if (half === 0) continue;
    const v = matrix.subarray(i * order, i * order + i);
    for (let r = 0; r < i; r += 1) {
      const at = r * order;
      let along = 0;
      for (let j = 0; j < i; j += 1) along += rows[at + j]! * v[j]!;
      along /= half;
      for (let j = 0; j < i; j += 1) rows[at + j]! -= along * v[j]!;
    }
  }
  return rows;
}
