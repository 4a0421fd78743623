/** Decisions of the safeguards: their evidence in words, and judged again by the same rules. */
import { describe, expect, it } from 'vitest';
import { degradationSettingsSchema } from '../../../config/degradation.ts';
import { judge } from '../../../runtime/explain/evidence.ts';
import { decisionsIn, explained } from '../../support/explained.ts';

const who = { by: 'ada', why: 'drill' };

/** A life in which every safeguard decides, with what was said of each decision. */
async function decisions() {
  const { log, why } = await explained([], async (runtime, clock) => {
    const world = { isUp: true };
    runtime.health.probe({ id: 'broker', check: () => world.isUp });
    await clock.advance(0);
    runtime.tradingMode.reconciled({ by: 'broker', why: 'flat' });
    world.isUp = false;
    await clock.advance(15_000);
    world.isUp = true;
    await clock.advance(70_000);
    runtime.degradation.holdAt({ level: 'level2', ...who, expiresAtMs: 100_000 });
    await clock.advance(80_000);
    runtime.tradingMode.halt({ by: 'feed', why: 'stale' });
    const patch = [
      { op: 'add', path: '/posture/tradingMode/halted/forbids/-', value: 'chat' },
    ] as const;
    runtime.settings.patch(patch, who);
    runtime.tradingMode.resume({ scope: 'feed', ...who });
  });
  return decisionsIn(log, why);
}

describe('decisions of the safeguards', () => {
  it('are told with their numbers, and come to the same again', async () => {
    const told = await decisions();
    expect(told.filter(({ agrees }) => !agrees)).toEqual([]);
    const of = (wanted: string) =>
      told.flatMap(({ type, text }) => (type === wanted ? [text] : []));
    expect(of('degradation.changed')).toEqual([
      'normal -> level1: the score 66.67 is below 80',
      'level1 -> level3: the score 33.33 is below 60',
      'level3 -> emergency: the score 0 is below 30',
      'emergency -> normal: the score stood at 100 or higher for 60 s: ' +
        'normal takes 85 (bound 80 and two margins of 2.5)',
      'normal -> level2: held by ada until 1970-01-01T00:01:40.000Z: "drill"',
      'level2 -> normal: the score stood at 100 or higher for 60 s: ' +
        'normal takes 85 (bound 80 and two margins of 2.5)',
    ]);
    expect(of('tradingMode.changed')).toEqual([
      'reconciling -> open, by broker ("flat"): nothing restricts it',
      'open -> halted, by feed ("stale"): feed: stale',
      'halted -> open, by ada ("drill"): nothing restricts it',
    ]);
    expect(of('health.changed')[0]).toBe('score 100 -> 66.67: broker failing');
    expect(of('health.changed').at(-1)).toBe('score 0 -> 100: every component passes');
    const posture = of('posture.changed');
    expect(posture).toContain(
      'forbidden now: analytics, backgroundTasks, because degradation is level1 ' +
        '("the score 66.67 is below 80")',
    );
    expect(posture).toContain('forbidden now: chat, because the settings');
    expect(posture.at(-1)).toBe(
      'allowed again: chat, orders.open, because tradingMode is open ("nothing restricts it")',
    );
  });

  it('do not agree when a fact says what the rules do not', () => {
    const settings = degradationSettingsSchema.parse({});
    const before = { settings, level: 'normal', score: 100, climb: null };
    const fact = {
      type: 'degradation.changed',
      at: 1,
      from: 'normal',
      to: 'level2',
      cause: 'worse',
      score: 70,
      thresholds: [80, 60, 50, 30],
      marginScore: 2.5,
      dwellMs: 60_000,
      hold: null,
    };
    const event = { type: 'HEALTH_SCORED', at: 1, score: 70 };
    const decision = { fact, event, before, after: before };
    expect(judge('degradation', decision)?.agrees).toBe(false);
    const told = { ...decision, fact: { ...fact, to: 'level1' } };
    expect(judge('degradation', told)?.agrees).toBe(true);
    expect(judge('degradation', { ...told, event: undefined })).toBeUndefined();
  });
});
