import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultSettingsSchema } from '../../../config/paper-broker.ts';
import { drawFault, isOutage } from '../../../runtime/paper/faults.ts';

const settings = faultSettingsSchema.parse({});
const calm = faultSettingsSchema.parse({ outageDurationMs: 0 });
const month = 31 * 86_400_000;
const startMs = Date.UTC(2022, 0, 1);

/** Outages as [from, to) in whole minutes, found by asking. */
function outages(seed: number, fromMs = startMs, lengthMs = month, ask = settings) {
  const found: [number, number][] = [];
  for (let at = fromMs; at < fromMs + lengthMs; at += 10_000) {
    if (!isOutage(seed, at, ask)) continue;
    const last = found.at(-1);
    if (last && last[1] === at) last[1] = at + 10_000;
    else found.push([at, at + 10_000]);
  }
  return found;
}

const kinds = (count: number, ask: typeof settings, at = 0) => {
  const found: Record<string, number> = {};
  for (let i = 0; i < count; i++) {
    const { kind } = drawFault(3, `c-${i}`, at, ask);
    found[kind] = (found[kind] ?? 0) + 1;
  }
  return found;
};

describe('faults', () => {
  it('are the same for the same seed, call and time', () => {
    fc.assert(
      fc.property(fc.integer(), fc.string(), fc.nat(), (seed, callId, at) => {
        expect(drawFault(seed, callId, at, settings)).toEqual(
          drawFault(seed, callId, at, settings),
        );
      }),
    );
  });

  it('come about as often as set, outside outages', () => {
    const found = kinds(100_000, calm);
    expect(found.error).toBeGreaterThan(300);
    expect(found.error).toBeLessThan(500);
    expect(found.partialFill).toBeGreaterThan(2_700);
    expect(found.partialFill).toBeLessThan(3_300);
    expect(found.hang).toBeGreaterThan(60);
    expect(found.hang).toBeLessThan(140);
    expect(found.reset).toBeGreaterThan(150);
    expect(found.rejectedLogin).toBeGreaterThan(25);
  });

  it('strike every call in an outage', () => {
    const [[from] = [0]] = outages(1);
    for (let i = 0; i < 1_000; i++) {
      expect(['error', 'reset', 'hang']).toContain(drawFault(1, `c-${i}`, from!, settings).kind);
    }
  });

  it('come one outage per stretch, of 0.5 to 1.5 of the mean length', () => {
    for (const seed of [1, 2, 3]) {
      const found = outages(seed);
      expect(found.length).toBeGreaterThanOrEqual(6);
      expect(found.length).toBeLessThanOrEqual(9);
      for (const [from, to] of found) {
        expect(to - from).toBeGreaterThanOrEqual(290_000);
        expect(to - from).toBeLessThanOrEqual(910_000);
      }
    }
  });

  it('let an outage reach into the next stretch', () => {
    const dense = faultSettingsSchema.parse({ outageEveryMs: 600_000, outageDurationMs: 400_000 });
    const crossing = outages(1, 0, 60_000_000, dense).filter(
      ([from, to]) => Math.floor(from / 600_000) !== Math.floor((to - 1) / 600_000),
    );
    expect(crossing.length).toBeGreaterThan(10);
  });

  it('never come when they are switched off, latency stays', () => {
    const off = faultSettingsSchema.parse({
      enabled: false,
      errorRatio: 1,
      hangRatio: 0,
      resetRatio: 0,
      partialFillRatio: 0,
      rejectedLoginRatio: 0,
    });
    expect(kinds(1_000, off)).toEqual({ none: 1_000 });
    expect(drawFault(1, 'c', 0, off).latencyMs).toBeGreaterThan(0);
  });

  it('draw latencies with the set median and tail', () => {
    const all = Array.from({ length: 20_000 }, (_, i) => drawFault(5, `c-${i}`, 0, calm).latencyMs);
    all.sort((a, b) => a - b);
    expect(Math.abs(all[10_000]! - 60)).toBeLessThan(3);
    expect(Math.abs(all[19_800]! - 900)).toBeLessThan(60);
    expect(all[0]).toBeGreaterThanOrEqual(30);
    expect(all.at(-1)).toBeLessThanOrEqual(1_800);
  });

  it('lose half of the orders whose reply is lost', () => {
    const always = faultSettingsSchema.parse({
      hangRatio: 1,
      errorRatio: 0,
      resetRatio: 0,
      partialFillRatio: 0,
      rejectedLoginRatio: 0,
      outageDurationMs: 0,
    });
    const executed = Array.from({ length: 2_000 }, (_, i) => drawFault(1, `c-${i}`, 0, always));
    const count = executed.filter((fault) => fault.executed).length;
    expect(count).toBeGreaterThan(900);
    expect(count).toBeLessThan(1_100);
    expect(executed.every(({ filledRatio }) => filledRatio >= 0.2 && filledRatio < 0.8)).toBe(true);
  });
});
