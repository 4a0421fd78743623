import { describe, expect, it } from 'vitest';
import type { AlertChanged } from '../../../machines/alert.ts';
import { type AlertRow, afterChange, rowFor } from '../../../machines/policies/alert-book.ts';

const row = (id: string, more: Partial<AlertRow> = {}): AlertRow => ({
  ...{ id, key: id, severity: 'warning', text: 't', path: '', state: 'notified', count: 1 },
  ...{ reopenCount: 0, raisedAtMs: 0, lastAtMs: 0, acknowledgedBy: null, resolvedAtMs: null },
  ...{ failedCount: 0 },
  ...more,
});
const ended = (id: string, resolvedAtMs: number) => row(id, { state: 'resolved', resolvedAtMs });

describe('the alert that a key means', () => {
  it('is one that ended up to the flapping time ago, and none after it', () => {
    const rows = [ended('a', 100)];
    expect(rowFor(rows, 'a', 150, 50)?.id).toBe('a');
    expect(rowFor(rows, 'a', 151, 50)).toBeUndefined();
    expect(rowFor(rows, 'b', 100, 50)).toBeUndefined();
  });

  it('is an open one, however old', () => {
    expect(rowFor([row('a')], 'a', 1e9, 0)?.id).toBe('a');
  });
});

describe('the rows after an alert has ended', () => {
  const change = (id: string, at: number): AlertChanged => ({
    ...{ type: 'ALERT_CHANGED', id, at, state: 'resolved', acknowledgedBy: null, failedCount: 2 },
  });

  it('keep the newest of those that ended, as many as settings say', () => {
    const rows = [row('open'), ended('new', 300), ended('old', 100), row('last')];
    const ids = (max: number) => afterChange(rows, change('last', 400), max).map(({ id }) => id);
    expect(ids(3)).toEqual(['open', 'new', 'old', 'last']);
    expect(ids(2)).toEqual(['open', 'new', 'last']);
    expect(ids(1)).toEqual(['open', 'last']);
    expect(ids(0)).toEqual(['open']);
  });

  it('say when it ended, and how many notices failed', () => {
    const [changed] = afterChange([row('a')], change('a', 400), 9);
    expect(changed).toMatchObject({ state: 'resolved', resolvedAtMs: 400, failedCount: 2 });
  });
});
