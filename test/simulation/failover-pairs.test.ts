/** Pairs over a bad link, from seeds: what holds with the fence, and what goes wrong without. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { livePair, type PairPlan } from '../support/pair-world.ts';

const full = process.env['KINTSUGI_RUNS'] === 'full';
const runs = full ? 10_000 : 60;

const skew = fc.record({
  rate: fc.constantFrom(1, 0.97, 1.03),
  offsetMs: fc.integer({ min: 0, max: 500 }),
});
const fault = fc.record({
  kind: fc.constantFrom(...(['pause', 'kill', 'sick', 'slow', 'lossy', 'cut'] as const)),
  side: fc.constantFrom(...(['primary', 'backup'] as const)),
  atMs: fc.integer({ min: 0, max: 1_500 }),
  forMs: fc.integer({ min: 20, max: 1_500 }),
});
const plans: fc.Arbitrary<PairPlan> = fc.record({
  seed: fc.nat({ max: 2 ** 31 }),
  policy: fc.constantFrom(...(['automatic', 'preferPrimary', 'sticky'] as const)),
  skews: fc.tuple(skew, skew),
  faults: fc.array(fault, { maxLength: 4 }),
});

describe('a failover pair over a bad link', () => {
  it(`obeys one epoch at a time, loses nothing and recovers (${runs} plans)`, async () => {
    const seen = { acked: 0, refused: 0, switched: 0 };
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const { problem, ackedCount, refusedCount, epochs } = await livePair(plan);
        expect(problem).toBeUndefined();
        seen.acked += ackedCount;
        seen.refused += refusedCount;
        seen.switched += epochs.length > 1 ? 1 : 0;
      }),
      { numRuns: runs },
    );
    // The plans do what they are for.
    expect(seen.switched).toBeGreaterThan(runs / 4);
    expect(seen.acked).toBeGreaterThan(10 * runs);
    expect(seen.refused).toBeGreaterThan(0);
  }, 1_800_000);

  it('is found out without its fence, by a plan of at most two faults', async () => {
    const property = fc.asyncProperty(plans, async (plan) => {
      expect((await livePair(plan, false)).problem).toBeUndefined();
    });
    const found = await fc.check(property, { numRuns: 500, seed: 1 });
    expect(found.failed).toBe(true);
    const [plan] = found.counterexample!;
    expect(plan.faults.length).toBeLessThanOrEqual(2);
    const { problem } = await livePair(plan, false);
    expect(problem).toMatch(/obeyed after|done twice|is lost/);
    // The same plan harms nobody behind a fence.
    expect((await livePair(plan)).problem).toBeUndefined();
    process.stdout.write(`without a fence: ${problem} under ${JSON.stringify(plan.faults)}\n`);
  }, 120_000);

  it('lives the same life from the same plan', async () => {
    const [plan] = fc.sample(plans, { numRuns: 1, seed: 5 });
    expect(await livePair(plan!)).toEqual(await livePair(plan!));
  });
});
