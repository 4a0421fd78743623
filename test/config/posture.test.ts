import { describe, expect, it } from 'vitest';
import { degradationSettingsSchema } from '../../config/degradation.ts';
import { postureSettingsSchema } from '../../config/posture.ts';

describe('the table of capabilities', () => {
  const { degradation, safety, tradingMode } = postureSettingsSchema.parse({});

  it('gives up more with each level of degradation', () => {
    const level1 = ['analytics', 'backgroundTasks'];
    const level2 = [...level1, 'aiInference', 'webSearch'];
    const level3 = [...level2, 'uploads', 'integrations'];
    expect(degradation.normal).toEqual({ forbids: [], quality: {} });
    expect(degradation.level1.forbids).toEqual(level1);
    expect(degradation.level2.forbids).toEqual(level2);
    expect(degradation.level3.forbids).toEqual(level3);
    expect(degradation.emergency.forbids).toEqual([...level3, 'chat', 'memoryWrites']);
  });

  it('opens orders in trading mode open only, and never in a critical state', () => {
    const refused = Object.entries({ ...tradingMode, ...safety })
      .filter(([, { forbids }]) => forbids.includes('orders.open'))
      .map(([state]) => state);
    expect(refused).toEqual([
      'reduceOnly',
      'reconciling',
      'halted',
      'haltedAfterPlan',
      'critical',
      'emergency',
    ]);
  });

  it('keeps the other rows when one is given', () => {
    const own = postureSettingsSchema.parse({ degradation: { level1: { forbids: ['chat'] } } });
    expect(own.degradation.level1.forbids).toEqual(['chat']);
    expect(own.degradation.level1.quality).toEqual(degradation.level1.quality);
    expect(own.degradation.level2).toEqual(degradation.level2);
  });

  it.each([
    [{ degradation: { level1: { forbids: ['chatt'] } } }, 'degradation.level1'],
    [{ safety: { degraded: { quality: { reports: 0.5 } } } }, 'safety.degraded'],
    [{ safety: { critical: { forbids: ['orders.reduce'] } } }, 'safety.critical'],
    [{ otherRegions: { heat: { hot: { forbids: ['orders.cancel'] } } } }, 'otherRegions.heat.hot'],
    [{ overrides: [{ user: 'a', forbids: ['orders.cancel'] }] }, 'overrides.0'],
    [{ unknownForbids: ['orders.cancel'] }, 'unknownForbids'],
    [{ downForbids: ['nothing'] }, 'downForbids'],
  ])('refuses %j and names the place', (given, place) => {
    const { error } = postureSettingsSchema.safeParse(given);
    expect(error?.issues.map(({ path }) => path.join('.'))).toEqual([place]);
  });
});

describe('levels of degradation', () => {
  it.each([
    { marginScore: 5 },
    { level1ScoreMin: 85 },
    { normalScoreMin: 100, marginScore: 0 },
    { level2ScoreMin: 58, marginScore: 1 },
  ])('refuses %j: noise of the margin would reach over a whole level', (given) => {
    expect(degradationSettingsSchema.safeParse(given).success).toBe(false);
  });

  it('takes any margin below half of the narrowest level', () => {
    expect(degradationSettingsSchema.safeParse({ marginScore: 4.99 }).success).toBe(true);
    expect(degradationSettingsSchema.safeParse({ level3ScoreMin: 0 }).success).toBe(true);
  });
});
