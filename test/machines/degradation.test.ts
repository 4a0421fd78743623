import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import {
  type DegradationSettingsInput,
  degradationSettingsSchema,
} from '../../config/degradation.ts';
import {
  type DegradationEmitted,
  type DegradationEvent,
  degradationMachine,
} from '../../machines/degradation.ts';
import type { DegradationLevel } from '../../machines/policies/degradation-level.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** The chart under plain XState, with nobody to tell, on a clock that tests move. */
function chart(given: DegradationSettingsInput = {}) {
  const clock = new FakeClock(1_000);
  const settings = degradationSettingsSchema.parse(given);
  const input = { settings, at: 1_000, listeners: ['/nobody'] };
  const actor = createActor(degradationMachine, { input, clock: clock.forXState }).start();
  const facts: DegradationEmitted[] = [];
  actor.on('degradation.changed', (fact) => facts.push(fact));
  const who = { by: 'ada', why: 'drill' };
  return {
    clock,
    facts,
    send: (event: DegradationEvent) => actor.send(event),
    score: (score: number) => actor.send({ type: 'HEALTH_SCORED', at: clock.now(), score }),
    hold: (level: DegradationLevel, expiresAtMs?: number) =>
      actor.send({
        type: 'HOLD',
        at: clock.now(),
        level,
        ...who,
        ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
      }),
    release: () => actor.send({ type: 'RELEASE', at: clock.now(), ...who }),
    get level() {
      return actor.getSnapshot().value;
    },
    get context() {
      return actor.getSnapshot().context;
    },
  };
}

describe('degradation controller', () => {
  it.each([
    [100, 'normal'],
    [80, 'normal'],
    [79.99, 'level1'],
    [60, 'level1'],
    [59.99, 'level2'],
    [50, 'level2'],
    [49.99, 'level3'],
    [30, 'level3'],
    [29.99, 'emergency'],
    [0, 'emergency'],
  ])('falls to the level of score %d at once: %s', (score, level) => {
    const t = chart();
    t.score(score);
    expect(t.level).toBe(level);
    expect(t.facts.length).toBe(level === 'normal' ? 0 : 1);
  });

  it('climbs straight to what the lowest score of the dwell time supports, by itself', () => {
    const t = chart();
    t.score(10);
    t.score(95);
    t.clock.advance(30_000);
    t.score(70);
    t.clock.advance(29_999);
    expect(t.level).toBe('emergency');
    t.clock.advance(1);
    expect(t.level).toBe('level1');
    expect(t.facts.at(-1)).toMatchObject({
      at: 61_000,
      from: 'emergency',
      to: 'level1',
      cause: 'better',
      thresholds: [80, 60, 50, 30],
      marginScore: 2.5,
      dwellMs: 60_000,
      climb: { sinceMs: 1_000, lowestScore: 70 },
    });
  });

  it('waits a whole dwell time for each step up', () => {
    const t = chart();
    t.score(10);
    t.score(70);
    t.clock.advance(59_000);
    t.score(100);
    t.clock.advance(1_000);
    expect(t.level).toBe('level1');
    t.clock.advance(59_999);
    expect(t.level).toBe('level1');
    t.clock.advance(1);
    expect(t.level).toBe('normal');
  });

  it('begins its dwell anew when the score dips below two margins above the bound', () => {
    const t = chart();
    t.score(79);
    t.score(85);
    t.clock.advance(59_000);
    t.score(84.99);
    t.score(85);
    t.clock.advance(59_999);
    expect(t.level).toBe('level1');
    t.clock.advance(1);
    expect(t.level).toBe('normal');
  });

  it('says what made it worse', () => {
    const t = chart();
    t.score(55);
    expect(t.facts).toMatchObject([
      { from: 'normal', to: 'level2', cause: 'worse', score: 55, why: 'the score 55 is below 80' },
    ]);
  });

  it('keeps a held level whatever the score, and follows the score when it is released', () => {
    const t = chart();
    t.hold('level2');
    expect([t.level, t.facts.at(-1)?.cause]).toEqual(['level2', 'held']);
    t.score(10);
    t.clock.advance(100_000);
    t.score(100);
    expect(t.level).toBe('level2');
    t.score(10);
    t.release();
    expect([t.level, t.facts.at(-1)?.cause]).toEqual(['emergency', 'released']);
  });

  it('is better at once after a hold when the score has stood for the dwell time', () => {
    const t = chart();
    t.hold('emergency');
    t.score(90);
    t.clock.advance(60_000);
    expect(t.level).toBe('emergency');
    t.release();
    expect(t.level).toBe('normal');
  });

  it('leaves no timer behind: none while it is held, none after a release', () => {
    const t = chart();
    t.score(10);
    t.score(100);
    expect(t.clock.pendingCount).toBe(1);
    t.hold('level1');
    expect(t.clock.pendingCount).toBe(0);
    t.hold('emergency', 9_000);
    expect(t.clock.pendingCount).toBe(1);
    t.score(0);
    t.release();
    expect(t.clock.pendingCount).toBe(0);
  });

  it('ends a hold when it expires; the later of two holds counts', () => {
    const t = chart();
    t.hold('level3', 2_000);
    t.hold('level1', 5_000);
    t.score(40);
    t.clock.advance(3_999);
    expect(t.level).toBe('level1');
    t.clock.advance(1);
    expect([t.level, t.context.hold]).toEqual(['level3', null]);
  });

  it('stays where it was held when no score has ever come', () => {
    const t = chart();
    t.hold('level1');
    t.release();
    expect(t.level).toBe('level1');
    t.release();
    expect(t.facts).toHaveLength(1);
  });

  it('judges the last score by new settings', () => {
    const t = chart();
    t.score(85);
    const settings = degradationSettingsSchema.parse({ normalScoreMin: 90, level1ScoreMin: 70 });
    t.send({ type: 'SETTINGS_CHANGED', settings });
    expect([t.level, t.facts.at(-1)?.cause]).toEqual(['level1', 'settings']);
  });
});
