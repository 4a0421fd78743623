import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../runtime/random.ts';

const draws = (seed: number, path: string, count: number): number[] => {
  const stream = seededRandom(seed).stream(path);
  return Array.from({ length: count }, () => stream.next());
};

describe('seeded randomness', () => {
  it('gives the same stream for the same seed and path', () => {
    expect(draws(7, '/a', 100)).toEqual(draws(7, '/a', 100));
  });

  it('has known values, because a journal must replay alike on any machine and version', () => {
    expect(seededRandom(1).stream('/app/breaker').seed).toMatchInlineSnapshot(`3496924870`);
    expect(draws(1, '/app/breaker', 4)).toMatchInlineSnapshot(`
      [
        0.9967183829285204,
        0.8939355018083006,
        0.9450106124859303,
        0.9901215240824968,
      ]
    `);
    expect(draws(-5, '', 2)).toMatchInlineSnapshot(`
      [
        0.24293793714605272,
        0.3799666492268443,
      ]
    `);
  });

  it('keeps streams apart: what one actor draws changes nothing for another', () => {
    const random = seededRandom(7);
    const alone = draws(7, '/b', 50);
    const a = random.stream('/a');
    const b = random.stream('/b');
    const together = Array.from({ length: 50 }, () => {
      a.next();
      return b.next();
    });
    expect(together).toEqual(alone);
  });

  it('gives different streams for different seeds and for different paths', () => {
    const first = new Set<number>();
    for (let i = 0; i < 500; i++) {
      first.add(draws(i, '/a', 1)[0]!);
      first.add(draws(1, `/a/${i}`, 1)[0]!);
    }
    expect(first.size).toBe(1_000);
  });

  it('shows no relation between the streams of neighbours', () => {
    const [a, b] = [draws(1, '/a/1', 20_000), draws(1, '/a/2', 20_000)];
    const covariance = a.reduce((sum, x, i) => sum + (x - 0.5) * (b[i]! - 0.5), 0) / a.length;
    expect(Math.abs(covariance * 12)).toBeLessThan(0.03);
  });

  it('is spread evenly over [0, 1)', () => {
    const counts = new Array<number>(20).fill(0);
    for (const draw of draws(3, '/a', 200_000)) {
      expect(draw >= 0 && draw < 1).toBe(true);
      counts[Math.floor(draw * 20)]!++;
    }
    const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    expect(chiSquare).toBeLessThan(43.8); // 19 degrees of freedom, one in a thousand
  });

  it.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('refuses the seed %d', (seed) => {
    expect(() => seededRandom(seed)).toThrow(RangeError);
  });
});
