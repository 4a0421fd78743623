import { expect, it } from 'vitest';
import { mergedEntries } from '../../../../runtime/inspector/page/entry-list.ts';
import type { Entry } from '../../../../runtime/inspector/page/wire.ts';

const entry = (seq: number, more: Partial<Entry> = {}): Entry => ({
  ...{ seq, at: seq, kind: 'event', path: '/a', type: 'T', facts: [], changed: [] },
  ...more,
});
const seqs = (all: readonly Entry[]) => all.map(({ seq }) => seq);

it('keeps entries in the order of seq, though the first page has the newest first', () => {
  const first = mergedEntries([], [entry(3), entry(2), entry(1)], 10);
  expect(seqs(first)).toEqual([1, 2, 3]);
  expect(seqs(mergedEntries(first, [entry(5), entry(4)], 10))).toEqual([1, 2, 3, 4, 5]);
});

it('keeps each entry once, with all that was ever told of it', () => {
  const whole = entry(2, { class: 'safety' });
  const merged = mergedEntries([entry(1), whole], [entry(2), entry(3)], 10);
  expect(seqs(merged)).toEqual([1, 2, 3]);
  expect(merged[1]).toMatchObject({ class: 'safety' });
});

it('leaves out the oldest beyond what it may keep', () => {
  expect(seqs(mergedEntries([entry(1), entry(2)], [entry(3)], 2))).toEqual([2, 3]);
});
