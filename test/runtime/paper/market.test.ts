import { describe, expect, it } from 'vitest';
import { marketSettingsSchema } from '../../../config/paper-market.ts';
import type { Bar } from '../../../machines/paper/bar.ts';
import { syntheticMarket } from '../../../runtime/paper/market.ts';

async function bars(count: number, seed = 1, settings: object = {}, afterMs?: number) {
  const found: Bar[] = [];
  for await (const bar of syntheticMarket(seed, marketSettingsSchema.parse(settings), {
    afterMs,
  })) {
    found.push(bar);
    if (found.length === count) return found;
  }
  return found;
}

describe('synthetic market', () => {
  it('is the same for the same seed and another for another', async () => {
    expect(await bars(500)).toEqual(await bars(500));
    expect(await bars(500, 2)).not.toEqual(await bars(500));
  });

  it('never changes for a seed that somebody has used', async () => {
    const last = (await bars(1_000, 7)).at(-1);
    expect(last).toMatchInlineSnapshot(`
      {
        "at": 1704127140000,
        "close": 47620.59,
        "high": 47631.37,
        "low": 47575.93,
        "open": 47577.03,
        "volume": 311.093,
      }
    `);
  });

  it('goes on after a bar as if it had never stopped', async () => {
    const all = await bars(400);
    expect(await bars(200, 1, {}, all[199]!.at)).toEqual(all.slice(200));
  });

  it('makes only bars that a feed would call good', async () => {
    let last = 0;
    for (const bar of await bars(50_000)) {
      expect(bar.at).toBeGreaterThan(last);
      last = bar.at;
      const { open, high, low, close, volume } = bar;
      if (low > Math.min(open, close) || high < Math.max(open, close)) expect.fail();
      if (!(low > 0 && volume >= 0)) expect.fail();
    }
  });

  it('opens at the set time and price', async () => {
    const [first] = await bars(1, 1, { startAt: '2020-02-02T00:00:00Z', price: 10 });
    expect(first).toMatchObject({ at: Date.UTC(2020, 1, 2), open: 10 });
  });

  it('has gaps long enough for a feed to go stale, about as often as set', async () => {
    const all = await bars(60_000);
    const gaps = all
      .slice(1)
      .map((bar, i) => bar.at - all[i]!.at)
      .filter((ms) => ms > 60_000);
    expect(gaps.length).toBeGreaterThan(3);
    expect(gaps.length).toBeLessThan(25);
    expect(Math.max(...gaps)).toBeGreaterThan(300_000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(60_000 * 19);
  });

  it('has no gaps when none are wanted', async () => {
    const all = await bars(20_000, 1, { gapBarCount: 0 });
    expect(all.at(-1)!.at - all[0]!.at).toBe(19_999 * 60_000);
  });
});
