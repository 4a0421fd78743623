/** Settings of the degradation controller: which score means which level, and when it improves. */
import { z } from 'zod';
import { milliseconds, score } from './units.ts';

export const degradationSettingsSchema = z
  .strictObject({
    normalScoreMin: score().default(80).describe('From this score on the level is normal.'),
    level1ScoreMin: score().default(60).describe('From this score on, and below normal: level 1.'),
    level2ScoreMin: score().default(50).describe('From this score on, and below level 1: level 2.'),
    level3ScoreMin: score()
      .default(30)
      .describe('From this score on, and below level 2: level 3. Below it: emergency.'),
    marginScore: score()
      .default(2.5)
      .describe(
        'Noise of the score, up and down, that never makes the level swing: a better level is ' +
          'taken once the score stood two margins above its least score.',
      ),
    dwellMs: milliseconds()
      .default(60_000)
      .describe('For this long without a break, before a better level is taken.'),
  })
  .check(({ value, issues }) => {
    const { normalScoreMin, level1ScoreMin, level2ScoreMin, level3ScoreMin, marginScore } = value;
    const bounds = [100, normalScoreMin, level1ScoreMin, level2ScoreMin, level3ScoreMin, 0];
    const widths = bounds.slice(1).map((bound, index) => bounds[index]! - bound);
    // The lowest level may be empty: nothing has to climb into it.
    const narrowest = Math.min(...widths.slice(0, -1));
    if (2 * marginScore < narrowest) return;
    issues.push({
      code: 'custom',
      input: marginScore,
      path: ['marginScore'],
      message:
        'Must be less than half of the narrowest level, and the levels must be in order ' +
        `(${narrowest} points wide), got ${marginScore}.`,
    });
  })
  .describe('Degradation controller: gives up the right things first.');

/** Complete settings. */
export type DegradationSettings = z.output<typeof degradationSettingsSchema>;

/** What a user may write: everything is optional. */
export type DegradationSettingsInput = z.input<typeof degradationSettingsSchema>;
