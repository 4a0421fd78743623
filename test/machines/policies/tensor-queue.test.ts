import { describe, expect, it } from 'vitest';
import type { WorkKind } from '../../../config/allocation.ts';
import {
  admissionOf,
  bytesOf,
  inserted,
  type TensorLine,
  unblocked,
} from '../../../machines/policies/tensor-queue.ts';
import type { TensorRow } from '../../../machines/policies/tensor-ticket.ts';
import { row, tensorSettings } from '../../support/tensor-tickets.ts';

const mebibyte = 2 ** 20;
const line = (
  over: Partial<TensorLine> = {},
  given: object = {},
  allocation: object = {},
): TensorLine => ({
  settings: tensorSettings(
    { workerCountMax: 1, queueCountMax: 1, bytesMax: mebibyte, ...given },
    allocation,
  ),
  running: [],
  waiting: [],
  blocked: [],
  ...over,
});
const names = (rows: readonly TensorRow[]) => rows.map(({ ticket }) => ticket.id).join('');
const full = { running: [row('r')], waiting: [row('w', {}, { order: 1 })] };

describe('the queue of tensor jobs', () => {
  it('is in the order of priority, then of asking', () => {
    const rows = [row('a', { priority: 1 }, { order: 4 }), row('b', {}, { order: 1 })];
    expect(names(inserted(rows, row('c', {}, { order: 2 })))).toBe('abc');
    expect(names(inserted(rows, row('c', {}, { order: 0 })))).toBe('acb');
    expect(names(inserted(rows, row('c', { priority: 2 }, { order: 9 })))).toBe('cab');
    expect(names(inserted([], row('c')))).toBe('c');
  });

  it('has a place for as many as there are workers and places in line', () => {
    expect(admissionOf(line(), row('a')).verdict).toBe('admitted');
    expect(admissionOf(line({ running: full.running }), row('a')).verdict).toBe('admitted');
    expect(admissionOf(line(full), row('a'))).toEqual({
      verdict: 'refused',
      reason: 'queueFull',
      why: '1 jobs run and 1 wait',
    });
  });

  it('counts the bytes of all that run or wait, and its own', () => {
    const running = [row('r', { bytes: mebibyte - 100 })];
    expect(admissionOf(line({ running }), row('a', { bytes: 100 })).verdict).toBe('admitted');
    expect(admissionOf(line({ running }), row('a', { bytes: 101 }))).toMatchObject({
      reason: 'queueFull',
      why: 'jobs hold 1048476 of 1048576 bytes',
    });
    expect(bytesOf([...running, row('b')])).toBe(mebibyte);
  });

  it.each(['exception', 'block', 'drop'])(
    'refuses, with %s, what can never fit',
    (rejectPolicy) => {
      const big = row('a', { bytes: mebibyte + 1, priority: 9 });
      expect(admissionOf(line({}, { rejectPolicy }), big)).toMatchObject({ reason: 'overBudget' });
      const exact = row('a', { bytes: mebibyte });
      expect(admissionOf(line({}, { rejectPolicy }), exact).verdict).toBe('admitted');
    },
  );

  it('lets so many wait outside, with block', () => {
    const given = { rejectPolicy: 'block', blockedCountMax: 1 };
    expect(admissionOf(line(full, given), row('a')).verdict).toBe('blocked');
    const more = { ...full, blocked: [row('b')] };
    expect(admissionOf(line(more, given), row('a', {}, { order: 2 })).verdict).toBe('refused');
  });

  it('lets nobody overtake a blocked job that is as urgent', () => {
    const given = { rejectPolicy: 'block' };
    const blocked = [row('b', {}, { order: 1 })];
    expect(admissionOf(line({ blocked }, given), row('a', {}, { order: 2 })).verdict).toBe(
      'blocked',
    );
    const urgent = row('a', { priority: 1 }, { order: 2 });
    expect(admissionOf(line({ blocked }, given), urgent).verdict).toBe('admitted');
  });

  it('gives, with drop, the place of the last in line to a more urgent job', () => {
    const given = { rejectPolicy: 'drop' };
    const urgent = row('a', { priority: 1 });
    expect(admissionOf(line(full, given), urgent)).toEqual({
      verdict: 'displaced',
      victim: 'w',
      why: 'a more urgent job took its place',
    });
    expect(admissionOf(line(full, given), row('a')).verdict).toBe('refused');
    const large = row('a', { priority: 1, bytes: mebibyte - 99 });
    expect(admissionOf(line(full, given), large).verdict).toBe('refused');
  });

  it('lets a blocked job in once there is a place for it, the first one first', () => {
    const blocked = [row('b', { bytes: mebibyte }), row('c', {}, { order: 1 })];
    expect(unblocked(line({ blocked }))?.ticket.id).toBe('b');
    expect(unblocked(line({ blocked, running: [row('r')] }))).toBeUndefined();
    expect(unblocked(line())).toBeUndefined();
  });

  it('has fewer places while fewer workers may compute', () => {
    const two = { workerCountMax: 2, queueCountMax: 0 };
    const running = [row('r')];
    expect(admissionOf(line({ running }, two), row('a')).verdict).toBe('admitted');
    expect(admissionOf(line({ running }, two, { workerRatio: 0.5 }), row('a')).verdict).toBe(
      'refused',
    );
  });

  describe('with shares of the places', () => {
    const four = { workerCountMax: 1, queueCountMax: 4 };
    const names4 = ['a', 'b', 'c', 'd'];
    const lent = {
      running: [row('r')],
      waiting: names4.map((id, order) => row(id, {}, { order })),
    };
    const trading = row('t', { work: 'trading' }, { order: 9 });

    it.each(['exception', 'drop', 'block'])('takes back what was lent, with %s', (rejectPolicy) => {
      expect(admissionOf(line(lent, { ...four, rejectPolicy }), trading)).toEqual({
        verdict: 'displaced',
        victim: 'd',
        why: 'its place was lent to it by trading',
      });
    });

    it('takes nothing back where that is not enough, or where no one could wait outside', () => {
      const large = row('t', { work: 'trading', bytes: mebibyte - 399 }, { order: 9 });
      expect(admissionOf(line(lent, four), large).verdict).toBe('refused');
      const given = { ...four, rejectPolicy: 'block', blockedCountMax: 1 };
      const blocked = [row('x', {}, { order: 8 })];
      expect(admissionOf(line({ ...lent, blocked }, given), trading).verdict).toBe('refused');
    });

    it('gives an urgent job, with drop, only a place of its own kind', () => {
      const given = { ...four, rejectPolicy: 'drop' };
      const half = [row('t', { work: 'trading' }), row('u', { work: 'trading' })];
      const shared = { running: [row('r')], waiting: [...half, row('x'), row('y')] };
      const urgent = (work: WorkKind) => row('z', { work, priority: 9 });
      expect(admissionOf(line(shared, given), urgent('background')).verdict).toBe('refused');
      expect(admissionOf(line(shared, given), urgent('trading'))).toMatchObject({ victim: 'u' });
    });

    it('lets a kind in from outside that has less than its share', () => {
      const given = { ...four, rejectPolicy: 'block' };
      const blocked = [row('x', {}, { order: 4 }), row('t', { work: 'trading' }, { order: 5 })];
      const waiting = [row('a')];
      expect(unblocked(line({ waiting, blocked }, given))?.ticket.id).toBe('t');
      expect(unblocked(line({ blocked }, given))?.ticket.id).toBe('x');
      // Nobody of his kind waits in line: he goes before those outside who have their places.
      const first = admissionOf(line({ waiting, blocked: blocked.slice(0, 1) }, given), trading);
      expect(first.verdict).toBe('admitted');
    });
  });
});
