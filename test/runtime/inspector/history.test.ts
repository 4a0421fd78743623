import { describe, expect, it, onTestFinished } from 'vitest';
import { historyOf } from '../../../runtime/inspector/history.ts';
import { LiveSource } from '../../../runtime/inspector/live-source.ts';
import { type HistoryQuery, historySchema } from '../../../runtime/inspector/protocol.ts';
import { testRuntime } from '../../../runtime/testing/test-runtime.ts';
import { door, doorTree, lifeOf } from '../../support/live.ts';

const count = { path: door, name: 'count' };

async function opened(times: number) {
  const t = await testRuntime({ tree: doorTree() });
  onTestFinished(() => t.runtime.stop());
  for (let i = 0; i < times; i++) {
    t.send(door, { type: 'OPEN' });
    t.send(door, { type: 'CLOSE' });
  }
  const life = lifeOf(t.runtime);
  const source = new LiveSource(life);
  const history = async (query: HistoryQuery) => {
    const found = await source.history(query);
    expect(historySchema.parse(found)).toEqual(found);
    return found;
  };
  return { t, life, history };
}

describe('how a run went', () => {
  it('has the numbers that turns changed, each with its seq and logical time', async () => {
    const { t, history } = await opened(3);
    const { series, from, until } = await history({ fields: [count] });
    expect([from, until]).toEqual([1, t.runtime.seq]);
    expect(series[0]?.dots.map(([, , value]) => value)).toEqual([0, 1, 2, 3]);
    const [seq, at] = series[0]!.dots[1]!;
    const { entries } = await new LiveSource(lifeOf(t.runtime)).entries({ from: seq, until: seq });
    expect(entries[0]).toMatchObject({ type: 'OPEN', seq, at });
  });

  it('has the states of those that were asked for, and of nobody else', async () => {
    const { history } = await opened(2);
    const { changes, series } = await history({ states: [door] });
    expect(changes.map(({ to }) => to)).toEqual(['closed', 'open', 'closed', 'open', 'closed']);
    expect(series).toEqual([]);
    expect((await history({ states: ['/app'] })).changes.map(({ path }) => path)).not.toContain(
      door,
    );
  });

  it('can be asked for what is new', async () => {
    const { t, history } = await opened(2);
    const known = (await history({ fields: [count], states: [door] })).until;
    t.send(door, { type: 'OPEN' });
    const { series, changes, from } = await history({
      ...{ from: known + 1, fields: [count], states: [door] },
    });
    expect(from).toBe(known + 1);
    expect(series[0]?.dots.map(([, , value]) => value)).toEqual([3]);
    expect(changes.map(({ to }) => to)).toEqual(['open']);
    const nothing = await history({ from: t.runtime.seq + 1, fields: [count] });
    expect(nothing.series[0]?.dots).toEqual([]);
    expect((await history({ until: known, fields: [count] })).until).toBe(known);
  });

  it('thins a long series out: its end stays', async () => {
    const { t, life } = await opened(900);
    await life.journal.flush();
    const { series } = await historyOf(life.journal.log, { fields: [count] }, t.runtime.seq);
    const { dots } = series[0]!;
    expect(dots.length).toBeLessThanOrEqual(400);
    expect(dots.at(-1)?.[2]).toBe(900);
  });

  it('marks facts, and actors that went down', async () => {
    const { t, history } = await opened(0);
    t.crash(door);
    const before = t.runtime.seq;
    t.send(door, { type: 'OPEN' });
    const all = await history({ facts: ['supervisor.restarted'] });
    expect(all.marks.map(({ type }) => type)).toEqual(['down', 'supervisor.restarted']);
    expect((await history({})).marks.map(({ type }) => type)).toEqual(['down']);
    expect((await history({ from: before + 1 })).marks).toEqual([]);
    const [down] = all.marks;
    expect(down).toMatchObject({ path: door, seq: before });
  });

  it('keeps numbers of secret names to itself', async () => {
    const { history } = await opened(1);
    const { series } = await history({ fields: [{ path: door, name: 'apiKey' }, count] });
    expect(series.map(({ name }) => name)).toEqual(['count']);
  });
});
