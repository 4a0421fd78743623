import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EpisodeRule, episodeAt } from '../../../runtime/paper/episodes.ts';

const hour = 3_600_000;
const rule: EpisodeRule = { everyMs: 48 * hour, durationMs: 24 * hour };

const seeds = fc.integer({ min: 0, max: 0xffffffff });

/** Episodes by their number, each with the times at which it was seen. */
function seen(seed: number, stretches: number, asked = rule) {
  const found = new Map<number, { at: number; doneRatio: number }[]>();
  for (let at = 0; at < stretches * asked.everyMs; at += asked.everyMs / 960) {
    const episode = episodeAt(seed, at, asked);
    if (!episode) continue;
    const times = found.get(episode.number) ?? [];
    found.set(episode.number, [...times, { at, doneRatio: episode.doneRatio }]);
  }
  return found;
}

describe('episodes', () => {
  it('come once in each stretch, in order, and last 0.5 to 1.5 of what is said', () => {
    const lengths: number[] = [];
    for (let seed = 0; seed < 20; seed++) {
      const found = seen(seed, 20);
      // One may be covered by the one before.
      expect(found.size).toBeGreaterThanOrEqual(15);
      expect([...found.keys()]).toEqual([...found.keys()].sort((a, b) => a - b));
      // The last one may reach beyond what was looked at.
      for (const [number, times] of [...found].slice(0, -1)) {
        const [first, last] = [times[0]!.at, times.at(-1)!.at];
        expect(Math.floor(last / rule.everyMs) - number).toBeLessThanOrEqual(1);
        lengths.push(last - first);
      }
    }
    const mean = lengths.reduce((sum, each) => sum + each, 0) / lengths.length;
    expect(Math.max(...lengths)).toBeLessThanOrEqual(1.5 * rule.durationMs);
    expect(Math.max(...lengths)).toBeGreaterThan(1.4 * rule.durationMs);
    expect(mean / rule.durationMs).toBeGreaterThan(0.8);
    expect(mean / rule.durationMs).toBeLessThan(1.05);
  });

  it('say how much of them is over', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: 1_000 * hour }), (seed, at) => {
        const now = episodeAt(seed, at, rule);
        if (!now) return;
        expect(now.doneRatio).toBeGreaterThanOrEqual(0);
        expect(now.doneRatio).toBeLessThan(1);
        const later = episodeAt(seed, at + 60_000, rule);
        if (later?.number === now.number) expect(later.doneRatio).toBeGreaterThan(now.doneRatio);
      }),
    );
  });

  it('never come with no length', () => {
    expect(seen(3, 10, { everyMs: hour, durationMs: 0 }).size).toBe(0);
  });
});
