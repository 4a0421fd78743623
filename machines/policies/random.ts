/** Randomness without state: a draw is a function of a seed and a number. */

/** Every input bit changes every output bit with a chance close to one half. */
function mix32(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Keeps seed 0 away from 0, which the mixer maps to itself: 2^32 divided by the golden ratio. */
const golden = 0x9e3779b9;

/**
 * Draw number `n` of the stream that `seed` names, in [0, 1).
 *
 * A chart that draws this way stays pure: the same snapshot and event give the same next snapshot,
 * and nothing needs to remember how often somebody has drawn.
 *
 * @param seed an unsigned 32-bit integer.
 * @param n a whole number from 0; all its 53 bits count.
 * @see MurmurHash3, `fmix32`: https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp
 */
export function drawRatio(seed: number, n: number): number {
  const high = Math.floor(n / 2 ** 32);
  const mixed = mix32(mix32(mix32(seed ^ golden) ^ n) ^ high);
  return (mixed >>> 0) / 2 ** 32;
}
