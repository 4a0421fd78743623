/**
 * Seeded randomness: one stream per actor path, so that actors do not disturb each other's draws.
 *
 * @see S. Vigna and D. Blackman, xoshiro128** 1.1, https://prng.di.unimi.it (state seeded by
 * SplitMix32).
 */
import type { Random, RandomStream } from '../actors/ports.ts';

/** @throws {RangeError} when the seed is not an integer that a double holds exactly. */
export function seededRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(`Seed must be an integer, got ${seed}.`);
  }
  return { stream: (path) => stream(seedOf(seed, path)) };
}

/** Seed of one path: FNV-1a over seed and path, then mixed. */
export function seedOf(seed: number, path: string): number {
  let h = 0x811c9dc5;
  const text = `${seed}:${path}`;
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  }
  return mix(h);
}

function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return (h ^ (h >>> 15)) >>> 0;
}

const rotate = (x: number, k: number) => (x << k) | (x >>> (32 - k));

function stream(seed: number): RandomStream {
  let counter = seed;
  const draw = () => {
    counter = (counter + 0x9e3779b9) | 0;
    return mix(counter);
  };
  const s = Uint32Array.of(draw(), draw(), draw(), draw());
  return {
    seed,
    next() {
      const result = Math.imul(rotate(Math.imul(s[1]!, 5), 7), 9) >>> 0;
      const t = s[1]! << 9;
      s[2]! ^= s[0]!;
      s[3]! ^= s[1]!;
      s[1]! ^= s[2]!;
      s[0]! ^= s[3]!;
      s[2]! ^= t;
      s[3] = rotate(s[3]!, 11);
      return result / 4_294_967_296;
    },
  };
}
