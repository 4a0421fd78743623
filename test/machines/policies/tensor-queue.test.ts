import { describe, expect, it } from 'vitest';
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
const line = (over: Partial<TensorLine> = {}, given: object = {}): TensorLine => ({
  settings: tensorSettings({ workerCountMax: 1, queueCountMax: 1, bytesMax: mebibyte, ...given }),
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
    expect(admissionOf(line(full, given), urgent)).toEqual({ verdict: 'displaced', victim: 'w' });
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
});
