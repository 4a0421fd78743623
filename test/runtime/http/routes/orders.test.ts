import { expect, it, vi } from 'vitest';
import { setup } from 'xstate';
import { child, supervisor } from '../../../../actors/child.ts';
import { openDoors } from '../../../support/doors.ts';

const lamp = setup({}).createMachine({
  id: 'lamp',
  initial: 'off',
  states: { off: { on: { PRESS: 'on' } }, on: { on: { PRESS: 'off' } } },
});

it('an event is sent to whom can take it, with who and why', async () => {
  const tree = supervisor({ id: 'app', children: [child({ id: 'lamp', logic: lamp })] });
  const { ask, t } = await openDoors({ tree });
  const send = (to: string, type: string, role: 'viewer' | 'operator' = 'operator') =>
    ask(`/api/send${to}`, { role, body: { event: { type }, by: 'ada', why: 'dark' } });
  expect((await send('/app/lamp', 'PRESS', 'viewer')).status).toBe(403);
  expect((await send('/app/none', 'PRESS')).status).toBe(404);
  expect((await send('/app/lamp', 'KICK')).status).toBe(409);
  expect((await send('/app/lamp', 'xstate.stop')).status).toBe(400);
  const { status, body } = await send('/app/lamp', 'PRESS');
  expect([status, body.seq, t.snapshot('/app/lamp')?.value]).toEqual([200, t.runtime.seq, 'on']);
  const entries = await t.journal();
  const { input } = entries.at(-1)!;
  const event = { type: 'PRESS', at: 0, by: 'ada', why: 'dark' };
  expect(input).toMatchObject({ class: 'safety', path: '/app/lamp', event });
  // What was refused left nothing behind.
  expect(entries.filter((entry) => entry.input.path === '/app/lamp')).toHaveLength(1);
});

it('an order is answered when it is on disk, and not before', async () => {
  const { ask, t } = await openDoors();
  const disk = Promise.withResolvers<void>();
  const flush = vi.spyOn(t.runtime, 'flush').mockImplementation(() => disk.promise);
  let isAnswered = false;
  const body = { by: 'ada', why: 'news' };
  const asked = ask('/api/trading-mode/halt', { role: 'operator', body }).then(({ status }) => {
    isAnswered = true;
    return status;
  });
  await vi.waitFor(() => expect(flush).toHaveBeenCalled());
  // Time for an answer that does not wait.
  await ask('/api/posture');
  expect([t.runtime.tradingMode.mode, isAnswered]).toEqual(['halted', false]);
  disk.resolve();
  expect(await asked).toBe(200);
});

it('guards may ask who sends an event and when: it is judged as it will be sent', async () => {
  const lock = setup({
    guards: { isSigned: ({ event }) => Boolean((event as { by?: string }).by) && 'at' in event },
  }).createMachine({
    id: 'lock',
    initial: 'shut',
    states: { shut: { on: { OPEN: { guard: 'isSigned', target: 'open' } } }, open: {} },
  });
  const tree = supervisor({ id: 'app', children: [child({ id: 'lock', logic: lock })] });
  const { ask, t } = await openDoors({ tree });
  const { body: detail } = await ask('/api/detail/app/lock', { role: 'viewer' });
  expect(detail.events).toEqual([{ type: 'OPEN', can: true }]);
  const body = { event: { type: 'OPEN' }, by: 'ada', why: 'to go in' };
  expect((await ask('/api/send/app/lock', { role: 'operator', body })).status).toBe(200);
  expect(t.snapshot('/app/lock')?.value).toBe('open');
});

it('a breaker on a signal is held and let go as any other', async () => {
  const { ask, t } = await openDoors();
  const drawdown = t.runtime.signalBreaker('drawdown', 'drawdown');
  const give = (name: string, path: string, order: object = { by: 'ada', why: 'drill' }) =>
    ask(`/api/breaker/${name}${path}`, { role: 'operator', body: order });
  const path = '/safeguards/signals/drawdown';
  expect((await give('isolate', path)).status).toBe(200);
  expect([drawdown.isOpen, drawdown.context?.order]).toMatchObject([true, { by: 'ada' }]);
  expect((await give('reset', path)).status).toBe(200);
  expect(drawdown.state).toBe('closed');
  expect((await give('disable', path)).status).toBe(200);
  expect((await give('enable', path)).status).toBe(200);
  expect(drawdown.state).toBe('closed');
  expect((await give('isolate', '/safeguards/signals/none')).status).toBe(404);
  expect((await give('isolate', '/safeguards/signals')).status).toBe(404);
});
