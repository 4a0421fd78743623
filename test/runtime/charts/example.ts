/** A machine with one of everything that a chart can show. */
import { and, assign, not, raise, setup, stateIn } from 'xstate';

export interface Variation {
  readonly delayMs?: number;
  readonly minimum?: number;
  readonly description?: string;
  readonly isSwapped?: boolean;
}

const exampleSetup = setup({
  types: { context: {} as { count: number } },
  actions: { note: () => {}, tell: (_, _params: { minimum: number }) => {} },
  guards: { isFull: () => true, isOver: (_, params: { minimum: number }) => params.minimum > 0 },
  delays: { patience: () => 5 },
});

/** The same chart but for what is varied. */
export function exampleMachine(variation: Variation = {}) {
  const { delayMs = 500, minimum = 3, description, isSwapped = false } = variation;
  const choices = [
    { guard: 'isFull' as const, target: 'done' as const },
    { guard: { type: 'isOver' as const, params: { minimum } }, target: 'work' as const },
  ];
  return exampleSetup.createMachine({
    id: 'example',
    ...(description !== undefined && { description }),
    context: { count: 0 },
    initial: 'idle',
    on: { STOP: '.done', NOTE: { actions: 'note' } },
    states: {
      idle: {
        tags: ['admits', 'calm'],
        entry: 'note',
        exit: { type: 'tell', params: { minimum } },
        after: { patience: 'work', [delayMs]: { guard: 'isFull', target: 'done' } },
        on: {
          GO: isSwapped ? choices.toReversed() : choices,
          COUNT: { actions: assign({ count: ({ context }) => context.count + 1 }) },
          AGAIN: { target: 'idle', reenter: true, actions: raise({ type: 'GO' }) },
          '*': { guard: and(['isFull', not(stateIn('idle'))]), target: 'work' },
        },
      },
      work: {
        type: 'parallel',
        onDone: 'done',
        states: {
          left: {
            initial: 'a',
            states: { a: { always: { guard: 'isFull', target: 'b' } }, b: { type: 'final' } },
          },
          right: {
            initial: 'a',
            states: { a: {}, back: { type: 'history', history: 'deep', target: 'a' } },
          },
        },
      },
      done: { type: 'final' },
    },
  });
}
