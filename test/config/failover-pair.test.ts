import { describe, expect, it } from 'vitest';
import { failoverSettingsSchema as schema } from '../../config/failover-pair.ts';

const problem = (given: object): string | undefined =>
  schema
    .safeParse(given)
    .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)[0];

describe('settings of a failover pair', () => {
  it('notice a death and switch within thirty seconds by default', () => {
    const { heartbeatMs, missedCountMax, checkTimeoutMs, leaseMs, switchTimeoutMs } = schema.parse(
      {},
    );
    const noticedMs = heartbeatMs * missedCountMax + checkTimeoutMs;
    expect(noticedMs + leaseMs + 2 * switchTimeoutMs).toBeLessThan(30_000);
    expect(noticedMs).toBeLessThan(5_000);
  });

  it.each([
    [{ leaseMs: 1_999 }, 'leaseMs: Must be at least two heartbeats (2000 ms), got 1999.'],
    [
      { lagMaxMs: 2_799 },
      'lagMaxMs: No copy would be new enough: must be at least 2800 ms, got 2799.',
    ],
    [
      { switchTimeoutMs: 5_999 },
      'switchTimeoutMs: No lease could run out in time: must be at least 6000 ms, got 5999.',
    ],
    [{ stableMs: 2, stableMaxMs: 1 }, 'stableMaxMs: Must not be below stableMs, got 1.'],
    [{ backoff: { minMs: 2, maxMs: 1 } }, 'backoff.maxMs: must not be below minMs'],
    [{ policy: 'eager' }, expect.stringMatching(/^policy: /)],
  ])('refuse %j', (given, text) => {
    expect(problem(given)).toEqual(text);
  });

  it.each([{ leaseMs: 2_000 }, { lagMaxMs: 2_800 }, { switchTimeoutMs: 6_000 }, { stableMs: 1 }])(
    'take %j',
    (given) => expect(problem(given)).toBeUndefined(),
  );
});
