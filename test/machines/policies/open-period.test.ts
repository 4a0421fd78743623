import { describe, expect, it } from 'vitest';
import { circuitBreakerSettingsSchema } from '../../../config/circuit-breaker.ts';
import { openPeriod } from '../../../machines/policies/open-period.ts';

const settings = circuitBreakerSettingsSchema.parse({});
const at = (openCount: number, seed = 1) =>
  openPeriod(settings, { openCount, seed, generation: 9, atMs: 500 });

describe('openPeriod', () => {
  it('begins with the exact open duration, whatever the jitter', () => {
    expect(at(0)).toEqual({
      openCount: 1,
      openDurationMs: 60_000,
      openedAtMs: 500,
      openUntilMs: 60_500,
    });
  });

  it('shortens later periods by jitter, differently for each breaker', () => {
    const seconds = [1, 2, 3].map((seed) => at(1, seed).openDurationMs);
    expect(new Set(seconds).size).toBe(3);
    for (const ms of seconds) expect(ms).toBeGreaterThanOrEqual(108_000);
    for (const ms of seconds) expect(ms).toBeLessThanOrEqual(120_000);
  });

  it('stops counting where the open time stops growing', () => {
    expect([0, 1, 2, 3, 4, 5].map((openCount) => at(openCount).openCount)).toEqual([
      1, 2, 3, 4, 5, 5,
    ]);
  });

  it('counts one open when the open time is constant', () => {
    const constant = { openDurationMs: 10, openBackoff: { factor: 1, maxMs: 10, jitterRatio: 0 } };
    const from = { seed: 0, generation: 0, atMs: 0 };
    expect(openPeriod(constant, { ...from, openCount: 0 }).openCount).toBe(1);
    expect(openPeriod(constant, { ...from, openCount: 1 }).openCount).toBe(1);
  });
});
