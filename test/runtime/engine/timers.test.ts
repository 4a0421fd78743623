import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnyActor, createActor, createMachine } from 'xstate';
import { Timers } from '../../../runtime/engine/timers.ts';

const actors = Array.from({ length: 4 }, (_, i) => createActor(createMachine({}), { id: `a${i}` }));

/** What a person would write: a list, sorted when asked. */
class NaiveTimers {
  rows: { source: AnyActor; id: string; deadlineMs: number; order: number }[] = [];
  order = 0;

  schedule(source: AnyActor, id: string, deadlineMs: number): void {
    this.cancel(source, id);
    this.rows.push({ source, id, deadlineMs, order: this.order++ });
  }

  cancel(source: AnyActor, id: string): void {
    this.rows = this.rows.filter((row) => row.source !== source || row.id !== id);
  }

  cancelAll(source: AnyActor): void {
    this.rows = this.rows.filter((row) => row.source !== source);
  }

  next() {
    return this.rows.toSorted((a, b) => a.deadlineMs - b.deadlineMs || a.order - b.order)[0];
  }
}

const row = (source: AnyActor, id: string, deadlineMs: number) => ({
  source,
  target: source,
  event: { type: id },
  id,
  delayMs: 0,
  deadlineMs,
  cause: 1,
});

const command = fc.record({
  what: fc.constantFrom('schedule', 'schedule', 'schedule', 'cancel', 'cancelAll', 'take', 'fire'),
  actor: fc.integer({ min: 0, max: 3 }),
  id: fc.constantFrom('x', 'y', 'z', 'w', 'v', 'u'),
  deadlineMs: fc.integer({ min: 0, max: 20 }),
});

const shown = (timer: { source: AnyActor; id: string; deadlineMs: number } | undefined) =>
  timer && `${timer.source.id} ${timer.id} ${timer.deadlineMs}`;

describe('timers', () => {
  it('are a list sorted by deadline, then by order of asking', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 300 }), (commands) => {
        const timers = new Timers();
        const naive = new NaiveTimers();
        for (const { what, actor, id, deadlineMs } of commands) {
          const source = actors[actor]!;
          if (what === 'schedule') {
            timers.schedule(row(source, id, deadlineMs));
            naive.schedule(source, id, deadlineMs);
          } else if (what === 'cancel') {
            timers.cancel(source, id);
            naive.cancel(source, id);
          } else if (what === 'cancelAll') {
            timers.cancelAll(source);
            naive.cancelAll(source);
          } else {
            const next = what === 'fire' ? naive.next() : undefined;
            const [from, name] = next ? [next.source, next.id] : [source, id];
            const expected = naive.rows.find((other) => other.source === from && other.id === name);
            expect(shown(timers.take(from, name))).toBe(shown(expected));
            naive.cancel(from, name);
          }
          expect(shown(timers.next())).toBe(shown(naive.next()));
          expect(timers.count).toBe(naive.rows.length);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('are taken once', () => {
    const timers = new Timers();
    timers.schedule(row(actors[0]!, 'x', 5));
    expect(timers.take(actors[0]!, 'x')?.event).toEqual({ type: 'x' });
    expect(timers.take(actors[0]!, 'x')).toBeUndefined();
    expect(timers.next()).toBeUndefined();
  });

  it.each(['cancel', 'cancelAll'] as const)('do not pile up after %s', (how) => {
    const timers = new Timers();
    timers.schedule(row(actors[0]!, 'kept', 1));
    for (let i = 0; i < 10_000; i++) {
      timers.schedule(row(actors[1]!, 'x', 1_000_000 + i));
      if (how === 'cancel') timers.cancel(actors[1]!, 'x');
      else timers.cancelAll(actors[1]!);
    }
    expect(timers.count).toBe(1);
    expect(timers.heldCount).toBeLessThan(200);
    expect(timers.next()?.id).toBe('kept');
  });
});

it('knows the timers of an actor as the turn found them, but for one that has fired', () => {
  const timers = new Timers();
  const [source, other] = actors as [AnyActor, AnyActor];
  for (const id of ['cancelled', 'kept', 'fired', 'replaced']) {
    timers.schedule(row(source, id, 10));
  }
  timers.schedule(row(other, 'of another', 10));
  timers.begin();
  timers.cancel(source, 'cancelled');
  timers.cancel(other, 'of another');
  timers.take(source, 'fired');
  timers.schedule(row(source, 'replaced', 20));
  timers.schedule(row(source, 'new', 20));
  const found = () => timers.before(source).map(({ id, deadlineMs }) => `${id} ${deadlineMs}`);
  const all = ['cancelled 10', 'kept 10', 'replaced 10'];
  expect(found()).toEqual(all);
  timers.cancelAll(source);
  expect(found()).toEqual(all);
  timers.begin();
  expect(found()).toEqual([]);
});
