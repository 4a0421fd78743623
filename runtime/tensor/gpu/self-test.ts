/** A product whose answer is known: a device that cannot give it computes nothing for anybody. */
import type { Product } from './engine.ts';

/** Whole numbers this small have an exact product in f32; rounding is no excuse. */
export const selfTestErrorMax = 1e-6;

/** Sizes that are no multiples of a block, so that the edges are proven too. */
const [rows, inner, columns] = [37, 29, 41];

const filled = (length: number, step: number): Float32Array =>
  Float32Array.from({ length }, (_, index) => ((index * step) % 17) - 8);

function expected({ a, b }: Product): Float32Array {
  const c = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      let sum = 0;
      for (let k = 0; k < inner; k += 1) sum += a[row * inner + k]! * b[k * columns + column]!;
      c[row * columns + column] = sum;
    }
  }
  return c;
}

/** Largest error of the known answer, relative to its largest element. */
export async function selfTestOf(
  multiply: (products: readonly Product[]) => Promise<readonly Float32Array[]>,
): Promise<number> {
  const product = {
    a: filled(rows * inner, 5),
    b: filled(inner * columns, 3),
    rows,
    inner,
    columns,
  };
  const right = expected(product);
  const [got = new Float32Array()] = await multiply([product]);
  const largest = right.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return right.reduce((worst, value, index) => {
    const error = Math.abs((got[index] ?? Number.NaN) - value) / largest;
    // A value that is no number is as wrong as can be, and so is one that is wholly off.
    return Math.max(worst, error <= 1 ? error : 1);
  }, 0);
}
