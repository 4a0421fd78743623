import { expect, it } from 'vitest';
import { openDoors } from '../../../support/doors.ts';
import { fakeSides } from '../../../support/failover-sides.ts';

const order = { by: 'ada', why: 'update' };

/** A pair whose primary is active, and the way to order it. */
async function paired() {
  const doors = await openDoors();
  const { t, ask } = doors;
  const { primary, backup, calls } = fakeSides();
  t.runtime.failover('desk', { primary, backup, policy: 'manual' });
  await t.advance(0);
  const pairs = async () => (await ask('/api/failover')).body;
  const post = (action: string, more: object = {}, role: 'viewer' | 'operator' = 'operator') =>
    ask(`/api/failover/${action}`, { role, body: { ...order, ...more } });
  return { ...doors, backup, calls, pairs, post };
}

it('pairs are told with side, epoch, lag and policy', async () => {
  const { pairs, t } = await paired();
  await t.advance(1_000);
  expect(await pairs()).toMatchObject([
    {
      ...{ name: 'desk', state: 'primary', active: 'primary', isActive: true, epoch: 1 },
      ...{ lagMs: 0, policy: 'manual', move: null, suspension: null, moveCount: 1 },
      sides: { primary: { passes: true, missedCount: 0 }, backup: { passes: true } },
    },
  ]);
});

it('the role is moved by an order, which the journal has as an entry of class safety', async () => {
  const { pairs, post, t, calls } = await paired();
  expect((await post('desk/switch', { to: 'backup' })).status).toBe(200);
  await t.advance(0);
  expect(await pairs()).toMatchObject([{ state: 'backup', active: 'backup', epoch: 2 }]);
  expect(calls).toContain('backup activate 2');
  const entries = (await t.journal()).map(({ input }) => input);
  const event = { type: 'SWITCH', to: 'backup', allowStale: false, ...order };
  expect(entries).toContainEqual(
    expect.objectContaining({
      ...{ path: '/failover/desk', class: 'safety' },
      event: expect.objectContaining(event),
    }),
  );
});

it('a suspension lasts until it is ended', async () => {
  const { pairs, post } = await paired();
  expect((await post('desk/suspend')).status).toBe(200);
  expect(await pairs()).toMatchObject([
    { state: 'suspended', suspension: { by: 'ada', why: 'update', untilMs: null } },
  ]);
  expect((await post('desk/resume')).status).toBe(200);
  expect(await pairs()).toMatchObject([{ suspension: null }]);
});

it('what the pair does not follow is refused in its words', async () => {
  const { post, t, backup } = await paired();
  const same = await post('desk/switch', { to: 'primary' });
  expect([same.status, same.body.type]).toEqual([409, 'urn:kintsugi:order-refused']);
  expect(same.body.detail).toBe("Pair 'desk' does not follow: it is active already.");
  backup.isUp = false;
  await t.advance(60_000);
  const dead = await post('desk/switch', { to: 'backup' });
  expect([dead.status, dead.body.detail]).toEqual([
    409,
    expect.stringContaining('it is not alive'),
  ]);
  expect(t.runtime.failover('desk').active).toBe('primary');
});

it('a viewer, another name and another side are refused, and nothing is ordered', async () => {
  const { post, t } = await paired();
  const orders = async () => (await t.journal()).filter(({ input }) => input.class === 'safety');
  const before = (await orders()).length;
  expect((await post('desk/switch', { to: 'backup' }, 'viewer')).status).toBe(403);
  expect((await post('none/switch', { to: 'backup' })).status).toBe(404);
  expect((await post('desk/switch', { to: 'both' })).status).toBe(400);
  expect((await post('desk/suspend', { why: ' ' })).status).toBe(400);
  expect(await orders()).toHaveLength(before);
});
