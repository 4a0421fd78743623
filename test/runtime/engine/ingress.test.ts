import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Entry, Ingress, type Overflow } from '../../../runtime/engine/ingress.ts';

function ingress(countMax: number, overflow: Overflow) {
  const dropped: unknown[] = [];
  const queue = new Ingress(countMax, overflow, (entry) => dropped.push(entry.event));
  const push = (event: unknown, path = '/a', kind: Entry['kind'] = 'event') =>
    queue.push({ kind, path, event });
  const drain = () => {
    const events: unknown[] = [];
    for (let entry = queue.shift(); entry; entry = queue.shift()) events.push(entry.event);
    return events;
  };
  return { queue, dropped, push, drain };
}

describe('ingress', () => {
  it('gives back in order of arrival, across paths', () => {
    const { push, drain } = ingress(10, 'dropNewest');
    for (const [event, path] of [
      [1, '/a'],
      [2, '/b'],
      [3, '/a'],
      [4, '/c'],
    ] as const) {
      expect(push(event, path)).toBe(true);
    }
    expect(drain()).toEqual([1, 2, 3, 4]);
  });

  it('counts no path for ever: very many leave nothing behind', () => {
    const { queue, push, drain } = ingress(1, 'dropNewest');
    for (let i = 0; i < 1_500; i += 1) {
      push(i, `/${i}`);
      drain();
    }
    const { countByPath } = queue as unknown as { countByPath: ReadonlyMap<string, number> };
    expect(countByPath.size).toBeLessThan(1_000);
    expect([push(1, '/7'), push(2, '/7')]).toEqual([true, false]);
  });

  it('drops the newest beyond the limit, path by path', () => {
    const { push, drain, dropped } = ingress(2, 'dropNewest');
    expect([push(1), push(2), push(3), push(4, '/b')]).toEqual([true, true, false, true]);
    expect(dropped).toEqual([3]);
    expect(drain()).toEqual([1, 2, 4]);
  });

  it('drops the oldest of the same path when told so', () => {
    const { push, drain, dropped } = ingress(2, 'dropOldest');
    expect([push(0, '/b'), push(1), push(2), push(3)]).toEqual([true, true, true, true]);
    expect(dropped).toEqual([1]);
    expect(drain()).toEqual([0, 2, 3]);
  });

  it('has room again for what was taken out', () => {
    const { queue, push } = ingress(1, 'dropNewest');
    push(1);
    queue.shift();
    expect(push(2)).toBe(true);
  });

  it.each<Entry['kind']>(['outcome', 'timer', 'child', 'settings', 'command', 'resume'])(
    'never drops what is no event: %s',
    (kind) => {
      for (const overflow of ['dropNewest', 'dropOldest'] as const) {
        const { push, drain, dropped } = ingress(1, overflow);
        push('first', '/a', kind);
        expect(push('second', '/a', kind)).toBe(true);
        expect([drain(), dropped]).toEqual([['first', 'second'], []]);
      }
    },
  );

  it('drops the newest when only outcomes could make room', () => {
    const { push, drain, dropped } = ingress(1, 'dropOldest');
    push('outcome', '/a', 'outcome');
    expect(push('event')).toBe(false);
    expect([drain(), dropped]).toEqual([['outcome'], ['event']]);
  });

  it('loses nothing and changes no order, whatever the traffic', () => {
    const step = fc.record({ take: fc.boolean(), path: fc.constantFrom('/a', '/b', '/c') });
    const config = [
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom<Overflow>('dropNewest', 'dropOldest'),
    ] as const;
    fc.assert(
      fc.property(...config, fc.array(step, { maxLength: 200 }), (countMax, overflow, steps) => {
        const { queue, push, drain, dropped } = ingress(countMax, overflow);
        let waiting: { event: number; path: string }[] = [];
        const lost: number[] = [];
        steps.forEach(({ take, path }, event) => {
          if (take) {
            expect(queue.shift()?.event).toBe(waiting.shift()?.event);
            return;
          }
          const mine = waiting.filter((entry) => entry.path === path);
          const isFull = mine.length >= countMax;
          const goes = isFull && overflow === 'dropOldest' ? mine[0]! : { event, path };
          if (isFull) lost.push(goes.event);
          waiting = [...waiting, { event, path }].filter(
            (entry) => !isFull || entry.event !== goes.event,
          );
          expect(push(event, path)).toBe(!isFull || overflow === 'dropOldest');
          expect(queue.length).toBe(waiting.length);
        });
        expect(drain()).toEqual(waiting.map(({ event }) => event));
        expect(dropped).toEqual(lost);
      }),
    );
  });

  it('stays in order over thousands of entries', () => {
    const { queue, push } = ingress(100_000, 'dropNewest');
    let next = 0;
    for (let i = 0; i < 5_000; i++) {
      push(i);
      if (i % 3 === 0) expect(queue.shift()?.event).toBe(next++);
    }
    while (queue.length > 0) expect(queue.shift()?.event).toBe(next++);
    expect(next).toBe(5_000);
  });
});
