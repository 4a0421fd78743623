import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../../config/settings.ts';

describe('settingsSchema', () => {
  it('has a default for everything', () => {
    const settings = settingsSchema.parse({});
    expect(Object.keys(settings)).toEqual([
      'journal',
      'mailbox',
      'log',
      'breakers',
      'protections',
      'signals',
      'failover',
      'health',
      'degradation',
      'tradingMode',
      'posture',
      'safety',
      'alerts',
      'recovery',
      'allocation',
      'secr',
      'tensor',
      'http',
      'paper',
    ]);
    expect(settings.mailbox).toEqual({ countMax: 1_000, overflow: 'dropNewest' });
    expect(settings.log).toEqual({ level: 'info', format: 'auto' });
    expect(settings.breakers).toEqual({});
  });

  it('does not change what it has completed', () => {
    const settings = settingsSchema.parse({ breakers: { quotes: {} } });
    expect(settingsSchema.parse(settings)).toEqual(settings);
  });

  it('keeps the other defaults of a group when one of its settings is given', () => {
    const { log } = settingsSchema.parse({ log: { level: 'debug' } });
    expect(log).toEqual({ level: 'debug', format: 'auto' });
  });

  it.each([
    { journl: {} },
    { log: { colour: true } },
    { mailbox: { countMax: 0 } },
    { mailbox: { overflow: 'block' } },
    { breakers: { '': {} } },
  ])('refuses %j', (input) => {
    expect(settingsSchema.safeParse(input).success).toBe(false);
  });
});
