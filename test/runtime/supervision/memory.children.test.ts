/** Restart memory of an actor that a nested child has taken down. */
import { expect, it } from 'vitest';
import { assign, sendTo, setup } from 'xstate';
import { child, supervisor } from '../../../actors/child.ts';
import { supervised } from '../../support/supervised.ts';

const fail = (why: string): never => {
  throw new Error(why);
};

/** Crashes by order, and grows old; has a child of its own that does. */
const inner = setup({
  actors: {
    innermost: setup({}).createMachine({
      id: 'innermost',
      initial: 'young',
      states: { young: { after: { 350: 'old' } }, old: {} },
    }),
  },
}).createMachine({
  id: 'inner',
  invoke: { id: 'innermost', src: 'innermost' },
  initial: 'young',
  on: { BREAK: { actions: assign(() => fail('boom')) } },
  states: { young: { after: { 300: 'old' } }, old: {} },
});

/** Nobody handles it when a child fails. */
const outer = setup({ actors: { inner } }).createMachine({
  id: 'outer',
  invoke: [
    { id: 'first', src: 'inner' },
    { id: 'second', src: 'inner' },
  ],
  initial: 'calm',
  on: {
    BREAK: { actions: sendTo('first', { type: 'BREAK' }) },
    MOVE_AND_BREAK: { target: '.moved', actions: sendTo('first', { type: 'BREAK' }) },
  },
  states: {
    calm: { after: { 200: 'late' } },
    moved: { after: { 60: 'lost' } },
    late: { after: { 250: { actions: sendTo('first', { type: 'BREAK' }) } } },
    lost: {},
  },
});

const tree = supervisor({
  id: 'app',
  intensity: 100,
  children: [child({ id: 'a', logic: outer, memory: 'snapshot' })],
});

for (const type of ['BREAK', 'MOVE_AND_BREAK']) {
  it(`after ${type} state and timers of all are those of the turn before`, () =>
    supervised(tree, async ({ t }) => {
      const valueAt = (path: string) => t.snapshot(`/app/a${path}`)?.value;
      await t.advance(150);
      t.send('/app/a', { type });
      expect([valueAt(''), t.snapshot('/app/a')?.restarts]).toEqual(['calm', 1]);
      await t.advance(49);
      expect(valueAt('')).toBe('calm');
      await t.advance(1);
      expect(valueAt('')).toBe('late');
      const changes = async () =>
        (await t.journal()).at(-1)!.turn.changed?.map(({ path, to }) => `${path} ${to}`);
      await t.advance(99);
      expect(await changes()).toEqual(['/app/a late']);
      await t.advance(1);
      expect(await changes()).toEqual(['/app/a/second old']);
      const count = (await t.journal()).length;
      await t.advance(50);
      const rows = (await t.journal()).slice(count).map(({ input }) => input.path);
      expect(rows).toEqual(['/app/a/first/innermost', '/app/a/second/innermost']);
    }));
}

it('a timer that has fired is not set again', () =>
  supervised(tree, async ({ t }) => {
    await t.advance(450);
    expect(t.snapshot('/app/a')).toMatchObject({ value: 'late', restarts: 1 });
    await t.advance(1_000);
    expect(t.snapshot('/app/a')).toMatchObject({ value: 'late', restarts: 1 });
  }));
