import { expect, it } from 'vitest';
import { faultPlansSchema } from '../../config/paper-fault-plans.ts';

const names = ['gpuLag', 'icapCollapse', 'orderIssues', 'thermalHalt'] as const;

it('has a plan for each of the four kinds, none of them on', () => {
  const plans = faultPlansSchema.parse({});
  expect(Object.keys(plans)).toEqual([...names]);
  for (const name of names) expect(plans[name].enabled).toBe(false);
});

it.each(names)('refuses a %s whose episodes could meet', (name) => {
  const given = { everyMs: 3_600_000, durationMs: 2_400_001 };
  const result = faultPlansSchema.safeParse({ [name]: given });
  expect(result.error?.issues.map(({ path }) => path.join('.'))).toEqual([`${name}.durationMs`]);
  const shorter = { [name]: { ...given, durationMs: 2_400_000 } };
  expect(faultPlansSchema.safeParse(shorter).success).toBe(true);
});
