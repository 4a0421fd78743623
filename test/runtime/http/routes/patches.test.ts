import { expect, it } from 'vitest';
import type { Role } from '../../../../runtime/http/tokens.ts';
import { openDoors } from '../../../support/doors.ts';
import { onePatient, patientKey, timeout } from '../../../support/secr-rig.ts';

const order = { by: 'ada', why: 'reviewed' };

/** A runtime whose one resolver answers timeouts. */
async function pressed(secr: Parameters<typeof onePatient>[0] = {}) {
  const doors = await openDoors({ settings: onePatient(secr) });
  const { t, ask } = doors;
  const all = async () => (await ask('/api/patches')).body;
  const post = (action: string, more: object = {}, role: Role = 'operator') =>
    ask(`/api/patches/${action}`, { role, body: { ...order, ...more } });
  const callTimeoutMs = () => t.runtime.settings.current.paper.broker.breaker.callTimeoutMs;
  const report = async () => {
    t.runtime.secr.reportFailure(timeout);
    await t.settle();
  };
  return { ...doors, all, post, callTimeoutMs, report };
}

it('nothing is started by looking', async () => {
  const { all, t } = await pressed();
  const before = t.runtime.seq;
  expect(await all()).toEqual({
    ...{ state: 'watching', pressure: 0, pressures: {}, threshold: 0.5 },
    ...{ patches: [], pins: {}, records: [] },
  });
  expect(t.runtime.seq).toBe(before);
});

it('patches are told with their lives, pressure and verdicts', async () => {
  const { all, report, t, ask } = await pressed();
  await report();
  expect(await all()).toMatchObject({
    ...{ pressure: 1, pressures: { NET: 1 } },
    patches: [
      {
        ...{ id: 'p-1', state: 'canary', resolver: 'netPatient', subgroup: 'API_TIMEOUT' },
        operations: [{ op: 'replace', path: patientKey, value: 15_000 }],
        from: { [patientKey]: 10_000 },
      },
    ],
  });
  await t.advance(6_000);
  const after = await all();
  expect(after.patches).toEqual([]);
  expect(after.records).toMatchObject([{ id: 'p-1', verdict: 'rolledBack', durationMs: 6_000 }]);
  expect((await ask('/api/patches?limit=0')).status).toBe(400);
});

it('a patch is withdrawn by an order: what it changed is rolled back', async () => {
  const { report, post, t, callTimeoutMs } = await pressed();
  await report();
  expect(callTimeoutMs()).not.toBe(10_000);
  const { status, body } = await post('p-1/withdraw');
  expect([status, body.seq]).toEqual([200, expect.any(Number)]);
  await t.settle();
  expect(callTimeoutMs()).toBe(10_000);
  const entries = (await t.journal()).map(({ input }) => input);
  const event = expect.objectContaining({ type: 'WITHDRAW', id: 'p-1', ...order });
  expect(entries).toContainEqual(expect.objectContaining({ class: 'safety', event }));
});

it('only a patch in quarantine waits for a word', async () => {
  const { report, post, all, t } = await pressed();
  await report();
  const { status, body } = await post('p-1/approve');
  expect([status, body.detail]).toEqual([409, expect.stringContaining('is canary')]);
  expect((await post('p-9/reject')).status).toBe(404);
  await post('p-1/withdraw');
  await t.settle();
  expect((await all()).patches).toEqual([]);
});

it('a pinned setting is touched by nobody until it is unpinned', async () => {
  const { report, post, all, callTimeoutMs } = await pressed();
  expect((await post('pin', { key: '/no/such' })).status).toBe(400);
  expect((await post('pin', { key: patientKey }, 'viewer')).status).toBe(403);
  expect((await post('pin', { key: patientKey })).status).toBe(200);
  expect((await all()).pins).toMatchObject({ [patientKey]: { by: 'ada', why: 'reviewed' } });
  await report();
  expect(callTimeoutMs()).toBe(10_000);
  expect((await post('unpin', { key: patientKey })).status).toBe(200);
  expect((await all()).pins).toEqual({});
});

it('an admin resets all, and lets it go on', async () => {
  const { report, post, all, t, callTimeoutMs } = await pressed();
  await report();
  expect((await post('reset')).status).toBe(403);
  expect((await post('resume', {}, 'admin')).body.detail).toContain('SECR is watching');
  expect((await post('reset', {}, 'admin')).status).toBe(200);
  await t.settle();
  expect([(await all()).state, callTimeoutMs()]).toEqual(['paused', 10_000]);
  expect((await post('resume')).status).toBe(403);
  expect((await post('resume', {}, 'admin')).status).toBe(200);
  expect((await all()).state).toBe('watching');
});
