import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Digest } from '../../../runtime/engine/digest.ts';

const digestOf = (lines: readonly string[], lookAt: ReadonlySet<number> = new Set()): string => {
  const digest = new Digest();
  lines.forEach((line, i) => {
    digest.add(line);
    if (lookAt.has(i)) void digest.value;
  });
  return digest.value;
};
const lines = (count: number) => Array.from({ length: count }, (_, i) => `{"seq":${i}}\n`);

describe('the rolling digest', () => {
  it('is the same whenever it is looked at in between', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.array(fc.nat(200)), (count, looks) => {
        expect(digestOf(lines(count), new Set(looks))).toBe(digestOf(lines(count)));
      }),
    );
  });

  it('differs when any one turn differs, is missing, or is swapped with the next', () => {
    const turns = lines(150);
    const seen = new Set([digestOf(turns)]);
    for (let i = 0; i < turns.length; i++) {
      seen.add(digestOf(turns.with(i, 'other\n')));
      seen.add(digestOf(turns.toSpliced(i, 1)));
      if (i > 0) seen.add(digestOf(turns.with(i, turns[i - 1]!).with(i - 1, turns[i]!)));
    }
    expect(seen.size).toBe(1 + 150 + 150 + 149);
  });

  it('has known values, because a journal written by another version must give the same', () => {
    expect(digestOf([])).toMatchInlineSnapshot(
      `"aa8609b23e8c7d25b7edbd32ac2c87394129e9e63a6f629b592b16fa18d18619"`,
    );
    expect(digestOf(lines(63))).toMatchInlineSnapshot(
      `"d0e989f019bac41e1532c4e0244fb418e618b1d394b85ec78ab982615d2cb00a"`,
    );
    expect(digestOf(lines(64))).toMatchInlineSnapshot(
      `"966224fef6c59d8e422efddb0027c0226ba41898ebffcdc7943336239d9928ab"`,
    );
    expect(digestOf(lines(65))).toMatchInlineSnapshot(
      `"3ff6d83c8f6a4e05a01476963afcbd72478fbf2735309a44226f36b8d0f0039d"`,
    );
  });
});
