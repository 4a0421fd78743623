import { expect, it } from 'vitest';
import { openDoors } from '../../../support/doors.ts';

type Doors = Awaited<ReturnType<typeof openDoors>>;

/** The probe of a component that has failed so often. */
async function failing({ t }: Doors, critical: boolean, failureCountMax: number): Promise<void> {
  const check = () => false;
  t.runtime.health.probe({ id: 'broker', critical, failureCountMax, check });
  await t.runtime.health.check();
}

it.each<[string, (doors: Doors) => unknown, number, number]>([
  ['nothing is wrong', () => {}, 200, 200],
  ['a component fails', (doors) => failing(doors, true, 3), 200, 200],
  ['one that is not critical is down', (doors) => failing(doors, false, 1), 200, 200],
  ['a critical one is down', (doors) => failing(doors, true, 1), 200, 503],
  [
    'a breaker is open',
    ({ t }) => t.runtime.breaker('broker').isolate({ by: 'ada', why: 'test' }),
    ...([200, 200] as const),
  ],
  [
    'trading is halted',
    ({ t }) => t.runtime.tradingMode.halt({ by: 'ada', why: 'test' }),
    ...([200, 200] as const),
  ],
  [
    'an emergency goes on',
    ({ t }) => t.runtime.safety.emergency({ by: 'ada', why: 't' }),
    200,
    200,
  ],
])('while %s, live and ready say so without a token', async (_, happen, live, ready) => {
  const doors = await openDoors();
  await happen(doors);
  const status = async (name: string) => (await fetch(`${doors.url}/api/health/${name}`)).status;
  expect([await status('live'), await status('ready')]).toEqual([live, ready]);
});

it('probes check now when an operator asks', async () => {
  const { t, ask } = await openDoors();
  let checkCount = 0;
  const everyMs = 3_600_000;
  const check = () => {
    checkCount += 1;
  };
  t.runtime.health.probe({ id: 'broker', everyMs, check });
  await t.advance(0);
  expect(checkCount).toBe(1);
  expect((await ask('/api/sre/health', { method: 'POST' })).status).toBe(403);
  const { status, body } = await ask('/api/sre/health', { method: 'POST', role: 'operator' });
  expect([status, checkCount]).toEqual([200, 2]);
  // A pass that would have been held back is told.
  expect(body.components[0]).toMatchObject({ id: 'broker', state: 'passing', passCount: 2 });
  await t.advance(everyMs - 1);
  expect(checkCount).toBe(2);
  await t.advance(1);
  expect(checkCount).toBe(3);
});
