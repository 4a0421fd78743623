import { expect, it } from 'vitest';
import { protectionSettingsSchema } from '../../config/protect.ts';

const problems = (settings: object) =>
  (protectionSettingsSchema.safeParse(settings).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );

it('has no layer unless one is asked for', () => {
  expect(protectionSettingsSchema.parse({})).toEqual({});
  expect(protectionSettingsSchema.parse({ retry: {}, bulkhead: {}, rateLimit: {} })).toEqual({
    retry: {
      attemptCountMax: 3,
      minMs: 100,
      factor: 2,
      maxMs: 10_000,
      jitter: 'full',
      retryAfterMaxMs: 60_000,
      budgetRatio: 0.2,
      budgetCountMax: 100,
    },
    bulkhead: { concurrencyMax: 10, queueCountMax: 0, quietMs: 5_000 },
    rateLimit: {
      kind: 'slidingWindow',
      callCountMax: 100,
      periodMs: 1_000,
      burstCountMax: 10,
      waitMaxMs: 0,
      quietMs: 5_000,
    },
  });
});

it('refuses what contradicts itself, and what it does not know', () => {
  expect(problems({ timeoutMs: 5, attemptTimeoutMs: 6 })).toEqual([
    'attemptTimeoutMs: Must be at most timeoutMs (5), got 6.',
  ]);
  expect(problems({ timeoutMs: 5, attemptTimeoutMs: 5 })).toEqual([]);
  expect(problems({ retry: { minMs: 50, maxMs: 40 } })).toEqual([
    'retry.maxMs: Must be at least minMs (50), got 40.',
  ]);
  expect(problems({ retries: {} })).toHaveLength(1);
  expect(problems({ bulkhead: { concurrencyMax: 0 } })).toHaveLength(1);
});
