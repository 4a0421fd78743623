/** Every guard that a machine asks is noted, and the machine does what it always did. */
import { describe, expect, it } from 'vitest';
import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  and,
  createActor,
  createMachine,
  enqueueActions,
  not,
  or,
  setup,
  stateIn,
} from 'xstate';
import { type ChartGuard, guardName, placeOf } from '../../../runtime/explain/guard-names.ts';
import { type Evaluation, GuardRecorder } from '../../../runtime/explain/guards.ts';

/** Sends one event to a copy of a machine; what its guards said, by the place of the transition. */
function asked(machine: AnyStateMachine, type = 'GO') {
  const seen: [Evaluation, string | undefined][] = [];
  const recorder = new GuardRecorder((evaluation, transition) =>
    seen.push([
      evaluation,
      transition && `${transition.source.id} ${placeOf(transition.source, transition.eventType)}`,
    ]),
  );
  const actor = createActor(recorder.copyOf(machine));
  actor.subscribe({ error: () => {} });
  actor.start().send({ type });
  recorder.settle();
  return { seen, snapshot: actor.getSnapshot() as AnyMachineSnapshot, recorder };
}

const one = (guard: unknown, guards: object = {}) =>
  setup({ guards } as never).createMachine({
    id: 'm',
    initial: 'a',
    states: { a: { on: { GO: { guard, target: 'b' } as never } }, b: {} },
  });

const isTrue = () => true;
const isFalse = () => false;

describe('a guard', () => {
  it('of any kind is noted with its answer and its place', () => {
    expect(asked(one('yes', { yes: isTrue })).seen).toEqual([
      [{ guard: 'yes', value: true, parts: [] }, 'm.a on.GO'],
    ]);
    const isLong = (_: unknown, { min }: { min: number }) => min > 3;
    const dynamic = { type: 'isLong', params: () => ({ min: 4 }) };
    expect(asked(one(dynamic, { isLong })).seen).toEqual([
      [{ guard: 'isLong', params: { min: 4 }, value: true, parts: [] }, 'm.a on.GO'],
    ]);
    expect(asked(one(() => 0)).seen[0]![0]).toEqual({
      guard: 'guard 1 of on.GO',
      value: false,
      parts: [],
    });
    expect(asked(one(isFalse)).seen[0]![0].guard).toBe('isFalse');
  });

  it('that is composed is noted with the parts it asked', () => {
    const part = (guard: string, value: boolean) => ({ guard, value, parts: [] });
    const { seen } = asked(
      one(and(['yes', or([isFalse, not('no')]), stateIn('a')] as never), {
        yes: isTrue,
        no: isFalse,
      }),
    );
    expect(seen[0]![0]).toEqual({
      guard: 'and(yes, or(isFalse, not(no)), stateIn("a"))',
      value: true,
      parts: [
        part('yes', true),
        {
          guard: 'or(isFalse, not(no))',
          value: true,
          parts: [part('isFalse', false), { ...part('not(no)', true), parts: [part('no', false)] }],
        },
        part('stateIn("a")', true),
      ],
    });
  });

  it('that is composed behind a name is noted under its name', () => {
    const { seen } = asked(one('both', { both: and(['yes', isFalse] as never), yes: isTrue }));
    expect(seen).toEqual([
      [
        {
          guard: 'both',
          value: false,
          parts: [
            { guard: 'yes', value: true, parts: [] },
            { guard: 'isFalse', value: false, parts: [] },
          ],
        },
        'm.a on.GO',
      ],
    ]);
  });

  it('that throws is noted, and its words are those of the machine itself', () => {
    const fails = () => {
      throw new Error('no way');
    };
    for (const guard of ['fails', fails, and(['fails'] as never)]) {
      const machine = one(guard, { fails });
      const original = createActor(machine);
      original.subscribe({ error: () => {} });
      original.start().send({ type: 'GO' } as never);
      const { seen, snapshot } = asked(machine);
      expect(seen[0]![0]).toMatchObject({ value: undefined, threw: 'no way' });
      expect(String(snapshot.error)).toBe(String(original.getSnapshot().error));
    }
  });

  it('whose parameters throw is noted, and one that does not exist crashes as ever', () => {
    const params = () => {
      throw new Error('no limit');
    };
    const { seen } = asked(one({ type: 'yes', params }, { yes: isTrue }));
    expect(seen).toEqual([
      [{ guard: 'yes', value: undefined, threw: 'no limit', parts: [] }, 'm.a on.GO'],
    ]);
    const { seen: none, snapshot } = asked(one('missing'));
    expect(none).toEqual([]);
    expect(String(snapshot.error)).toContain("Guard 'missing' is not implemented");
  });

  it('that an action asks belongs to no transition', () => {
    const machine = setup({ guards: { yes: isTrue } }).createMachine({
      id: 'm',
      on: { GO: { actions: enqueueActions(({ check }) => void check('yes')) } },
    });
    expect(asked(machine).seen).toEqual([[{ guard: 'yes', value: true, parts: [] }, undefined]]);
  });

  it('leaves the machine as it is, and the copy is made once', () => {
    const machine = one('yes', { yes: isTrue });
    const before = machine.root.states['a']!.transitions.get('GO')![0]!.guard;
    const { recorder } = asked(machine);
    expect(machine.root.states['a']!.transitions.get('GO')![0]!.guard).toBe(before);
    expect(recorder.copyOf(machine)).toBe(recorder.copyOf(machine));
  });
});

describe('the place of a transition', () => {
  it('is named as charts write it', () => {
    const machine = createMachine({
      id: 'm',
      initial: 'a',
      states: {
        a: {
          after: { 50: 'b' },
          always: { guard: isFalse, target: 'b' },
          on: { '*': 'b' },
          invoke: { id: 'job', src: 'x', onDone: 'b', onError: 'b', onSnapshot: {} },
          initial: 'in',
          onDone: 'b',
          states: { in: {} },
        },
        b: {},
      },
    });
    const node = machine.root.states['a']!;
    const places = [...node.transitions.keys(), ''].map((type) => placeOf(node, type));
    expect(places.sort()).toEqual([
      ...['after.50', 'always', 'on.*', 'onDone', 'onDone of job', 'onError of job'],
      'onSnapshot of job',
    ]);
    expect(guardName(() => true, 'guard 2 of always')).toBe('guard 2 of always');
    expect(guardName({ type: 'named' } as ChartGuard, '')).toBe('named');
  });
});
