/** Decisions of a failover pair: their evidence in words, and judged again by the same rules. */
import { describe, expect, it } from 'vitest';
import { failoverSettingsSchema } from '../../../config/failover-pair.ts';
import { judge } from '../../../runtime/explain/evidence.ts';
import { decisionsIn, explained } from '../../support/explained.ts';
import { fakeSides } from '../../support/failover-sides.ts';

const who = { by: 'ada', why: 'drill' };

/** A life in which the pair decides all that it can, with what was said of each decision. */
async function decisions() {
  const { log, why } = await explained([], async (runtime, clock) => {
    const { calls: _, ...sides } = fakeSides();
    const pair = runtime.failover('session', { ...sides, flap: { switchCountMax: 2 } });
    await clock.advance(1_000);
    sides.primary.isUp = false;
    await clock.advance(3_000);
    sides.primary.isUp = true;
    await clock.advance(65_000);
    sides.backup.isUp = false;
    sides.primary.isUp = false;
    await clock.advance(3_000);
    sides.backup.isUp = true;
    await clock.advance(1_000);
    pair.resume(who);
    pair.switchTo({ to: 'primary', ...who });
    pair.switchTo({ to: 'backup', ...who });
    await clock.advance(0);
    await runtime.restart('/failover/session');
    await clock.advance(10_000);
  });
  return decisionsIn(log, why);
}

describe('decisions of a failover pair', () => {
  it('are told with their numbers, and come to the same again', async () => {
    const told = await decisions();
    expect(told.filter(({ agrees }) => !agrees)).toEqual([]);
    const of = (wanted: string) =>
      told.flatMap(({ type, text }) => (type === wanted ? [text] : []));
    const decided = of('failover.decided');
    expect(decided[0]).toBe(
      'primary active, switch: "the other side takes over (the check gave false, not true or a ' +
        'finite number)"; 3 heartbeats of it were missed (dead at 3), the role is held, the copy ' +
        'of the state is 1000 ms old (at most 5000), 0 switches lately (at most 2)',
    );
    expect(decided.map((text) => text.split(':')[0])).toEqual([
      'primary active, switch',
      'backup active, failBack',
      'primary active, standbyDown',
      'primary active, suspend',
    ]);
    expect(of('failover.ordered')).toEqual([
      'ada orders the primary ("drill"): refused, it is active already',
      'ada orders the backup ("drill"): it is done',
    ]);
    expect(of('failover.switched').at(0)).toBe(
      'nobody -> primary under epoch 1, because of start, 0 ms after it was decided',
    );
    expect(of('failover.switched').at(1)).toBe(
      'primary -> backup under epoch 2, because of failure, 0 ms after it was decided',
    );
  });

  it('do not agree when a fact says what the rules do not', () => {
    const settings = failoverSettingsSchema.parse({});
    const alive = { missedCount: 0, passes: true, why: null };
    const before = {
      settings,
      active: 'primary',
      local: ['primary', 'backup'],
      beats: { primary: { missedCount: 1, passes: false, why: 'x' }, backup: alive },
      role: { side: null, epoch: 0, isReleased: false },
      copy: null,
      switchesAtMs: [],
      nextTryAtMs: 0,
      atMs: 1,
      epoch: 1,
    };
    const event = { type: 'BEAT_MISSED', at: 2, side: 'primary', missedCount: 2, why: 'x' };
    const fact = {
      type: 'failover.decided',
      at: 2,
      verdict: 'switch',
      active: 'primary',
      policy: 'automatic',
      missedCount: 2,
      missedCountMax: 3,
      role: 'held',
      lagMs: 0,
      lagMaxMs: 5_000,
      switchCount: 0,
      switchCountMax: 4,
      why: 'x',
    };
    const judgement = judge('failoverPair', { fact, event, before, after: before });
    expect(judgement?.agrees).toBe(false);
    const wrong = judgement?.checks.filter(({ expected, actual }) => expected !== actual);
    expect(wrong).toEqual([{ what: 'verdict by the rules', expected: 'stay', actual: 'switch' }]);
  });
});
