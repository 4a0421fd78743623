import { describe, expect, it } from 'vitest';
import { paperSettingsSchema } from '../../config/paper.ts';

const issuesOf = (settings: unknown) => {
  const result = paperSettingsSchema.safeParse(settings);
  return result.success ? [] : result.error.issues.map(({ path }) => path.join('.'));
};

/** Every setting in a schema, groups included. */
function settingsOf(schema: unknown, path = ''): { path: string; description?: string }[] {
  const { def, shape, description } = schema as {
    def: { innerType?: unknown };
    shape?: Record<string, unknown>;
    description?: string;
  };
  if (shape) {
    const inner = Object.entries(shape).flatMap(([name, each]) =>
      settingsOf(each, path === '' ? name : `${path}.${name}`),
    );
    return path === '' ? inner : [{ path, description }, ...inner];
  }
  if (!def.innerType) return [{ path, description }];
  const [own, ...rest] = settingsOf(def.innerType, path);
  return [{ path, description: description ?? own?.description }, ...rest];
}

describe('settings of the paper host', () => {
  it('has a default for everything', () => {
    const settings = paperSettingsSchema.parse({});
    expect(settings).toMatchObject({
      symbol: 'BTC-PERP',
      feed: { staleAfterMs: 300_000, breaker: { window: { failureCountMax: 1 } } },
      broker: { heartbeatMs: 300_000, breaker: { callTimeoutMs: 10_000, openDurationMs: 60_000 } },
    });
  });

  it('keeps the other defaults of a breaker of which one setting is given', () => {
    const settings = paperSettingsSchema.parse({ feed: { breaker: { probeCount: 3 } } });
    expect(settings.feed.breaker).toMatchObject({
      probeCount: 3,
      openDurationMs: 120_000,
      window: { kind: 'consecutive', failureCountMax: 1 },
    });
  });

  it('still holds a breaker to the rules of breakers', () => {
    const breaker = { openDurationMs: 500_000 };
    expect(issuesOf({ broker: { breaker } })).toEqual(['broker.breaker.openBackoff.maxMs']);
  });

  it.each([
    [{ strategy: { fastBarCount: 480 } }, 'strategy.fastBarCount'],
    [{ broker: { retryMinMs: 70_000 } }, 'broker.retryMaxMs'],
    [{ broker: { faults: { latencyTailMs: 59 } } }, 'broker.faults.latencyTailMs'],
    [{ broker: { faults: { outageDurationMs: 300_000_000 } } }, 'broker.faults.outageDurationMs'],
    [{ broker: { faults: { errorRatio: 0.6, hangRatio: 0.6 } } }, 'broker.faults'],
    [{ market: { startAt: 'yesterday' } }, 'market.startAt'],
    [{ symbol: '' }, 'symbol'],
    [{ account: { cash: 0 } }, 'account.cash'],
    [{ fees: { feeBasisPoints: -1 } }, 'fees.feeBasisPoints'],
  ])('refuses %j and names the setting', (settings, path) => {
    expect(issuesOf(settings)).toEqual([path]);
  });

  it('refuses a setting that does not exist', () => {
    expect(issuesOf({ strategy: { quantty: 1 } })).toEqual(['strategy']);
  });

  it('says what every setting means', () => {
    const silent = settingsOf(paperSettingsSchema).filter(({ description }) => !description);
    expect(silent).toEqual([]);
  });
});
