/** What the paper host makes of the settings of its pair. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failoverSettingsSchema } from '../../../config/failover-pair.ts';
import { settingsSchema } from '../../../config/settings.ts';
import { pairSettings } from '../../../runtime/paper/gateways.ts';

const dayMs = 24 * 3_600_000;
const settingsOf = (pair: object, failover = {}) =>
  settingsSchema.parse({ paper: { broker: { pair } }, failover });

describe('the settings of the pair', () => {
  it('are allowed, whatever users wrote', () => {
    const pairs = fc.record({
      heartbeatMs: fc.integer({ min: 1_000, max: dayMs }),
      missedCountMax: fc.integer({ min: 1, max: 1_000 }),
      stableMs: fc.integer({ min: 1, max: 30 * dayMs }),
    });
    fc.assert(
      fc.property(pairs, (pair) => {
        const given = pairSettings(settingsOf(pair));
        expect(failoverSettingsSchema.parse(given)).toMatchObject(pair);
      }),
    );
  });

  it('are those of `failover.broker` where these are written', () => {
    const written = { heartbeatMs: 20_000, leaseMs: 60_000, switchTimeoutMs: 120_000 };
    const failover = { broker: { ...written, lagMaxMs: 60_000 } };
    const given = pairSettings(settingsOf({ heartbeatMs: 5_000 }, failover));
    expect(given).toMatchObject(failover.broker);
  });

  it('tell looks that pass once a day, and keep the lease over some looks', () => {
    const { heartbeatMs, leaseMs, reportEveryMs } = pairSettings(settingsOf({}));
    expect(reportEveryMs).toBe(dayMs);
    expect(leaseMs).toBe(3 * heartbeatMs!);
  });
});
