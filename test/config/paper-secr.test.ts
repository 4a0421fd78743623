import { expect, it } from 'vitest';
import { paperSecrSettingsSchema } from '../../config/paper-secr.ts';

const issuesOf = (settings: unknown) =>
  paperSecrSettingsSchema.safeParse(settings).error?.issues.map(({ path }) => path.join('.'));

it('is on, and pins nothing', () => {
  expect(paperSecrSettingsSchema.parse({})).toMatchObject({ enabled: true, pins: [] });
});

it.each([
  [{ backlogMs: { limit: 5_000, worst: 5_000 } }, 'backlogMs.worst'],
  [{ temperatureCelsius: { limit: 96 } }, 'temperatureCelsius.worst'],
  [{ slippageBasisPoints: { worst: 1 } }, 'slippageBasisPoints.worst'],
  [{ missingRatio: { limit: 1 } }, 'missingRatio.worst'],
  [{ marketEntropy: { limit: 0.6 } }, 'marketEntropy.worst'],
  [{ pins: ['/secr/enabled'] }, 'pins.0'],
  [{ pins: ['quantity'] }, 'pins.0'],
  [{ feedbackEveryMs: 0 }, 'feedbackEveryMs'],
])('refuses %j', (settings, path) => {
  expect(issuesOf(settings)).toEqual([path]);
});
