import { describe, expect, it } from 'vitest';
import { mainState, toneOf, worst } from '../../../../runtime/inspector/page/tone.ts';
import {
  drawnRows,
  scrolledTo,
  toneCounts,
  treeRows,
} from '../../../../runtime/inspector/page/tree-rows.ts';
import type { ActorRow } from '../../../../runtime/inspector/protocol.ts';

const actor = (path: string, given: Partial<ActorRow> = {}): ActorRow => ({
  ...{ path, kind: 'worker', machine: 'circuitBreaker', status: 'active', value: 'closed' },
  ...{ tags: [], restarts: 0, incarnation: 0 },
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

describe('a long tree', () => {
  const sight = { scroll: 1_000, room: 500, height: 25 };

  it('is drawn where it can be seen, with some to spare', () => {
    const drawn = drawnRows(1_000, -1, sight);
    expect([drawn[0], drawn.at(-1), drawn.length]).toEqual([32, 67, 36]);
    expect(drawnRows(3, 1, { ...sight, scroll: 0 })).toEqual([0, 1, 2]);
    expect(drawnRows(0, 0, sight)).toEqual([]);
    // Filtered while it was scrolled down.
    expect(drawnRows(5, 2, sight)).toEqual([2]);
  });

  it('is drawn with the chosen one wherever that is, once and in its place', () => {
    expect(drawnRows(1_000, 3, sight).slice(0, 2)).toEqual([3, 32]);
    expect(drawnRows(1_000, 900, sight).slice(-2)).toEqual([67, 900]);
    expect(drawnRows(1_000, 40, sight)).toHaveLength(36);
    expect(drawnRows(1_000, 1_000, sight)).toHaveLength(36);
  });

  it('is scrolled no farther than to show the chosen one', () => {
    expect(scrolledTo(50, sight)).toBe(1_000);
    expect(scrolledTo(2, sight)).toBe(50);
    expect(scrolledTo(59, sight)).toBe(1_000);
    expect(scrolledTo(60, sight)).toBe(1_025);
    expect(scrolledTo(0, { ...sight, scroll: 0 })).toBe(0);
  });
});
