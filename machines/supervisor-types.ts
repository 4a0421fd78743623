/** What a supervisor is told, remembers, orders and says. */
import type { AutoShutdown, Restart, RestartBackoff, Strategy } from '../config/supervision.ts';

export type SupervisorInput = {
  readonly strategy: Strategy;
  /** Restarts allowed within `periodMs`. Count. */
  readonly intensity: number;
  readonly periodMs: number;
  readonly autoShutdown: AutoShutdown;
};

/** Children that go down and come up together, in the order of their starts. */
export type Group = readonly string[];

/** A group that waits for its next try. */
export type Waiting = {
  /** The child that went down. */
  readonly id: string;
  readonly group: Group;
  /** Logical time of the try, ms. */
  readonly at: number;
  /** The try is one more restart: the wait followed a failed start. */
  readonly counts: boolean;
  readonly why: string;
};

/** What the runtime is to do, in the turn in which it is ordered. */
export type SupervisorOrder =
  /** Stop those that run, from last to first; `CHILDREN_STOPPED` when none is left. */
  | { readonly order: 'stop'; readonly ids: Group }
  /** Stop all children, from last to first. */
  | { readonly order: 'stopAll' }
  /** Start those that are down, in this order; `CHILDREN_STARTED` or `START_FAILED`. */
  | { readonly order: 'start'; readonly ids: Group }
  /** Keep the specification of a child that has ended. */
  | { readonly order: 'idle'; readonly id: string }
  /** Forget a child that has ended. */
  | { readonly order: 'remove'; readonly id: string }
  /** It had its time: end it now. */
  | { readonly order: 'kill'; readonly id: string };

/** How the supervisor itself ends. */
export type SupervisorEnding = 'stopped' | 'gaveUp' | 'shutDown' | 'failedToStart';

export type SupervisorContext = SupervisorInput & {
  /** Logical times of the restarts within the period, ms. */
  readonly restartsAt: readonly number[];
  /** What the last event asks the runtime to do; a new list with each event. */
  readonly orders: readonly SupervisorOrder[];
  /** Children of the job that is being done. */
  readonly group: Group;
  /** Time to wait between the stops and the starts of the job, ms. */
  readonly waitMs: number;
  /** The child that the job is about. */
  readonly childId: string;
  /** Groups that wait for their next try. */
  readonly waiting: readonly Waiting[];
  /** Groups whose wait was over while another job was being done. */
  readonly due: readonly Waiting[];
  readonly ending: SupervisorEnding | null;
  /** Why it ends, in words. */
  readonly why: string;
};

/** A child that has to be restarted, or could not be. */
export type Trouble = {
  readonly id: string;
  readonly why: string;
  readonly at: number;
  readonly group: Group;
  readonly backoff: RestartBackoff;
  /** Restarts of the child since it last ran for long. Count. */
  readonly attempt: number;
  /** Seed of the jitter of its waits: siblings that go down together come back apart. */
  readonly seed: number;
};

export type SupervisorEvent =
  /** All children, in the order of their starts. */
  | { type: 'BEGIN'; ids: Group }
  | { type: 'CHILDREN_STARTED'; at: number }
  | { type: 'CHILDREN_STOPPED'; at: number }
  /** `left`: children of the job that do not need the failed one and are still to be started. */
  | ({ type: 'START_FAILED'; left: Group } & Trouble)
  | ({
      type: 'CHILD_DOWN';
      restart: Restart;
      /** A crash; a child that ended by itself went down normally. */
      failed: boolean;
      significant: boolean;
      /** No other significant child is left. */
      isLastSignificant: boolean;
    } & Trouble)
  /** A child uses its time to shut down; Infinity is no limit. */
  | { type: 'CHILD_STOPPING'; id: string; shutdownMs: number }
  | { type: 'KILL_DUE'; id: string }
  | { type: 'RETRY'; id: string }
  /** Orders of an operator. */
  | { type: 'STOP_CHILD'; id: string; group: Group }
  | { type: 'RESTART_CHILD'; id: string; group: Group }
  | { type: 'SHUTDOWN' };

export type SupervisorEmitted =
  | { type: 'supervisor.restarted'; child: string; why: string; at: number; group: Group }
  | { type: 'supervisor.waiting'; child: string; why: string; at: number; waitMs: number }
  | { type: 'supervisor.startFailed'; child: string; why: string; at: number }
  | { type: 'supervisor.removed'; child: string; at: number }
  | { type: 'supervisor.killed'; child: string }
  | {
      type: 'supervisor.ending';
      ending: SupervisorEnding;
      child: string;
      why: string;
      intensity: number;
      periodMs: number;
    };
