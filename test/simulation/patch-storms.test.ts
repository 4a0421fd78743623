/**
 * Storms of patches with crashes: the invariants of patches hold in each of them. Ten thousand take
 * half an hour: `node test/simulation/patch-storms-long.ts 10000`.
 */
import { describe, expect, it } from 'vitest';
import { Storm } from './patch-storm.ts';

const stormCount = process.env['KINTSUGI_RUNS'] === 'full' ? 1_000 : 25;

describe('patch storms', () => {
  it('leave every patch kept or rolled back, and the settings as people left them', async () => {
    const total = { kept: 0, rolledBack: 0, rejected: 0, quarantined: 0, restarts: 0, crashes: 0 };
    for (let seed = 1; seed <= stormCount; seed += 1) {
      const storm = new Storm(seed);
      try {
        await storm.run(40);
        if (seed % 10 === 0) await storm.expectReplays();
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
      }
      for (const name of Object.keys(total) as (keyof typeof total)[]) {
        total[name] += storm.counts[name];
      }
    }
    // A storm in which nothing happens proves nothing.
    for (const [name, count] of Object.entries(total)) {
      expect(count, name).toBeGreaterThan(stormCount / 50);
    }
  }, 600_000);
});
