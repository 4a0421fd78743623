import { describe, expect, it } from 'vitest';
import {
  type SignalBreakerSettingsInput,
  signalBreakerSettingsSchema as schema,
} from '../../config/signal-breaker.ts';

const kinds = ['connection', 'latency', 'rate', 'loss', 'drawdown', 'volatility'] as const;

describe('settings of a breaker on a signal', () => {
  it.each(kinds)('are complete with nothing but the kind %s', (kind) => {
    const settings = schema.parse({ kind });
    expect(settings).toMatchObject({ confirmationCount: 3, probeCount: 3 });
    expect(schema.parse(settings)).toEqual(settings);
  });

  it('latch and halt where money is lost: at a drawdown of 4 %', () => {
    const expected = { latch: true, whenOpen: 'halt' };
    expect(schema.parse({ kind: 'drawdown' })).toMatchObject({ limit: 0.04, ...expected });
    expect(schema.parse({ kind: 'loss' })).toMatchObject(expected);
    expect(schema.parse({ kind: 'volatility' })).toMatchObject({ latch: false });
  });

  const adaptive = { limitMin: 1, limitMax: 5 };
  it.each([
    [{ kind: 'heat' }, 'kind'],
    [{ kind: 'gauge' }, 'limit'],
    [{ kind: 'drawdown', limit: 4 }, 'limit'],
    [{ kind: 'drawdown', adaptive }, ''],
    [{ kind: 'loss', limit: 0 }, 'limit'],
    [{ kind: 'latency', size: 20, quantile: 0.96 }, 'quantile'],
    [{ kind: 'latency', size: 20, quantile: 1 }, 'quantile'],
    [{ kind: 'volatility', historyCount: 5, historyCountMin: 6 }, 'historyCountMin'],
    [{ kind: 'rate', openDurationMs: 700_000 }, 'openBackoff.maxMs'],
    [{ kind: 'gauge', limit: 0.9, adaptive }, 'limit'],
    [{ kind: 'gauge', limit: 5.1, adaptive }, 'limit'],
    [
      { kind: 'gauge', limit: 5, adaptive: { ...adaptive, cooldownMs: 10, cooldownMaxMs: 9 } },
      'adaptive.cooldownMaxMs',
    ],
    [{ kind: 'gauge', limit: 1, confirmationCount: 0 }, 'confirmationCount'],
  ])('refuse %j and say where', (given, path) => {
    const { error } = schema.safeParse(given as SignalBreakerSettingsInput);
    expect(error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
  });

  it('take a quantile that leaves one sample above it, and a limit on the envelope', () => {
    expect(schema.safeParse({ kind: 'latency', size: 20, quantile: 0.95 }).success).toBe(true);
    expect(schema.safeParse({ kind: 'gauge', limit: 5, adaptive }).success).toBe(true);
  });
});
