import { describe, expect, it } from 'vitest';
import type { ActorRow } from '../../../runtime/inspector/protocol.ts';
import { openRecorded } from '../../../runtime/inspector/recorded-source.ts';
import { replayJournal } from '../../../runtime/replay/replay.ts';
import { door, doorTree } from '../../support/live.ts';
import { recordedDoor } from '../../support/recorded.ts';

/** A journal with tree snapshots on the way. */
const recorded = () =>
  recordedDoor({ settings: { journal: { snapshotEveryCount: 10 } }, count: 20, crashEvery: 5 });

/** There and back, far and near. */
const wayThrough = (last: number) => [last, 1, 2, 3, 17, 16, last - 1, 11, 10, 0, last];

describe('a recorded journal', () => {
  it('shows every moment as a replay up to there does, wherever one comes from', async () => {
    const { dir, seq: last, digest } = await recorded();
    const source = await openRecorded(dir, { tree: doorTree() });
    expect(source.why).toBeUndefined();
    expect(source.head()).toMatchObject({ seq: last, digest });
    for (const seq of wayThrough(last)) {
      source.close();
      const moment = await source.moment(seq);
      if (seq === 0) {
        expect(moment).toMatchObject({ seq: 0, actors: [] });
        continue;
      }
      const replayed = await replayJournal(dir, { tree: doorTree(), until: seq });
      expect(moment).toMatchObject({ seq, at: replayed.at, digest: replayed.digest });
      const flat = [...replayed.tree, ...replayed.tree.flatMap(({ children }) => children)];
      const shown = moment.actors.map(({ path, status, value, restarts, incarnation }) => {
        return { path, status, value, restarts, incarnation };
      });
      const expected = flat.map(({ path, status, value, restarts, incarnation }) => {
        return { path, status, value, restarts, incarnation };
      });
      expect(shown).toEqual(expected);
    }
  });

  it('shows its turns where nobody knows its machines', async () => {
    const { dir, seq: last, digest } = await recorded();
    const known = await openRecorded(dir, { tree: doorTree() });
    const source = await openRecorded(dir, {
      tree: () => {
        throw new Error('nobody knows it');
      },
    });
    expect(source).toMatchObject({ hasMachines: false, why: 'nobody knows it' });
    expect(source.head()).toMatchObject({ seq: last, digest });
    const brief = (rows: readonly ActorRow[]) =>
      rows
        .map(({ path, value, status, incarnation, lastError }) => {
          return { path, value, status, incarnation, lastError };
        })
        .sort(byPath);
    for (let seq = 1; seq <= last; seq++) {
      const [mine, theirs] = [await source.moment(seq), await known.moment(seq)];
      expect(mine.digest).toBe(theirs.digest);
      expect(brief(mine.actors)).toEqual(brief(theirs.actors));
    }
    const [mine, theirs] = [await source.difference(door, 2), await known.difference(door, 2)];
    expect(mine).toEqual(theirs);
    expect(mine.fields).toEqual([{ name: 'count', before: 0, after: 1 }]);
    await expect(source.explain(2)).rejects.toThrow('nobody knows it');
    expect((await source.entries({ limit: 1 })).entries).toMatchObject([{ seq: last }]);
  });

  it('says that an entry is not there', async () => {
    const { dir, seq } = await recorded();
    const source = await openRecorded(dir, { tree: doorTree() });
    await expect(source.moment(seq + 1)).rejects.toThrow(`the journal ends at seq ${seq}`);
    expect((await source.moment(seq)).seq).toBe(seq);
  });
});

const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1);
