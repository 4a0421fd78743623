import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addRestart, exceedsIntensity } from '../../../machines/policies/restart-intensity.ts';

const limits = { intensity: 2, periodMs: 1_000 };

/** Which of the restarts at these times is the first one too many; undefined when none is. */
function firstOneTooMany(times: readonly number[], { intensity, periodMs } = limits) {
  let restartsAt: readonly number[] = [];
  for (const at of times) {
    if (exceedsIntensity(restartsAt, at, { intensity, periodMs })) return at;
    restartsAt = addRestart(restartsAt, at, periodMs);
  }
  return undefined;
}

describe('restart intensity', () => {
  it('bears as many restarts as it says, and not one more', () => {
    expect(firstOneTooMany([0, 1])).toBeUndefined();
    expect(firstOneTooMany([0, 1, 2])).toBe(2);
  });

  it('still counts a restart that is exactly one period old, as OTP does, and no older one', () => {
    expect(firstOneTooMany([0, 1, 1_000])).toBe(1_000);
    expect(firstOneTooMany([0, 1, 1_001])).toBeUndefined();
  });

  it('slides and does not tumble: the end of one period counts in the next', () => {
    expect(firstOneTooMany([900, 950, 1_050])).toBe(1_050);
  });

  it('bears any number of restarts that are far enough apart', () => {
    expect(firstOneTooMany(Array.from({ length: 500 }, (_, i) => i * 501))).toBeUndefined();
  });

  it('bears none at intensity 0', () => {
    expect(firstOneTooMany([5], { intensity: 0, periodMs: 10 })).toBe(5);
  });

  it('bears several at the same time', () => {
    expect(firstOneTooMany([5, 5])).toBeUndefined();
    expect(firstOneTooMany([5, 5, 5])).toBe(5);
  });

  it('keeps no more times than it needs, oldest first', () => {
    expect(addRestart([1, 500, 1_200], 1_500, 1_000)).toEqual([500, 1_200, 1_500]);
  });

  it('does not change the list that it is given', () => {
    const times = Object.freeze([1, 2]);
    expect(addRestart(times, 5_000, 10)).toEqual([5_000]);
    expect(times).toEqual([1, 2]);
  });

  it('agrees with counting all restarts of the period again each time', () => {
    const gaps = fc.array(fc.nat(30), { maxLength: 60 });
    const drawn = fc.record({
      intensity: fc.integer({ min: 0, max: 5 }),
      periodMs: fc.integer({ min: 1, max: 60 }),
    });
    fc.assert(
      fc.property(gaps, drawn, (waits, { intensity, periodMs }) => {
        let at = 0;
        const times = waits.map((wait) => {
          at += wait;
          return at;
        });
        const naive = times.find(
          (time, i) =>
            times.slice(0, i + 1).filter((other) => other >= time - periodMs).length > intensity,
        );
        expect(firstOneTooMany(times, { intensity, periodMs })).toBe(naive);
      }),
    );
  });
});
