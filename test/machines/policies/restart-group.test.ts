import { describe, expect, it } from 'vitest';
import {
  restartGroup,
  type Sibling,
  startOrder,
} from '../../../machines/policies/restart-group.ts';

const ids = ['a', 'b', 'c', 'd'];

/** All ways in which four siblings can depend on earlier ones. */
const all: Sibling[][] = Array.from({ length: 64 }, (_, bits) => {
  let bit = 0;
  return ids.map((id, index) => ({
    id,
    dependsOn: ids.slice(0, index).filter(() => (bits >> bit++) & 1),
  }));
});

/** True when `one` needs `other`, directly or through others. */
const needs = (siblings: readonly Sibling[], one: string, other: string): boolean =>
  siblings
    .find(({ id }) => id === one)!
    .dependsOn.some((id) => id === other || needs(siblings, id, other));

describe('the group of a restart', () => {
  it('is the child and who needs it under one_for_one', () => {
    for (const siblings of all) {
      for (const id of ids) {
        const wanted = ids.filter((one) => one === id || needs(siblings, one, id));
        expect(restartGroup('one_for_one', siblings, id)).toEqual(wanted);
      }
    }
  });

  it('is the child, all after it, and who needs any of them under rest_for_one', () => {
    for (const siblings of all) {
      for (const id of ids) {
        expect(restartGroup('rest_for_one', siblings, id)).toEqual(ids.slice(ids.indexOf(id)));
      }
    }
  });

  it('is everybody under one_for_all', () => {
    for (const siblings of all) {
      for (const id of ids) expect(restartGroup('one_for_all', siblings, id)).toEqual(ids);
    }
  });
});

describe('the order of starts', () => {
  it('is the given one when nobody has to wait', () => {
    for (const siblings of all) expect(startOrder(siblings)).toEqual({ order: siblings });
  });

  it('puts everybody after those that it needs, in whatever order they are given', () => {
    for (const siblings of all) {
      const found = startOrder(siblings.toReversed());
      const order = 'order' in found ? found.order.map(({ id }) => id) : [];
      expect(order).toHaveLength(4);
      for (const { id, dependsOn } of siblings) {
        for (const needed of dependsOn) {
          expect(order.indexOf(needed)).toBeLessThan(order.indexOf(id));
        }
      }
    }
  });

  it('names a cycle', () => {
    const ring = [
      { id: 'a', dependsOn: ['b'] },
      { id: 'b', dependsOn: ['c'] },
      { id: 'c', dependsOn: ['b'] },
    ];
    expect(startOrder(ring)).toEqual({ cycle: ['b', 'c', 'b'] });
  });
});
