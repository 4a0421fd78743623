/**
 * Eigenvalues of a symmetric tridiagonal matrix by QL steps with implicit shifts.
 * @see A. Dubrulle, R. Martin and J. Wilkinson, The implicit QL algorithm, 1968.
 */
import { hypotenuse } from './scaling.ts';

/** Steps for one eigenvalue; two or three are usual. */
const stepCountMax = 60;

const epsilon = Number.EPSILON / 2;

/**
 * Turns `diagonal` into the eigenvalues, in no order. `offDiagonal[i]` lies between i - 1 and i and
 * is used up. `rows`, when given, holds an orthogonal matrix by rows and is turned along.
 *
 * @throws {RangeError} when an eigenvalue takes too many steps: never seen for finite numbers.
 */
export function diagonalize(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  rows?: Float64Array,
): void {
  const order = diagonal.length;
  const e = offDiagonal;
  e.copyWithin(0, 1);
  e[order - 1] = 0;
  let largest = 0;
  for (let i = 0; i < order; i += 1) {
    largest = Math.max(largest, Math.abs(diagonal[i]!) + Math.abs(e[i]!));
  }
  const negligible = largest * 2 ** -60;
  for (let first = 0; first < order; first += 1) {
    for (let step = 0; ; step += 1) {
      const last = endOfBlock(diagonal, e, first, negligible);
      if (last === first) break;
      if (step === stepCountMax) throw new RangeError('The eigenvalues do not converge.');
      turnBlock(diagonal, e, first, last, rows);
    }
  }
}

function endOfBlock(d: Float64Array, e: Float64Array, first: number, negligible: number): number {
  let last = first;
  for (; last < d.length - 1; last += 1) {
    const size = Math.abs(e[last]!);
    const beside = Math.abs(d[last]!) + Math.abs(d[last + 1]!);
    if (size <= negligible || size <= epsilon * beside) break;
  }
  return last;
}

/** One step: chases the shift from the end of the block to its beginning. */
function turnBlock(
  d: Float64Array,
  e: Float64Array,
  first: number,
  last: number,
  rows: Float64Array | undefined,
): void {
  const slope = (d[first + 1]! - d[first]!) / (2 * e[first]!);
  const root = hypotenuse(slope, 1);
  let g = d[last]! - d[first]! + e[first]! / (slope + (slope < 0 ? -root : root));
  let sine = 1;
  let cosine = 1;
  let shift = 0;
  for (let i = last - 1; i >= first; i -= 1) {
    const f = sine * e[i]!;
    const b = cosine * e[i]!;
    const length = hypotenuse(f, g);
    e[i + 1] = length;
    if (length === 0) {
      // The block fell apart: its upper part is done in the next step.
      d[i + 1]! -= shift;
      e[last] = 0;
      return;
    }
    sine = f / length;
    cosine = g / length;
    g = d[i + 1]! - shift;
    const change = (d[i]! - g) * sine + 2 * cosine * b;
    shift = sine * change;
    d[i + 1] = g + shift;
    g = cosine * change - b;
    if (rows !== undefined) turnRows(rows, d.length, i, sine, cosine);
  }
  d[first]! -= shift;
  e[first] = g;
  e[last] = 0;
}

function turnRows(
  rows: Float64Array,
  order: number,
  row: number,
  sine: number,
  cosine: number,
): void {
  const at = row * order;
  const below = at + order;
  for (let j = 0; j < order; j += 1) {
    const low = rows[below + j]!;
    const high = rows[at + j]!;
    rows[below + j] = sine * high + cosine * low;
    rows[at + j] = cosine * high - sine * low;
  }
}
