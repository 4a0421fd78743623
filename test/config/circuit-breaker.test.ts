import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { circuitBreakerSettingsSchema as schema } from '../../config/circuit-breaker.ts';

const messages = (input: unknown) =>
  schema.safeParse(input).error?.issues.map(({ path, message }) => [path.join('.'), message]);

describe('circuit breaker settings', () => {
  it('are the documented preset when nothing is set', () => {
    expect(schema.parse({})).toEqual({
      window: { kind: 'consecutive', failureCountMax: 5 },
      failureRatioMax: 0.5,
      slowCallMs: 0,
      slowCallRatioMax: 1,
      callCountMin: 10,
      callTimeoutMs: 30_000,
      openDurationMs: 60_000,
      openBackoff: { factor: 2, maxMs: 600_000, jitterRatio: 0.1 },
      probeCount: 1,
      probeSuccessRatioMin: 1,
      probeConcurrencyMax: 1,
    });
  });

  it('keep the defaults of a group of which one setting is given', () => {
    const settings = schema.parse({ openBackoff: { factor: 1 }, window: { kind: 'consecutive' } });
    expect(settings.openBackoff).toEqual({ factor: 1, maxMs: 600_000, jitterRatio: 0.1 });
    expect(settings.window).toMatchObject({ failureCountMax: 5 });
  });

  it('stay the same when parsed again', () => {
    expect(schema.parse(schema.parse({ probeCount: 3 }))).toEqual(schema.parse({ probeCount: 3 }));
  });

  it('allow a call to take for ever', () => {
    expect(schema.parse({ callTimeoutMs: 0 }).callTimeoutMs).toBe(0);
  });

  it.each([
    ['a failure count of zero', { window: { kind: 'consecutive', failureCountMax: 0 } }],
    ['an unknown window', { window: { kind: 'lunar' } }],
    ['a fraction of a millisecond', { callTimeoutMs: 0.5 }],
    ['an open time of zero', { openDurationMs: 0 }],
    ['a shrinking back-off', { openBackoff: { factor: 0.9 } }],
    ['a jitter above one', { openBackoff: { jitterRatio: 1.1 } }],
    ['an empty window', { window: { kind: 'count', size: 0 } }],
    ['a window without parts', { window: { kind: 'time', bucketCount: 0 } }],
    ['a failure ratio of zero', { window: { kind: 'count' }, failureRatioMax: 0 }],
    ['a slow ratio above one', { window: { kind: 'count' }, slowCallRatioMax: 1.1 }],
    ['no least number of calls', { window: { kind: 'count' }, callCountMin: 0 }],
    ['a setting of another window', { window: { kind: 'count', bucketCount: 2 } }],
    ['no probes', { probeCount: 0 }],
    ['a success ratio of zero', { probeSuccessRatioMin: 0 }],
    ['a misspelt name', { openDuration: 5 }],
  ])('refuse %s', (_, input) => {
    expect(schema.safeParse(input).success).toBe(false);
  });

  it('have documented defaults for each window', () => {
    const windowOf = (kind: 'count' | 'time') => schema.parse({ window: { kind } }).window;
    expect(windowOf('count')).toEqual({ kind: 'count', size: 100 });
    expect(windowOf('time')).toEqual({ kind: 'time', durationMs: 60_000, bucketCount: 10 });
  });

  it.each([
    ['failureRatioMax', 0.4],
    ['slowCallMs', 1],
    ['slowCallRatioMax', 0.9],
    ['callCountMin', 9],
  ])('refuse %s for a run of failures, which has no share', (name, value) => {
    expect(messages({ [name]: value })).toEqual([
      [name, 'Applies to windows of kind count or time, not consecutive.'],
    ]);
    expect(messages({ window: { kind: 'count' }, [name]: value })).toBeUndefined();
  });

  it('refuse a time window whose parts are no whole milliseconds', () => {
    const window = { kind: 'time', durationMs: 1_000, bucketCount: 3 };
    expect(messages({ window })).toEqual([
      ['window.durationMs', 'Must be a multiple of bucketCount (3), got 1000.'],
    ]);
    expect(messages({ window: { ...window, durationMs: 999 } })).toBeUndefined();
  });

  it('refuse slow calls that would have run out of time before', () => {
    const window = { kind: 'count' };
    expect(messages({ window, slowCallMs: 30_000 })).toEqual([
      ['slowCallMs', 'Must be below callTimeoutMs (30000), got 30000.'],
    ]);
    expect(messages({ window, slowCallMs: 29_999 })).toBeUndefined();
    expect(messages({ window, slowCallMs: 30_000, callTimeoutMs: 0 })).toBeUndefined();
  });

  it('refuse more probes at a time than there are probes', () => {
    expect(messages({ probeCount: 2, probeConcurrencyMax: 3 })).toEqual([
      ['probeConcurrencyMax', 'Must be at most probeCount (2), got 3.'],
    ]);
    expect(messages({ probeCount: 3, probeConcurrencyMax: 3 })).toBeUndefined();
  });

  it('refuse a longest open time below the first one', () => {
    expect(messages({ openDurationMs: 600_001 })).toEqual([
      ['openBackoff.maxMs', 'Must be at least openDurationMs (600001), got 600000.'],
    ]);
    expect(messages({ openDurationMs: 600_000 })).toBeUndefined();
  });

  it('say of each setting what it means, and its unit', () => {
    const { properties } = z.toJSONSchema(schema, { io: 'input' }) as {
      properties: Record<string, { description?: string; unit?: string }>;
    };
    for (const [name, { description }] of Object.entries(properties)) {
      expect(description, name).toMatch(/\.$/);
    }
    expect(properties.openDurationMs?.unit).toBe('ms');
    expect(properties.probeSuccessRatioMin?.unit).toBe('ratio');
  });
});
