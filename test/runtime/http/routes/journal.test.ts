import { describe, expect, it } from 'vitest';
import { openDoors } from '../../../support/doors.ts';

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
      if (next === null) break;
      query = `limit=2&until=${next.until}`;
    }
    expect(read).toEqual(all);
  });

  it('come oldest first as well', async () => {
    const { seqs, head } = await written();
    const first = await seqs('order=oldest&limit=3');
    expect(first).toEqual({ seqs: [1, 2, 3], next: { from: 4 } });
    const rest = await seqs('order=oldest&from=4');
    expect(rest.seqs).toEqual(Array.from({ length: head - 3 }, (_, index) => index + 4));
    expect(rest.next).toBeNull();
    expect(await seqs(`order=oldest&from=${head + 9}`)).toEqual({ seqs: [], next: null });
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
