import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { circuitBreakerSettingsSchema as schema } from '../../config/circuit-breaker.ts';

const messages = (input: unknown) =>
  schema.safeParse(input).error?.issues.map(({ path, message }) => [path.join('.'), message]);

describe('circuit breaker settings', () => {
  it('are the documented preset when nothing is set', () => {
    expect(schema.parse({})).toEqual({
      window: { kind: 'consecutive', failureCountMax: 5 },
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
    expect(settings.window.failureCountMax).toBe(5);
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
    ['no probes', { probeCount: 0 }],
    ['a success ratio of zero', { probeSuccessRatioMin: 0 }],
    ['a misspelt name', { openDuration: 5 }],
  ])('refuse %s', (_, input) => {
    expect(schema.safeParse(input).success).toBe(false);
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
