/**
 * Eigenvalues of a Hessenberg matrix by double-shift QR steps.
 * @see J. Francis, The QR transformation, 1961; B. Smith et al., EISPACK Guide, 1976, `hqr`.
 */

/** Steps for one pair of eigenvalues; two or three are usual. */
const stepCountMax = 60;

const epsilon = Number.EPSILON;

interface Shift {
  /** The last diagonal number, the one above it, and the product beside them. */
  x: number;
  y: number;
  w: number;
}

/** The matrix while it shrinks: rows `first` to `last` are turned, the rest is done. */
interface Block {
  readonly h: Float64Array;
  readonly order: number;
  first: number;
  last: number;
  /** What was taken from the whole diagonal. */
  offset: number;
}

/**
 * Overwrites `h` and calls `found` with the real and imaginary part of each eigenvalue.
 *
 * @throws {RangeError} when an eigenvalue takes too many steps: never seen for finite numbers.
 */
export function hessenbergValues(
  h: Float64Array,
  order: number,
  found: (real: number, imaginary: number) => void,
): void {
  const norm = h.reduce((sum, value) => sum + Math.abs(value), 0);
  const block: Block = { h, order, first: 0, last: order - 1, offset: 0 };
  for (let step = 0; block.last >= 0; ) {
    block.first = startOfBlock(block, norm);
    const size = block.last - block.first + 1;
    if (size <= 2) {
      if (size === 1) found(h[block.last * (order + 1)]! + block.offset, 0);
      else pairOf(block, found);
      block.last -= size;
      step = 0;
    } else {
      if (step === stepCountMax) throw new RangeError('The eigenvalues do not converge.');
      turnBlock(block, shiftOf(block, step));
      step += 1;
    }
  }
}

/** The row above which the subdiagonal is negligible. */
function startOfBlock({ h, order, last }: Block, norm: number): number {
  let first = last;
  for (; first > 0; first -= 1) {
    const at = first * (order + 1);
    const beside = Math.abs(h[at - order - 1]!) + Math.abs(h[at]!);
    if (Math.abs(h[at - 1]!) <= epsilon * (beside === 0 ? norm : beside)) break;
  }
  return first;
}

/** Both eigenvalues of the last two rows. */
function pairOf({ h, order, last, offset }: Block, found: (re: number, im: number) => void): void {
  const at = last * (order + 1);
  const x = h[at]!;
  const w = h[at - 1]! * h[at - order]!;
  const p = (h[at - order - 1]! - x) / 2;
  const q = p * p + w;
  const root = Math.sqrt(Math.abs(q));
  if (q < 0) {
    found(x + p + offset, root);
    found(x + p + offset, -root);
    return;
  }
  const z = p < 0 ? p - root : p + root;
  found(x + z + offset, 0);
  found(z === 0 ? x + z + offset : x - w / z + offset, 0);
}

/**
 * Both eigenvalues of the last two rows when they are conjugate, otherwise twice the one nearer to
 * the last number: two different real ones may wander between two pairs without end. Every tenth
 * step without success takes a shift from elsewhere, to leave a cycle.
 */
function shiftOf(block: Block, step: number): Shift {
  const { h, order, last } = block;
  const at = last * (order + 1);
  const x = h[at]!;
  if (step === 0 || step % 10 !== 0) {
    const y = h[at - order - 1]!;
    const w = h[at - 1]! * h[at - order]!;
    const p = (y - x) / 2;
    const q = p * p + w;
    if (q < 0) return { x, y, w };
    const z = p < 0 ? p - Math.sqrt(q) : p + Math.sqrt(q);
    const nearest = z === 0 ? x : x - w / z;
    return { x: nearest, y: nearest, w: 0 };
  }
  block.offset += x;
  for (let i = 0; i <= last; i += 1) h[i * (order + 1)]! -= x;
  const size = Math.abs(h[at - 1]!) + Math.abs(h[at - order - 2]!);
  return { x: 0.75 * size, y: 0.75 * size, w: -0.4375 * size * size };
}

/** A vector of three, the first column of the shifted square. */
type Bulge = readonly [p: number, q: number, r: number];

/** Where the step may begin: two small subdiagonal numbers in a row are as good as one zero. */
function startOfStep({ h, order, first, last }: Block, { x, y, w }: Shift): [number, Bulge] {
  for (let m = last - 2; ; m -= 1) {
    const at = m * (order + 1);
    const z = h[at]!;
    const below = h[at + order + 1]!;
    const p = ((x - z) * (y - z) - w) / h[at + order]! + h[at + 1]!;
    const q = below - z - (x - z) - (y - z);
    const r = h[at + 2 * order + 1]!;
    const size = Math.abs(p) + Math.abs(q) + Math.abs(r);
    const bulge: Bulge = [p / size, q / size, r / size];
    if (m === first) return [m, bulge];
    const left = Math.abs(h[at - 1]!) * (Math.abs(bulge[1]) + Math.abs(bulge[2]));
    const beside = Math.abs(h[at - order - 1]!) + Math.abs(z) + Math.abs(below);
    if (left <= epsilon * Math.abs(bulge[0]) * beside) return [m, bulge];
  }
}

/** One step: makes a bulge at its start and chases it out at the end of the block. */
function turnBlock(block: Block, shift: Shift): void {
  const { h, order, first, last } = block;
  const [start, begin] = startOfStep(block, shift);
  for (let i = start + 2; i <= last; i += 1) {
    h[i * order + i - 2] = 0;
    if (i > start + 2) h[i * order + i - 3] = 0;
  }
  let [p, q, r] = begin;
  for (let k = start; k < last; k += 1) {
    const at = k * order + k;
    const hasThird = k + 1 < last;
    let size = 1;
    if (k > start) {
      p = h[at - 1]!;
      q = h[at + order - 1]!;
      r = hasThird ? h[at + 2 * order - 1]! : 0;
      size = Math.abs(p) + Math.abs(q) + Math.abs(r);
      if (size === 0) continue;
      p /= size;
      q /= size;
      r /= size;
    }
    const root = Math.sqrt(p * p + q * q + r * r);
    const s = p < 0 ? -root : root;
    if (s === 0) continue;
    if (k > start) h[at - 1] = -s * size;
    else if (start > first) h[at - 1] = -h[at - 1]!;
    p += s;
    turnRows(block, k, hasThird, [p / s, q / s, r / s], [q / p, r / p]);
  }
}

/** Applies one reflection of three rows from the left and of three columns from the right. */
function turnRows(
  { h, order, first, last }: Block,
  k: number,
  hasThird: boolean,
  [x, y, z]: Bulge,
  [q, r]: readonly [number, number],
): void {
  const row0 = k * order;
  const row1 = row0 + order;
  const row2 = hasThird ? row1 + order : row1;
  const third = hasThird ? 1 : 0;
  for (let j = k; j <= last; j += 1) {
    const sum = h[row0 + j]! + q * h[row1 + j]! + third * r * h[row2 + j]!;
    h[row0 + j]! -= sum * x;
    h[row1 + j]! -= sum * y;
    if (hasThird) h[row2 + j]! -= sum * z;
  }
  const end = Math.min(last, k + 3);
  for (let i = first; i <= end; i += 1) {
    const at = i * order + k;
    const sum = x * h[at]! + y * h[at + 1]! + (hasThird ? z * h[at + 2]! : 0);
    h[at]! -= sum;
    h[at + 1]! -= sum * q;
    if (hasThird) h[at + 2]! -= sum * r;
  }
}
