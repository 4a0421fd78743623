/** Points of the unit circle with the same bits on every machine: `Math.sin` may differ. */

/** Cosine and sine of the whole turn times `part / whole`; `8 part` has to be exact. */
export function pointOnCircle(part: number, whole: number): readonly [cos: number, sin: number] {
  const eighths = 8 * (part % whole);
  const octant = Math.floor(eighths / whole);
  const rest = eighths - octant * whole;
  // From 0 to an eighth of a turn, seen from the nearest axis.
  const angle = ((octant % 2 === 0 ? rest : whole - rest) / whole) * (Math.PI / 4);
  const square = angle * angle;
  const cos = series(square, 16);
  const sin = angle * series(square, 17);
  const [x, y] = octant % 4 === 1 || octant % 4 === 2 ? [sin, cos] : [cos, sin];
  const isLeft = octant >= 2 && octant < 6;
  return [isLeft ? -x : x, octant >= 4 ? -y : y];
}

/** The series of the cosine (even) or of the sine over its angle (odd), from its last term. */
function series(square: number, last: number): number {
  let sum = 1;
  for (let n = last; n >= 2; n -= 2) sum = 1 - (square / (n * (n - 1))) * sum;
  return sum;
}
