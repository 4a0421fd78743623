import { describe, expect, it } from 'vitest';
import { rateLimitSettingsSchema } from '../../config/protect.ts';
import { errorOf, protectRig } from '../support/protect-rig.ts';

/** When calls that were made at once had their turns, ms after the first. */
async function turns(rateLimit: object, count: number, idleMs = 0): Promise<number[]> {
  const { call, clock } = protectRig({ rateLimit: { waitMaxMs: 100_000, ...rateLimit } });
  clock.advance(idleMs);
  const from = clock.now();
  const at: number[] = [];
  const calls = Array.from({ length: count }, () => call(() => at.push(clock.now() - from)));
  clock.advance(100_000);
  await Promise.all(calls);
  return at;
}

describe('a sliding window', () => {
  it('gives its turns at once, and the next ones as the first ones leave it', async () => {
    const window = { callCountMax: 2, periodMs: 100 };
    expect(await turns(window, 7)).toEqual([0, 0, 100, 100, 200, 200, 300]);
  });

  it('keeps what it counted when it is changed', async () => {
    const { call, clock, layers } = protectRig({ rateLimit: { callCountMax: 3, periodMs: 100 } });
    const change = (rateLimit: object) =>
      layers.adopt({ rateLimit: rateLimitSettingsSchema.parse(rateLimit) });
    await call(() => 1);
    clock.advance(40);
    await call(() => 2);
    change({ callCountMax: 1, periodMs: 100 });
    expect(await errorOf(call(() => 3))).toMatchObject({ retryAfterMs: 100 });
    change({ callCountMax: 2, periodMs: 100 });
    expect(await errorOf(call(() => 3))).toMatchObject({ code: 'RATE_LIMITED' });
    change({ callCountMax: 3, periodMs: 100 });
    expect(await call(() => 3)).toBe(3);
    change({ callCountMax: 1, periodMs: 100, waitMaxMs: 1_000 });
    const waiting = call(() => 4);
    change({ callCountMax: 5, periodMs: 100, waitMaxMs: 1_000 });
    expect(await waiting).toBe(4);
  });
});

describe('a token bucket', () => {
  it('is full in the beginning, then gives its turns evenly', async () => {
    const bucket = { kind: 'tokenBucket', callCountMax: 10, periodMs: 1_000, burstCountMax: 3 };
    expect(await turns(bucket, 6)).toEqual([0, 0, 0, 100, 200, 300]);
    expect(await turns(bucket, 6, 50_000)).toEqual([0, 0, 0, 100, 200, 300]);
    const odd = { ...bucket, callCountMax: 3, periodMs: 100, burstCountMax: 1 };
    expect(await turns(odd, 5)).toEqual([0, 34, 68, 102, 136]);
  });

  it('says when to come again', async () => {
    const bucket = { kind: 'tokenBucket', callCountMax: 10, burstCountMax: 1 } as const;
    const { call, clock } = protectRig({ rateLimit: bucket });
    await call(() => 1);
    clock.advance(30);
    expect(await errorOf(call(() => 2))).toMatchObject({ retryAfterMs: 70 });
  });
});

describe('the line before it', () => {
  it('takes whoever has his turn within the time, counting those before him', async () => {
    const rateLimit = { callCountMax: 1, periodMs: 100, waitMaxMs: 250 };
    const { call, clock } = protectRig({ rateLimit });
    const order: number[] = [];
    const calls = [0, 1, 2].map((number) => call(() => order.push(number)));
    expect(await errorOf(call(() => order.push(3)))).toMatchObject({ retryAfterMs: 300 });
    clock.advance(50);
    const late = call(() => order.push(4));
    clock.advance(1_000);
    await Promise.all([...calls, late]);
    expect(order).toEqual([0, 1, 2, 4]);
  });

  it('is not overtaken by whoever comes just when its turn is due', async () => {
    const rateLimit = { callCountMax: 2, periodMs: 100, waitMaxMs: 1_000 };
    const { call, clock } = protectRig({ rateLimit });
    const order: number[] = [];
    clock.at(1_100, () => void call(() => order.push(3)));
    for (const number of [0, 1, 2]) void call(() => order.push(number));
    clock.advance(100);
    expect(order).toEqual([0, 1, 2, 3]);
  });

  it('asks the clock only as long as somebody stands in it', async () => {
    const rateLimit = { callCountMax: 1, periodMs: 100, waitMaxMs: 1_000, quietMs: 50 };
    const { call, clock } = protectRig({ rateLimit });
    await call(() => 0);
    const controllers = [new AbortController(), new AbortController()];
    const errors = controllers.map(({ signal }) => errorOf(call(() => 1, { signal })));
    clock.advance(50);
    expect(clock.pendingCount).toBe(1);
    controllers[0]?.abort('enough');
    expect(clock.pendingCount).toBe(1);
    controllers[1]?.abort('enough');
    expect(clock.pendingCount).toBe(0);
    expect(await Promise.all(errors)).toEqual(['enough', 'enough']);
  });
});
