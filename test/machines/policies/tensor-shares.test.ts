import { describe, expect, it } from 'vitest';
import { type WorkKind, workKinds } from '../../../config/allocation.ts';
import {
  borrowerFor,
  inTurn,
  poolSettingsOf,
  workerCountOf,
} from '../../../machines/policies/tensor-shares.ts';
import type { TensorRow } from '../../../machines/policies/tensor-ticket.ts';
import { row, tensorSettings } from '../../support/tensor-tickets.ts';

const shares = { trading: 0.5, analytics: 0.3, background: 0.2 };
/** Rows by the first letter of their kind. */
const rows = (letters: string): TensorRow[] =>
  [...letters].map((letter, at) => {
    const work = workKinds.find((kind) => kind.startsWith(letter))!;
    return row(`${letter}${at}`, { work }, { order: at });
  });
const names = (given: readonly TensorRow[]) => given.map(({ ticket }) => ticket.id).join(' ');

describe('shares of the kinds of work', () => {
  it.each([
    [4, 1, 4],
    [4, 0.8, 3],
    [4, 0.5, 2],
    [4, 0.05, 1],
    [1, 0.05, 1],
    [10, 0.7, 7],
    [50, 0.58, 29],
  ])('of %i workers and the ratio %d: %i compute at once', (workerCountMax, workerRatio, count) => {
    expect(workerCountOf(tensorSettings({ workerCountMax }, { workerRatio }))).toBe(count);
  });

  it('let the kind go first that holds the least for its share', () => {
    const waiting = rows('abt');
    expect(names(inTurn(waiting, rows('tab'), shares))).toBe('t2 a0 b1');
    expect(names(inTurn(waiting, rows('ttab'), shares))).toBe('a0 t2 b1');
    expect(names(inTurn(waiting, rows('ttttab'), shares))).toBe('a0 b1 t2');
  });

  it('leave rows in their order where the kinds are alike, and within a kind', () => {
    expect(names(inTurn(rows('btab'), [], shares))).toBe('b0 t1 a2 b3');
    expect(names(inTurn(rows('atata'), rows('t'), shares))).toBe('a0 a2 a4 t1 t3');
  });

  it('put kinds without a share behind all others, in the order of asking', () => {
    const onlyTrading = { trading: 1, analytics: 0, background: 0 };
    expect(names(inTurn(rows('bat'), rows('ttttt'), onlyTrading))).toBe('t2 b0 a1');
  });

  it('come to workers in these proportions where everybody wants all of them', () => {
    const held: TensorRow[] = [];
    for (let worker = 0; worker < 10; worker += 1) held.push(inTurn(rows('bat'), held, shares)[0]!);
    const count = (kind: WorkKind) => held.filter(({ ticket }) => ticket.work === kind).length;
    expect(workKinds.map(count)).toEqual([5, 3, 2]);
  });

  it.each([
    ['everything is lent', 'aaaaaaaaaa', 'a9'],
    ['two kinds have borrowed as much: the last in line', 'bbbbaaaaaa', 'a9'],
    ['the same the other way round', 'aaaaaabbbb', 'b9'],
    ['one has borrowed more', 'bbbbbaaaaa', 'b4'],
    ['the own share is not full', 'ttttaaaabb', 'a7'],
  ])('ask for places back where %s', (_, waiting, victim) => {
    expect(borrowerFor('trading', rows(waiting), shares, 10)?.ticket.id).toBe(victim);
  });

  it.each([
    ['the own share is full', 'tttttaaaaa', 10],
    ['nobody has borrowed', 'ttaaabb', 10],
    ['nobody waits', '', 10],
    ['there is no place', 'aa', 0],
    ['the own share is no whole place', 'a', 1],
  ])('ask for nothing where %s', (_, waiting, placeCount) => {
    expect(borrowerFor('trading', rows(waiting), shares, placeCount)).toBeUndefined();
  });

  it('are part of the settings of a pool', () => {
    const settings = tensorSettings({ workerCountMax: 3 }, { workerRatio: 0.5 });
    const { allocation, ...tensor } = settings;
    expect(poolSettingsOf({ tensor, allocation })).toEqual(settings);
    expect([settings.workerCountMax, allocation.workerRatio]).toEqual([3, 0.5]);
  });
});
