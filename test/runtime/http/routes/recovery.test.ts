import { expect, it } from 'vitest';
import { openDoors } from '../../../support/doors.ts';

const order = { by: 'ada', why: 'drill' };

/** A recovery whose second component hangs. */
async function recovering() {
  const doors = await openDoors();
  const { t, ask } = doors;
  let end = () => {};
  const hangs = () =>
    new Promise<void>((resolve) => {
      end = resolve;
    });
  const ended = t.runtime.recovery.run({
    id: 'desk',
    components: {
      session: { priority: 'critical', dependsOn: ['database'], start: hangs },
      database: { start: () => {}, rollback: () => {} },
    },
  });
  await t.advance(0);
  const all = async () => (await ask('/api/recoveries')).body;
  const post = (action: string, role: 'viewer' | 'operator' = 'operator') =>
    ask(`/api/recoveries/${action}`, { role, body: order });
  return { ...doors, ended, all, post, end: () => end() };
}

it('recoveries are told with order, progress and times, also when they have ended', async () => {
  const { t, all, end, ended } = await recovering();
  await t.advance(2_000);
  const { running } = await all();
  expect(running).toMatchObject([
    {
      ...{ id: 'desk', state: 'recovering', remainingMs: 58_000 },
      report: { order: ['database', 'session'], validatedCount: 1 },
    },
  ]);
  end();
  await t.advance(1);
  await ended;
  const after = await all();
  expect(after.running).toEqual([]);
  expect(after.ended).toMatchObject([{ id: 'desk', outcome: 'recovered', inTimeCount: 2 }]);
  const [, session] = after.ended[0].components;
  const objectiveMs = t.runtime.settings.current.recovery.objectives.criticalMs;
  expect(session).toMatchObject({ id: 'session', recoveryMs: 2_000, objectiveMs, isInTime: true });
});

it('a recovery is held, goes on, and is ended by orders of the journal', async () => {
  const { t, all, post, ended } = await recovering();
  const { status, body } = await post('desk/hold');
  expect([status, body.seq]).toEqual([200, t.runtime.seq]);
  expect((await all()).running).toMatchObject([{ state: 'held' }]);
  const input = (await t.journal()).at(-1)!.input;
  expect(input).toMatchObject({ class: 'safety', event: { type: 'HOLD', ...order } });
  expect((await post('desk/resume')).status).toBe(200);
  expect((await all()).running).toMatchObject([{ state: 'recovering' }]);
  expect((await post('desk/cancel')).status).toBe(200);
  await t.advance(0);
  expect(await ended).toMatchObject({ outcome: 'failed' });
});

it('what it does not take now, or a viewer asks for, is refused before it is ordered', async () => {
  const { t, post, ended } = await recovering();
  // It has no part in this test, and ends with the runtime.
  ended.catch(() => {});
  const { status, body } = await post('desk/resume');
  const text = "Recovery 'desk' is recovering: it does not take 'resume'.";
  expect([status, body.detail]).toEqual([409, text]);
  expect((await post('none/hold')).status).toBe(404);
  expect((await post('desk/cancel', 'viewer')).status).toBe(403);
  const inputs = (await t.journal()).map(({ input }) => input);
  expect(inputs.filter((input) => input.class === 'safety')).toEqual([]);
});
