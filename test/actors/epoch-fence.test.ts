import { describe, expect, it } from 'vitest';
import { EpochFence } from '../../actors/epoch-fence.ts';
import { FencedError } from '../../actors/errors.ts';

describe('an edge with a fence', () => {
  it('admits the newest epoch, as often as it comes, and nothing older', () => {
    const fence = new EpochFence();
    expect([0, 2, 2, 1, 2, 3, 2].map((epoch) => fence.admits(epoch))).toEqual([
      true,
      true,
      true,
      false,
      true,
      true,
      false,
    ]);
    expect(fence.epoch).toBe(3);
  });

  it('goes on from the epoch that an earlier life has seen', () => {
    expect(new EpochFence(5).admits(4)).toBe(false);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1.5, -1])('is not moved by %s', (epoch) => {
    const fence = new EpochFence();
    expect(fence.admits(epoch)).toBe(false);
    expect(fence.epoch).toBe(0);
  });

  it('says by which epoch an older one is refused', () => {
    const fence = new EpochFence(7);
    fence.check(7);
    expect(() => fence.check(6)).toThrow(FencedError);
    expect(() => fence.check(6)).toThrow('Epoch 6 is over: epoch 7 was seen. Nothing was done.');
  });
});
