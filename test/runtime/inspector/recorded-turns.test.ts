import { describe, expect, it } from 'vitest';
import { child, supervisor } from '../../../actors/child.ts';
import { RecordedTurns } from '../../../runtime/inspector/recorded-turns.ts';
import { testRuntime } from '../../../runtime/testing/test-runtime.ts';
import { door, doorMachine, lifeOf } from '../../support/live.ts';

type Options = Partial<Parameters<typeof child>[0]>;

/** A door that has opened, and what its turns say of it after an entry. */
async function opened(options: Options = {}) {
  const spec = child({ id: 'door', logic: doorMachine, ...options });
  const t = await testRuntime({ tree: supervisor({ id: 'app', intensity: 9, children: [spec] }) });
  t.send(door, { type: 'OPEN' });
  const { log } = lifeOf(t.runtime).journal;
  const turns = new RecordedTurns(log);
  const row = async (seq = t.runtime.seq) => {
    await t.runtime.flush();
    return (await turns.moment(seq)).actors.find(({ path }) => path === door);
  };
  return { t, row, log };
}

const why = 'in a test';

describe('recorded turns alone', () => {
  it('say who is down and why, until another one comes in its place', async () => {
    const backoff = { minMs: 500, maxMs: 500, factor: 1, jitterRatio: 0 };
    const { t, row } = await opened({ backoff } as Options);
    expect(await row()).toMatchObject({ status: 'active', value: 'open', incarnation: 0 });
    expect((await row())?.lastError).toBeUndefined();
    t.crash(door, { why });
    expect(await row()).toMatchObject({ status: 'down', lastError: why, incarnation: 0 });
    await t.advance(500);
    const again = { status: 'active', value: 'closed', incarnation: 1, restarts: 1 };
    expect(await row()).toMatchObject({ ...again, lastError: why });
  });

  it('say of one that came back in the turn of its end that it lives', async () => {
    const { t, row } = await opened();
    t.crash(door, { why });
    expect(t.snapshot(door)).toMatchObject({ status: 'active', incarnation: 1 });
    expect(await row()).toMatchObject({ status: 'active', lastError: why, incarnation: 1 });
    t.send(door, { type: 'OPEN' });
    expect(await row()).toMatchObject({ status: 'active', value: 'open', incarnation: 1 });
  });

  it('say of one that is not started again that it stays down', async () => {
    const { t, row } = await opened({ restart: 'temporary' });
    t.crash(door, { why });
    expect(await row()).toMatchObject({ status: 'down', lastError: why });
    await t.runtime.spawn('/app', child({ id: 'door', logic: doorMachine, restart: 'temporary' }));
    expect(await row()).toMatchObject({ status: 'active', value: 'closed', incarnation: 1 });
    t.crash(door, { why });
    expect(await row()).toMatchObject({ status: 'down', incarnation: 1 });
  });

  it('end with whoever waits for them', async () => {
    const { t, log } = await opened();
    await t.runtime.flush();
    const turns = new RecordedTurns(log, AbortSignal.abort(new Error('nobody waits')));
    await expect(turns.moment(1)).rejects.toThrow('nobody waits');
  });
});
