import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { child, supervisor } from '../../../../actors/child.ts';
import { openDoors } from '../../../support/doors.ts';

const lamp = setup({}).createMachine({
  id: 'lamp',
  initial: 'off',
  states: { off: { on: { PRESS: 'on' } }, on: { on: { PRESS: 'off' } } },
});
const tree = () => supervisor({ id: 'app', children: [child({ id: 'lamp', logic: lamp })] });

const order = { by: 'ada', why: 'test' };

async function written() {
  const doors = await openDoors();
  for (let i = 0; i < 5; i++) doors.t.runtime.tradingMode.halt({ by: `ada${i}`, why: 'test' });
  await doors.t.settle();
  const seqs = async (query: string) => {
    const { body } = await doors.ask(`/api/entries?${query}`);
    return { seqs: body.entries.map(({ seq }: { seq: number }) => seq), next: body.next };
  };
  return { ...doors, seqs, head: doors.t.runtime.seq };
}

describe('entries of the journal', () => {
  it('come newest first, page by page, each once', async () => {
    const { seqs, head } = await written();
    const all = Array.from({ length: head }, (_, index) => head - index);
    const read: number[] = [];
    let query = 'limit=2';
    for (let page = 0; page < 10; page++) {
      const { seqs: some, next } = await seqs(query);
      read.push(...some);
      if (next === undefined) break;
      query = `limit=2&until=${next}`;
    }
    expect(read).toEqual(all);
  });

  it('come oldest first as well', async () => {
    const { seqs, head } = await written();
    const first = await seqs('order=oldest&limit=3');
    expect(first).toEqual({ seqs: [1, 2, 3], next: 4 });
    const rest = await seqs('order=oldest&from=4');
    expect(rest.seqs).toEqual(Array.from({ length: head - 3 }, (_, index) => index + 4));
    expect(rest.next).toBeUndefined();
    expect(await seqs(`order=oldest&from=${head + 9}`)).toEqual({ seqs: [] });
  });

  it('are chosen by seq, actor, type and time', async () => {
    const { seqs, head, ask } = await written();
    expect((await seqs('from=2&until=3')).seqs).toEqual([3, 2]);
    const halts = await seqs('type=HALT');
    expect(halts.seqs).toHaveLength(5);
    expect((await seqs('actor=/safeguards/tradingMode&kind=event')).seqs).toEqual(halts.seqs);
    expect((await seqs('since=1')).seqs).toEqual([]);
    expect((await seqs('since=1970-01-01T00:00:00Z&before=1')).seqs).toHaveLength(head);
    expect((await ask('/api/entries?kind=nonsense')).status).toBe(400);
    expect((await ask('/api/entries?limit=0')).status).toBe(400);
  });

  it('show no secrets', async () => {
    const { ask, t } = await openDoors();
    t.runtime.alerts.raise({ key: 'k', severity: 'info', text: 'x' });
    t.runtime.sendAs('/safeguards/alerts', { type: 'RESOLVE', key: 'k', password: 'hush' }, order);
    const { text } = await ask('/api/entries');
    expect(text).toContain('[redacted]');
    expect(text).not.toContain('hush');
  });

  it('are explained', async () => {
    const { ask, head } = await written();
    const { status, body } = await ask(`/api/explain/${head - 1}`);
    expect(status).toBe(200);
    expect(JSON.stringify(body)).toContain('ada4');
    expect((await ask(`/api/explain/${head + 1}`)).status).toBe(404);
    expect((await ask('/api/explain/x')).status).toBe(400);
  });
});

it('charts of the host and ours are told by name', async () => {
  const { ask } = await openDoors({ tree: tree() });
  const { body } = await ask('/api/machines');
  const ids = body.map(({ id }: { id: string }) => id);
  expect(ids).toEqual(expect.arrayContaining(['lamp', 'circuitBreaker', 'supervisor']));
  expect(new Set(ids).size).toBe(ids.length);
  const { body: one } = await ask('/api/chart/lamp');
  expect(one).toMatchObject({
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    chart: { id: 'lamp' },
  });
  expect((await ask('/api/chart/none')).status).toBe(404);
});

describe('the past', () => {
  it('is shown as it was: the tree, one actor, what changed, who told whom', async () => {
    const { ask, t } = await openDoors({ tree: tree() });
    const before = t.runtime.seq;
    t.send('/app/lamp', { type: 'PRESS' });
    const { seq, digest } = t.runtime;
    t.send('/app/lamp', { type: 'PRESS' });
    const valueIn = ({ actors }: { actors: { path: string; value: unknown }[] }) =>
      actors.find(({ path }) => path === '/app/lamp')?.value;
    const { body: moment } = await ask(`/api/moment/${seq}`);
    expect(moment).toMatchObject({ seq, digest });
    expect(valueIn(moment)).toBe('on');
    expect(valueIn((await ask(`/api/moment/${before}`)).body)).toBe('off');
    const { body: detail } = await ask(`/api/detail/app/lamp?seq=${seq}`);
    expect(detail).toMatchObject({
      path: '/app/lamp',
      seq,
      events: [{ type: 'PRESS', can: true }],
    });
    const { body: difference } = await ask(`/api/difference/app/lamp?seq=${seq}`);
    expect(difference).toMatchObject({ from: 'off', to: 'on', fields: [] });
    const { body: told } = await ask(`/api/messages?from=${seq}&until=${seq}`);
    expect(told.messages).toMatchObject([{ seq, to: '/app/lamp', type: 'PRESS', depth: 0 }]);
    expect((await ask('/api/run')).body).toMatchObject({
      ...{ mode: 'live', hasMachines: true, run: { host: 'custom' } },
      head: { seq: seq + 1, digest: t.runtime.digest },
    });
  });

  it('is refused where there is none', async () => {
    const { ask, t } = await openDoors({ tree: tree() });
    const beyond = t.runtime.seq + 1;
    const statusOf = async (path: string) => (await ask(path)).status;
    expect(await statusOf(`/api/moment/${beyond}`)).toBe(404);
    expect(await statusOf('/api/moment/-1')).toBe(400);
    expect(await statusOf('/api/detail/app/none')).toBe(404);
    expect(await statusOf('/api/difference/app/lamp')).toBe(400);
    expect(await statusOf('/api/messages?from=1&until=500')).toBe(400);
  });

  it('tells how numbers and states went, as they are named in the query', async () => {
    const { ask, t } = await openDoors({ tree: tree() });
    t.send('/app/lamp', { type: 'PRESS' });
    const { seq } = t.runtime;
    const query = 'states=/app/lamp&fields=/app/lamp.count,/a.b/c.d&facts=none';
    const { body } = await ask(`/api/history?${query}`);
    expect(body.changes.map(({ to }: { to: string }) => to)).toEqual(['off', 'on']);
    expect(body).toMatchObject({ from: 1, until: seq });
    expect(body.series).toEqual([
      { path: '/app/lamp', name: 'count', dots: [] },
      { path: '/a.b/c', name: 'd', dots: [] },
    ]);
    const { body: late } = await ask(`/api/history?states=/app/lamp&from=${seq}`);
    expect(late.changes).toMatchObject([{ seq, to: 'on' }]);
    expect((await ask('/api/history?from=none')).status).toBe(400);
  });
});
