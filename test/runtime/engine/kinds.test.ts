import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type AnyActorLogic,
  createMachine,
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
  fromTransition,
  setup,
} from 'xstate';
import { kindOf } from '../../../runtime/engine/kinds.ts';

const snapshot = { status: 'active', output: undefined, error: undefined };
const custom = {
  start: () => {},
  transition: (state: unknown) => state,
  getInitialSnapshot: () => snapshot,
  getPersistedSnapshot: (state: unknown) => state,
} as unknown as AnyActorLogic;

describe('kindOf', () => {
  it.each<[string, AnyActorLogic, string]>([
    ['a machine', createMachine({}), 'machine'],
    ['a machine made by setup', setup({}).createMachine({}), 'machine'],
    ['a provided machine', createMachine({}).provide({}), 'machine'],
    ['a promise', fromPromise(async () => 1), 'promise'],
    ['a promise of an ordinary function', fromPromise(() => Promise.resolve(1)), 'promise'],
    ['a callback', fromCallback(() => () => {}), 'callback'],
    ['an observable', fromObservable(() => of(1)), 'observable'],
    ['an event observable', fromEventObservable(() => of({ type: 'A' })), 'eventObservable'],
    ['a transition function', fromTransition((state) => state, {}), 'pure'],
    ['logic of the user with a start', custom, 'custom'],
  ])('tells %s', (_, logic, kind) => {
    expect(kindOf(logic)).toBe(kind);
  });

  it('takes a wrapped logic for what its functions do, not for what it wraps', () => {
    const job = fromPromise(async () => 1);
    const start = (state: never, scope: never) =>
      (job as never as typeof custom).start?.(state, scope);
    expect(kindOf({ ...job, start } as AnyActorLogic)).toBe('custom');
  });
});
