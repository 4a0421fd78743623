import { describe, expect, it } from 'vitest';
import { mainState, toneOf, worst } from '../../../../runtime/inspector/page/tone.ts';
import { toneCounts, treeRows } from '../../../../runtime/inspector/page/tree-rows.ts';
import type { ActorRow } from '../../../../runtime/inspector/protocol.ts';

const actor = (path: string, given: Partial<ActorRow> = {}): ActorRow => ({
  ...{ path, kind: 'worker', machine: 'circuitBreaker', status: 'active', value: 'closed' },
  ...{ tags: [], restarts: 0, incarnation: 0, uptimeMs: 0 },
  ...given,
});
const supervisor = (path: string) =>
  actor(path, { kind: 'supervisor', machine: 'supervisor', value: 'running' });

const all = [
  supervisor('/app'),
  supervisor('/app/broker'),
  actor('/app/broker/orders', { value: 'open' }),
  actor('/app/feed'),
  supervisor('/safeguards'),
];
const none: ReadonlySet<string> = new Set();
const names = (shut = none, filter = '') => treeRows(all, shut, filter).map(({ name }) => name);

describe('rows of the tree', () => {
  it('stand under their parents, each as deep as it lies', () => {
    const rows = treeRows(all, none, '');
    expect(rows.map(({ name, depth }) => [name, depth])).toEqual([
      ['app', 0],
      ['broker', 1],
      ['orders', 2],
      ['feed', 1],
      ['safeguards', 0],
    ]);
    expect(rows.map(({ hasChildren }) => hasChildren)).toEqual([true, true, false, false, false]);
  });

  it('are hidden below what is shut, which shows the worst of them', () => {
    const rows = treeRows(all, new Set(['/app']), '');
    expect(rows.map(({ name, tone }) => [name, tone])).toEqual([
      ['app', 'bad'],
      ['safeguards', 'ok'],
    ]);
  });

  it('are found by path and by state, also below what is shut', () => {
    expect(names(new Set(['/app']), 'ORDERS')).toEqual(['orders']);
    expect(names(none, ' open ')).toEqual(['orders']);
    expect(names(none, 'nobody')).toEqual([]);
  });

  it('counts workers by how well they are', () => {
    expect(toneCounts(all)).toEqual({ ok: 1, probe: 0, warn: 0, bad: 1, off: 0 });
  });
});

describe('the tone of an actor', () => {
  it.each([
    ['bad', actor('/a', { value: 'open' })],
    ['ok', actor('/a', { value: 'open', machine: 'tradingMode' })],
    ['probe', actor('/a', { value: { halfOpen: 'probing' } })],
    ['bad', actor('/a', { value: { one: 'closed', two: 'halted' } })],
    ['bad', actor('/a', { status: 'error' })],
    ['bad', actor('/a', { status: 'down' })],
    ['off', actor('/a', { status: 'idle' })],
    ['off', actor('/a', { status: 'done' })],
    ['ok', actor('/a', { value: undefined, machine: 'promise' })],
  ] as const)('is %s', (tone, row) => {
    expect(toneOf(row)).toBe(tone);
  });

  it('is the worst of several', () => {
    expect(worst(['ok', 'warn', 'probe'])).toBe('warn');
    expect(worst([])).toBe('ok');
  });

  it('comes with the state that says it', () => {
    expect(mainState(actor('/a', { value: { one: 'closed', two: 'halted' } }))).toBe('halted');
    expect(mainState(actor('/a', { value: { circuit: { automatic: 'closed' } } }))).toBe('closed');
    expect(mainState(actor('/a', { status: 'down' }))).toBe('down');
    expect(mainState(actor('/a', { value: undefined }))).toBe('active');
  });
});
