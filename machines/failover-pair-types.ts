/** What a failover pair's chart is given, remembers, asks for, hears and says. */
import type { FailoverSettings } from '../config/failover-pair.ts';
import type { Beats, Copy, Side, Verdict } from './policies/failover-verdict.ts';

export interface FailoverPairInput {
  readonly name: string;
  readonly settings: FailoverSettings;
  /** The sides that run on this host: it can activate them, and watches the others. */
  readonly local: readonly Side[];
  /** Unsigned 32-bit integer, for the jitter of waits. */
  readonly seed: number;
  /** Logical ms. */
  readonly at: number;
  /** Path of this actor, for alerts; and paths of those who are told of them. */
  readonly path?: string;
  readonly alerts?: readonly string[];
}

/** Why the role moves. */
export type FailoverCause =
  | 'start'
  /** The active side is dead. */
  | 'failure'
  /** The other host gave the role up. */
  | 'handedOver'
  | 'order'
  | 'failBack'
  /** This host lost the role, by a pause, a restart, or a newer epoch. */
  | 'deposed'
  /** The move before failed. */
  | 'retry';

/** The move that is under way. */
export interface FailoverMove {
  /** Who was active before; null at the start. */
  readonly from: Side | null;
  readonly to: Side;
  readonly cause: FailoverCause;
  /** The side before can still hand over what it knows. */
  readonly isPlanned: boolean;
  readonly beganAtMs: number;
  /** Why, in words. */
  readonly why: string;
}

/** Who has the role, as the lease store said last. */
export interface FailoverRole {
  /** Null: nobody. */
  readonly side: Side | null;
  readonly epoch: number;
  readonly isReleased: boolean;
}

export interface FailoverSuspension {
  /** Null: the pair suspended itself. */
  readonly by: string | null;
  readonly why: string;
  /** Logical ms; null: until an order. */
  readonly untilMs: number | null;
}

export interface FailoverPairContext {
  readonly name: string;
  readonly settings: FailoverSettings;
  readonly local: readonly Side[];
  readonly seed: number;
  readonly path: string;
  readonly alerts: readonly string[];
  /** The newest epoch known; never decreases. */
  readonly epoch: number;
  /** Who acts under it; null while nobody is known to. */
  readonly active: Side | null;
  readonly role: FailoverRole;
  readonly beats: Readonly<Record<Side, Beats>>;
  /** Null: there is nothing to copy, or another host knows of it. */
  readonly copy: Copy | null;
  readonly move: FailoverMove | null;
  /** Moves so far, and those that failed since the last one that did not. */
  readonly moveCount: number;
  readonly failureCount: number;
  readonly nextTryAtMs: number;
  /** Switches without an order that still count, logical ms, oldest first. */
  readonly switchesAtMs: readonly number[];
  /** Why it does not switch although it should; null when it need not. */
  readonly refusal: Verdict | null;
  readonly suspension: FailoverSuspension | null;
  /** When the timer of this state is due, logical ms. */
  readonly dueAtMs: number;
  /** Time of the newest event, and of the last arrival, logical ms. */
  readonly atMs: number;
  readonly changedAtMs: number;
}

type Order = { readonly at: number; readonly by: string; readonly why: string };

/** `lagMs`: see `Copy`; left out when this host has nothing to copy. */
type Seen = { readonly at: number; readonly lagMs?: number | null };
type Look = Seen & { readonly side: Side };

/** `at` is logical time in ms. */
export type FailoverPairEvent =
  | ({ readonly type: 'BEAT_PASSED' } & Look)
  /** `missedCount`: in a row, this one included. */
  | ({ readonly type: 'BEAT_MISSED'; readonly missedCount: number; readonly why: string } & Look)
  /** Somebody else has the role, or nobody. Told when it changes. */
  | ({ readonly type: 'ROLE_SEEN' } & Seen & FailoverRole)
  /** This host has the role no more under this epoch. */
  | {
      readonly type: 'LEASE_LOST';
      readonly at: number;
      readonly epoch: number;
      readonly why: string;
    }
  /** The watch of this host begins; what its process held before is lost unless named here. */
  | { readonly type: 'WATCH_BEGAN'; readonly at: number; readonly heldEpoch: number | null }
  | ({ readonly type: 'SWITCH'; readonly to: Side; readonly allowStale?: boolean } & Order)
  | ({ readonly type: 'SUSPEND' } & Order)
  | ({ readonly type: 'RESUME' } & Order)
  | { readonly type: 'SETTINGS_CHANGED'; readonly settings: FailoverSettings };

type Told = { readonly at: number; readonly name: string };

export type FailoverPairEmitted =
  /** It moves, or would: the evidence of the verdict. */
  | ({
      readonly type: 'failover.decided';
      readonly verdict: Verdict | 'failBack';
      readonly active: Side;
      readonly policy: FailoverSettings['policy'];
      readonly missedCount: number;
      readonly missedCountMax: number;
      readonly role: 'held' | 'released' | 'expired';
      /** Null: no copy was made yet. */
      readonly lagMs: number | null;
      readonly lagMaxMs: number;
      readonly switchCount: number;
      readonly switchCountMax: number;
      readonly why: string;
    } & Told)
  | ({
      readonly type: 'failover.ordered';
      readonly order: 'SWITCH' | 'SUSPEND' | 'RESUME';
      /** Of a switch; null of the others. */
      readonly to: Side | null;
      readonly by: string;
      readonly why: string;
      /** Why the order is not followed; null when it is. */
      readonly refusal: string | null;
    } & Told)
  /** `from` null: nobody was active. `tookMs`: from the decision on. */
  | ({
      readonly type: 'failover.switched';
      readonly from: Side | null;
      readonly to: Side;
      readonly epoch: number;
      readonly cause: FailoverCause;
      readonly tookMs: number;
    } & Told)
  | ({
      readonly type: 'failover.failed';
      readonly to: Side;
      readonly cause: FailoverCause;
      readonly why: string;
      readonly failureCount: number;
      readonly nextTryAtMs: number;
    } & Told)
  | ({
      readonly type: 'failover.deposed';
      readonly side: Side;
      readonly epoch: number;
      readonly why: string;
    } & Told)
  | ({
      readonly type: 'failover.suspended' | 'failover.resumed';
      readonly active: Side | null;
      readonly by: string | null;
      readonly why: string;
      readonly untilMs: number | null;
    } & Told);

// What its ports are asked, and what they answer. None rejects for what can be expected.

export interface WatchInput {
  readonly name: string;
  readonly local: readonly Side[];
}

type Failed = { readonly kind: 'failed'; readonly at: number; readonly why: string };

export interface AcquireInput {
  readonly name: string;
  readonly side: Side;
  /** The epoch granted is higher. */
  readonly afterEpoch: number;
}

/** `held`: the other side has the role and keeps renewing it. */
export type AcquireOutcome =
  | { readonly kind: 'granted'; readonly at: number; readonly epoch: number }
  | { readonly kind: 'held'; readonly at: number; readonly side: Side; readonly epoch: number }
  | Failed;

export interface ActivateInput {
  readonly name: string;
  readonly side: Side;
  readonly epoch: number;
  /** Copies the state of the other side once more first, and fails when it cannot. */
  readonly copiesFirst: boolean;
}

export interface StandDownInput {
  readonly name: string;
  readonly side: Side;
  readonly epoch: number;
}

export type StepOutcome = { readonly kind: 'done'; readonly at: number } | Failed;
