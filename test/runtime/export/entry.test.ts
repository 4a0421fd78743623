import { expect, it } from 'vitest';
import { joinTurns, typeOf } from '../../../runtime/export/entry.ts';
import type { InputLine, Json, TurnLine } from '../../../runtime/journal/format.ts';
import type { ReadLine } from '../../../runtime/journal/read.ts';
import { header } from '../journal/folders.ts';
import { all } from './written.ts';

const stream = async function* (lines: readonly ReadLine[]) {
  yield* lines;
};
const input = (seq: number, more: Partial<InputLine> = {}): InputLine => ({
  seq,
  at: 1_700_000_000_000 + seq,
  kind: 'event',
  path: '/a',
  event: { type: 'GO' },
  ...more,
});

it('joins each input with its turn into one row whose keys are always the same', async () => {
  const turn: TurnLine = {
    turn: 2,
    changed: [{ path: '/a', to: 'on' }],
    down: [{ path: '/b', why: 'x' }],
    dead: [{ path: '/c', type: 'T', why: 'y' }],
    effects: [{ id: '2.0', port: 'ping' }],
    facts: [{ type: 'f' }],
    timers: [{ path: '/a', id: 't', policy: 'drop' }],
    threw: { 0: 'e' },
  };
  const rows = await all(
    joinTurns(
      stream([header, input(1), { turn: 1 }, input(2, { cause: 1, class: 'safety' }), turn]),
    ),
  );
  expect(rows[0]).toEqual({
    seq: 1,
    at: '2023-11-14T22:13:20.001Z',
    atMs: 1_700_000_000_001,
    kind: 'event',
    path: '/a',
    type: 'GO',
    event: { type: 'GO' },
    cause: null,
    class: 'normal',
    changed: [],
    down: [],
    facts: [],
    effects: [],
    dead: [],
    timers: [],
    threw: {},
  });
  const { turn: _, ...did } = turn;
  expect(rows[1]).toMatchObject({ seq: 2, cause: 1, class: 'safety', ...did });
  expect(Object.keys(rows[1]!)).toEqual(Object.keys(rows[0]!));
});

it('gives an input without a turn too, and takes no turn of another for its own', async () => {
  const other = { turn: 9, facts: [{ type: 'f' }] };
  const rows = await all(joinTurns(stream([input(1), input(2), other, input(3)])));
  expect(rows.map(({ seq, facts }) => [seq, facts.length])).toEqual([
    [1, 0],
    [3, 0],
  ]);
});

it('names an event by its type, a timer by its id, an order by its command', async () => {
  expect(typeOf({ type: 'GO' })).toBe('GO');
  expect(typeOf('retry')).toBe('retry');
  expect(typeOf({ command: 'start' })).toBe('start');
  expect(typeOf({ op: 'stop' })).toBe('stop');
  const unnamed: readonly (Json | undefined)[] = [undefined, null, 5, [], {}, { type: 5 }];
  for (const none of unnamed) expect(typeOf(none)).toBe(undefined);
  const [row] = await all(
    joinTurns(stream([input(1, { kind: 'resume', event: {} }), { turn: 1 }])),
  );
  expect(row?.type).toBe('resume');
});

it('says a time that no date can have as a number', async () => {
  const [row] = await all(joinTurns(stream([input(1, { at: 9e15 }), { turn: 1 }])));
  expect(row?.at).toBe('9000000000000000');
});
