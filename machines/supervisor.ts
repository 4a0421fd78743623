/**
 * Supervisor: decides what happens when a child goes down.
 *
 * States: `starting` -> `running` -> `gaveUp` (too many restarts) or `stopped`.
 * It only decides: `orders` holds what the runtime carries out in the same turn.
 * Pure: reads no clock, draws no randomness, does no I/O.
 *
 * @see https://www.erlang.org/doc/apps/stdlib/supervisor.html
 */
import { assign, emit, setup } from 'xstate';
import { addRestart, exceedsIntensity } from './policies/restart-intensity.ts';

// Types

export type ChildRestart = 'permanent' | 'transient' | 'temporary';

export type SupervisorInput = {
  /** Restarts allowed within `periodMs`. Count. */
  readonly intensity: number;
  readonly periodMs: number;
};

export type SupervisorOrder =
  | { readonly order: 'restart'; readonly id: string }
  | { readonly order: 'remove'; readonly id: string };

export type SupervisorContext = SupervisorInput & {
  /** Logical times of the restarts within the period, ms. */
  readonly restartsAt: readonly number[];
  /** What the last event asks the runtime to do. */
  readonly orders: readonly SupervisorOrder[];
};

export type SupervisorEvent =
  | { type: 'CHILDREN_STARTED' }
  | {
      type: 'CHILD_DOWN';
      id: string;
      restart: ChildRestart;
      /** A crash; a child that ended by itself went down normally. */
      failed: boolean;
      why: string;
      at: number;
    }
  | { type: 'STOP' };

export type SupervisorEmitted =
  | { type: 'supervisor.restarted'; child: string; why: string; at: number }
  | { type: 'supervisor.removed'; child: string; at: number }
  | { type: 'supervisor.gaveUp'; child: string; why: string; intensity: number; periodMs: number };

type Down = Extract<SupervisorEvent, { type: 'CHILD_DOWN' }>;
type ChildDown = { context: SupervisorContext; event: SupervisorEvent };

// Implementations

const down = ({ event }: ChildDown) => event as Down;

const supervisorSetup = setup({
  types: {
    input: {} as SupervisorInput,
    context: {} as SupervisorContext,
    events: {} as SupervisorEvent,
    emitted: {} as SupervisorEmitted,
    tags: {} as 'up' | 'ended',
  },
  guards: {
    staysDown: (args) =>
      down(args).restart === 'temporary' ||
      (down(args).restart === 'transient' && !down(args).failed),
    isOneTooMany: (args) => exceedsIntensity(args.context.restartsAt, down(args).at, args.context),
  },
  actions: {
    recordRestart: assign({
      restartsAt: (args) =>
        addRestart(args.context.restartsAt, down(args).at, args.context.periodMs),
    }),
    orderRestart: assign({ orders: (args) => [{ order: 'restart', id: down(args).id }] }),
    orderRemoval: assign({ orders: (args) => [{ order: 'remove', id: down(args).id }] }),
    orderNothing: assign({ orders: [] }),
    announceRestart: emit((args) => ({
      type: 'supervisor.restarted',
      child: down(args).id,
      why: down(args).why,
      at: down(args).at,
    })),
    announceRemoval: emit((args) => ({
      type: 'supervisor.removed',
      child: down(args).id,
      at: down(args).at,
    })),
    announceGivingUp: emit((args) => ({
      type: 'supervisor.gaveUp',
      child: down(args).id,
      why: down(args).why,
      intensity: args.context.intensity,
      periodMs: args.context.periodMs,
    })),
  },
});

// Machine

const onChildDown = [
  { guard: 'staysDown', actions: ['orderRemoval', 'announceRemoval'] },
  { guard: 'isOneTooMany', target: 'gaveUp', actions: ['orderNothing', 'announceGivingUp'] },
  { actions: ['recordRestart', 'orderRestart', 'announceRestart'] },
] as const;

export const supervisorMachine = supervisorSetup.createMachine({
  id: 'supervisor',
  description: 'Decides what happens when a child goes down.',
  context: ({ input }) => ({ ...input, restartsAt: [], orders: [] }),
  initial: 'starting',
  states: {
    // A child may crash while its siblings are still being started.
    starting: {
      tags: 'up',
      on: {
        CHILDREN_STARTED: { target: 'running' },
        CHILD_DOWN: [...onChildDown],
        STOP: 'stopped',
      },
    },
    running: { tags: 'up', on: { CHILD_DOWN: [...onChildDown], STOP: 'stopped' } },
    gaveUp: { tags: 'ended', type: 'final' },
    stopped: { tags: 'ended', type: 'final' },
  },
});
