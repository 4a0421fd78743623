/** What the degradation controller's chart is given, remembers, hears and says. */
import type { DegradationSettings } from '../config/degradation.ts';
import type { Climb, DegradationLevel } from './policies/degradation-level.ts';

export interface DegradationInput {
  readonly settings: DegradationSettings;
  /** Logical ms. */
  readonly at: number;
  /** Paths of those who are told of each level. */
  readonly listeners?: readonly string[];
  /** Its own path, and those of who is asked for the score: one that starts again has missed it. */
  readonly path?: string;
  readonly ask?: readonly string[];
}

export interface DegradationHold {
  readonly level: DegradationLevel;
  readonly by: string;
  readonly why: string;
  /** Logical ms; null: until `RELEASE`. */
  readonly expiresAtMs: number | null;
}

export interface DegradationContext {
  readonly settings: DegradationSettings;
  readonly listeners: readonly string[];
  readonly path: string;
  readonly ask: readonly string[];
  /** The level that the chart is on; `dueLevel` is where it has to go, in the same step. */
  readonly level: DegradationLevel;
  readonly dueLevel: DegradationLevel;
  /** The newest score; null before the first. */
  readonly score: number | null;
  /** Time of the newest event, and of the last change, logical ms. */
  readonly atMs: number;
  readonly changedAtMs: number;
  /** Since when the score has been good enough for a better level. */
  readonly climb: Climb | null;
  readonly hold: DegradationHold | null;
  /** Why the level is as it is, in words. */
  readonly why: string;
}

/** `at` is logical time in ms. */
export type DegradationEvent =
  | { readonly type: 'HEALTH_SCORED'; readonly at: number; readonly score: number }
  /** Holds a level, whatever the score, until `RELEASE` or until it expires. */
  | {
      readonly type: 'HOLD';
      readonly at: number;
      readonly level: DegradationLevel;
      readonly by: string;
      readonly why: string;
      readonly expiresAtMs?: number;
    }
  | { readonly type: 'RELEASE'; readonly at: number; readonly by: string; readonly why: string }
  | { readonly type: 'SETTINGS_CHANGED'; readonly settings: DegradationSettings }
  /** Asks for the level, to be told as `REGION_CHANGED`. */
  | { readonly type: 'REGION_ASKED' }
  /** Sent by the chart to itself. */
  | { readonly type: 'DWELL_ENDED'; readonly at: number }
  | { readonly type: 'HOLD_EXPIRED'; readonly at: number };

/** `worse` and `better` by the score, the others by an operator. */
export type DegradationCause = 'worse' | 'better' | 'held' | 'released' | 'settings';

export interface DegradationEmitted {
  readonly type: 'degradation.changed';
  readonly at: number;
  readonly from: DegradationLevel;
  readonly to: DegradationLevel;
  readonly cause: DegradationCause;
  readonly score: number | null;
  /** Least scores of normal, level 1, level 2 and level 3. */
  readonly thresholds: readonly number[];
  readonly marginScore: number;
  readonly dwellMs: number;
  /** The stretch that made it better. */
  readonly climb: Climb | null;
  readonly hold: DegradationHold | null;
  readonly why: string;
}
