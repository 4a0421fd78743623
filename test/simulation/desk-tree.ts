/** Desks that place orders with a broker over HTTP, each order under the key of its effect. */
import { assign, fromPromise, setup } from 'xstate';
import { child, type SupervisorSpec, supervisor } from '../../actors/child.ts';
import { effectKey } from '../../actors/effect-key.ts';
import type { Interruption } from '../../config/supervision.ts';

/** What a desk has come to, by the number of the order. */
export interface DeskContext {
  /** Number of the order that was decided last; from 1. */
  readonly decided: number;
  readonly done: readonly number[];
  /** Orders that failed, with the code of their error. */
  readonly failed: readonly (readonly [order: number, code: string])[];
}

/** What reaches the broker. */
export interface Placement {
  readonly key: string;
  readonly desk: string;
  readonly order: number;
}

export const deskPath = (desk: string): string => `/app/${desk}`;

const DESK_COUNT = 4;
export const desks: readonly string[] = Array.from({ length: DESK_COUNT }, (_, n) => `desk-${n}`);

type Place = (placement: Placement) => Promise<void>;

const deskMachine = (desk: string, place: Place) =>
  setup({
    types: { context: {} as DeskContext, events: {} as { type: 'DECIDE' } },
    actors: {
      place: fromPromise<void, { order: number }>(({ input: { order }, self }) =>
        place({ key: effectKey(self), desk, order }),
      ),
    },
    actions: {
      decide: assign({ decided: ({ context }) => context.decided + 1 }),
      note: assign({ done: ({ context }) => [...context.done, context.decided] }),
      noteFailure: assign({
        failed: ({ context }, { code }: { code: string }) => [
          ...context.failed,
          [context.decided, code] as const,
        ],
      }),
    },
  }).createMachine({
    id: 'desk',
    context: { decided: 0, done: [], failed: [] },
    initial: 'free',
    states: {
      free: { on: { DECIDE: { target: 'placing', actions: 'decide' } } },
      placing: {
        tags: 'busy',
        invoke: {
          src: 'place',
          input: ({ context }) => ({ order: context.decided }),
          onDone: { target: 'free', actions: 'note' },
          onError: {
            target: 'free',
            actions: {
              type: 'noteFailure',
              params: ({ event }) => ({ code: String((event.error as { code?: string }).code) }),
            },
          },
        },
      },
    },
  });

export const deskTree = (policy: Interruption, place: Place): SupervisorSpec =>
  supervisor({
    id: 'app',
    children: desks.map((desk) =>
      child({ id: desk, logic: deskMachine(desk, place), effects: { '*': policy } }),
    ),
  });
