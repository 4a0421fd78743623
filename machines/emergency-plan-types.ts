/** What the emergency plan is told, remembers, asks for and says. */
import type { SafetySettings } from '../config/safety.ts';

export type EmergencyPaths = { readonly safety: string; readonly tradingMode: string };

export type EmergencyStep = 'cancelOrders' | 'reducePosition' | 'flush' | 'stopTree';

export type EmergencyPlanInput = {
  readonly settings: SafetySettings['plan'];
  readonly paths: EmergencyPaths;
  /** 0 at the first start; part of the plan's id. */
  readonly incarnation: number;
};

/** Signed; `isVerified` when the broker itself said it after everything else was done. */
export type RemainingPosition = { readonly quantity: number; readonly isVerified: boolean };

export type Undone = { readonly step: EmergencyStep; readonly why: string };

/** How an emergency ended. */
export type EmergencyOutcome = {
  /** True when the broker confirmed that nothing is left. */
  readonly isFlat: boolean;
  /** What is left, as far as anybody knows; null when nobody knows. */
  readonly remaining: RemainingPosition | null;
  /** What could not be done. */
  readonly undone: readonly Undone[];
  /** As in `stopped, remaining position 0.7`. */
  readonly text: string;
};

export type EmergencyPlanContext = {
  readonly settings: SafetySettings['plan'];
  readonly paths: EmergencyPaths;
  readonly incarnation: number;
  /** Plans so far. */
  readonly planCount: number;
  /** Latest time known, logical ms. */
  readonly at: number;
  readonly startedAtMs: number;
  readonly by: string;
  readonly why: string;
  readonly step: EmergencyStep;
  /** Tries of the step so far, its fallback not counted. */
  readonly tryCount: number;
  /** Why the last try of the step failed. */
  readonly failure: string;
  readonly remaining: RemainingPosition | null;
  readonly undone: readonly Undone[];
};

export type EmergencyPlanEvent =
  | { readonly type: 'START'; readonly at: number; readonly by: string; readonly why: string }
  /** Lets the trading tree start again; heard only when no plan runs. */
  | { readonly type: 'RELEASE'; readonly at: number; readonly by: string; readonly why: string }
  /** Asks for what is going on, to be told as `PLAN_STARTED` and `PLAN_ENDED`. */
  | { readonly type: 'PLAN_ASKED' }
  /** Asks for what it restricts, to be told as `REDUCE_ONLY` or `HALT`. */
  | { readonly type: 'RESTRICTION_ASKED' }
  | { readonly type: 'SETTINGS_CHANGED'; readonly settings: SafetySettings['plan'] };

/**
 * `verified`: asks the broker what there is. `blind`: does, under the same ids, what the host knows
 * of, because the broker does not say.
 */
export type StepInput = {
  /** The same for every step and try of one emergency, and for no other one. */
  readonly planId: string;
  readonly step: EmergencyStep;
  /** From 1. */
  readonly tryNumber: number;
  readonly how: 'verified' | 'blind';
  /** Real and logical time that the try may take, ms. */
  readonly timeoutMs: number;
};

/** Ports do not reject for what can be expected: they say what was not done. */
export type StepOutcome = {
  readonly at: number;
  readonly isDone: boolean;
  /** What was not done and why; null when all was done. */
  readonly why: string | null;
  /** What is left, of a step that knows; left out by the others. */
  readonly remaining?: RemainingPosition;
};

export type EmergencyPlanEmitted = { readonly at: number } & (
  | { readonly type: 'emergency.started'; readonly by: string; readonly why: string }
  | {
      readonly type: 'emergency.stepEnded';
      readonly step: EmergencyStep;
      readonly isDone: boolean;
      readonly tryCount: number;
      readonly why: string | null;
    }
  | ({ readonly type: 'emergency.stopped'; readonly durationMs: number } & EmergencyOutcome)
  | { readonly type: 'emergency.released'; readonly by: string; readonly why: string }
  | { readonly type: 'emergency.startFailed'; readonly why: string }
);
