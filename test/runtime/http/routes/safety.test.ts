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
  const { seq, ...ended } = body;
  expect([status, ended]).toEqual([200, { state: 'healthy', scope: 'trading' }]);
  // The answer comes when the order is on disk; what it sets in motion may come after it.
  const entries = await t.journal();
  const isReset = ({ event }: { event?: unknown }) =>
    (event as { type?: string } | undefined)?.type === 'RESET';
  const ordered = entries.findLast(({ input }) => isReset(input))!.input.seq;
  expect(seq).toBeGreaterThanOrEqual(ordered);
  expect(seq).toBeLessThanOrEqual(t.runtime.seq);
});
