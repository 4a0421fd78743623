import { expect, it } from 'vitest';
import { openDoors } from '../../../support/doors.ts';

const order = { by: 'ada', why: 'outage' };

it('an emergency is begun once, seen by viewers, and released by its scope', async () => {
  const { ask, t } = await openDoors();
  const safety = async () => (await ask('/api/safety')).body;
  expect(await safety()).toMatchObject({ state: 'healthy', isHalted: false, outcome: null });
  const begin = () => ask('/api/emergency/start', { role: 'operator', body: order });
  expect((await begin()).body).toMatchObject({ state: 'emergency', isAlready: false });
  expect(await safety()).toMatchObject({
    ...{ state: 'emergency', isActing: false, isHalted: true, tradingMode: 'haltedAfterPlan' },
    outcome: { isFlat: false, text: 'stopped, remaining position unknown' },
  });
  expect((await begin()).body).toMatchObject({ isAlready: true });
  const reset = (scope: string) =>
    ask('/api/emergency/reset', { role: 'operator', body: { ...order, scope } });
  expect((await reset('everything')).status).toBe(400);
  const { status, body } = await reset('trading');
  const { seq } = t.runtime;
  expect([status, body]).toEqual([200, { state: 'healthy', scope: 'trading', seq }]);
});
