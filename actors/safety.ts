/** The safety manager's actor, and the handle by which operators and hosts reach it. */
import type { SafetySettings } from '../config/safety.ts';
import type {
  EmergencyOutcome,
  EmergencyPlanContext,
  EmergencyPlanEvent,
} from '../machines/emergency-plan.ts';
import { emergencyOutcome } from '../machines/emergency-plan.ts';
import { limitedQuantity } from '../machines/policies/order-limit.ts';
import type { SafetyLevel } from '../machines/policies/safety-level.ts';
import { availabilityOf } from '../machines/policies/safety-metrics.ts';
import type { ResetScope } from '../machines/policies/safety-reset.ts';
import { type SafetyContext, type SafetyEvent, safetyMachine } from '../machines/safety.ts';
import type { TradingModeEvent } from '../machines/trading-mode.ts';
import { type ChildScope, type ChildSpec, child } from './child.ts';
import { KintsugiError } from './errors.ts';
import { checkOrder, checkText, type OperatorOrder } from './operator-order.ts';
import type { Clock } from './ports.ts';
import { safeguardPaths } from './safeguard-paths.ts';

const planPath = safeguardPaths.plan;

/** The end of an emergency whose plan is not there, or was cut off: nothing more will be done. */
const noPlan: EmergencyOutcome = {
  ...{ isFlat: false, remaining: null, undone: [] },
  text: 'the emergency plan does not run, position unknown',
};

/** A reset that is not clear, or cannot be done now. */
export class ResetRefusedError extends KintsugiError {
  readonly code = 'RESET_REFUSED';
  readonly retryable = false;
}

/** Describes the safety manager. A crash must not lose its latch. */
export function safetyChild(): ChildSpec {
  return child({
    id: 'safety',
    logic: safetyMachine,
    memory: 'snapshot',
    settings: '/safety',
    input: ({ settings, at }: ChildScope) => ({
      at,
      settings: settings as SafetySettings,
      paths: safeguardPaths,
    }),
  });
}

export interface SafetyMetricsReport {
  /** Time in healthy or degraded, ms. */
  readonly uptimeMs: number;
  /** Share of the time in healthy or degraded, 0 to 1; 1 before the first evidence. */
  readonly availabilityRatio: number;
  /** Times that each component stopped passing. */
  readonly failureCounts: Readonly<Record<string, number>>;
  /** Since when all of it is counted, logical ms; null before the first evidence. */
  readonly sinceMs: number | null;
}

/** What the handle needs of the runtime. */
export interface SafetyHost {
  readonly clock: Pick<Clock, 'now'>;
  /** Starts the actors when they do not run yet; false when the receiver does not run. */
  readonly send: (event: SafetyEvent) => boolean;
  readonly sendToPlan: (event: EmergencyPlanEvent) => boolean;
  readonly sendToTradingMode: (event: TradingModeEvent) => boolean;
  readonly context: () => SafetyContext | undefined;
  readonly plan: () =>
    | { readonly tags: ReadonlySet<string>; context: EmergencyPlanContext }
    | undefined;
  readonly settings: () => SafetySettings;
}

const noRun = (who: string, path: string) => `The ${who} does not run: restart '${path}' first.`;

/** Where trading stands, as memory reads: nothing is asked of any actor. */
export class Safety {
  readonly #host: SafetyHost;
  readonly #waiting = new Set<(outcome: EmergencyOutcome) => void>();
  /** What they wait for has begun: an order that is given within a turn is done after it. */
  #hasBegun = false;

  constructor(host: SafetyHost) {
    this.#host = host;
  }

  /** `healthy` before anything is known. */
  get state(): SafetyLevel {
    return this.isActing || this.#stopped
      ? 'emergency'
      : (this.#host.context()?.level ?? 'healthy');
  }

  /** The emergency plan runs. */
  get isActing(): boolean {
    return this.#host.plan()?.tags.has('acting') ?? false;
  }

  get #stopped(): boolean {
    return this.#host.plan()?.tags.has('stopped') ?? false;
  }

  /** Nothing more could be done: a further order would change nothing. */
  get #isFlat(): boolean {
    return this.#stopped && this.outcome?.isFlat === true;
  }

  /** No order may open a position: an emergency, or a halt that waits for its reset. */
  get isHalted(): boolean {
    return this.state === 'emergency' || this.#host.context()?.halt != null;
  }

  /** How the emergency ended that is latched; undefined while it runs, and without one. */
  get outcome(): EmergencyOutcome | undefined {
    const plan = this.#host.plan();
    if (plan?.tags.has('stopped')) return emergencyOutcome(plan.context);
    const manager = this.#host.context();
    const isLatched = manager?.emergency != null && !plan?.tags.has('acting');
    return isLatched ? (manager.outcome ?? undefined) : undefined;
  }

  metrics(): SafetyMetricsReport {
    const metrics = this.#host.context()?.metrics;
    const none = { sinceMs: null, lastAtMs: 0, unavailableMs: 0, failureCounts: {} };
    const { sinceMs, failureCounts } = metrics ?? none;
    return { ...availabilityOf(metrics ?? none), failureCounts, sinceMs };
  }

  /**
   * Quantity that an order may have now: all of it when it reduces a position; else a share by the
   * state (`safety.orderRatio`), and 0 in an emergency or a halt.
   */
  orderLimit(order: { readonly quantity: number; readonly reduces: boolean }): number {
    const { state: level, isHalted } = this;
    return limitedQuantity(order, { level, isHalted }, this.#host.settings().orderRatio);
  }

  /**
   * Begins an emergency at once: no new risk, orders cancelled, position closed, journal on disk,
   * trading tree stopped. It lasts until `reset`. A second call waits for the same end; one that
   * comes after an end with a position left tries again, and closes nothing twice.
   *
   * @returns how the plan ended; it never rejects, and settles within `planLimitMs` of real time
   *   while the runtime runs.
   * @throws {TypeError} when it is not said who orders it and why.
   */
  emergency({ by, why }: OperatorOrder): Promise<EmergencyOutcome> {
    checkOrder({ by, why });
    const host = this.#host;
    const at = host.clock.now();
    const ended = new Promise<EmergencyOutcome>((resolve) => this.#waiting.add(resolve));
    const isHeard = host.send({ type: 'EMERGENCY', at, by, why });
    // The plan works without its manager; of a second order nothing follows.
    const isDone = this.isActing || this.#isFlat;
    if (isDone || host.sendToPlan({ type: 'START', at, by, why })) {
      this.observe();
      return ended;
    }
    // Without a plan nothing opens at least.
    host.sendToTradingMode({ type: 'REDUCE_ONLY', at, by: 'safety', why });
    this.#hasBegun ||= !isHeard;
    this.observe();
    return ended;
  }

  /**
   * Releases what is latched: `trading` (the emergency or the halt), `metrics` (counts only), or
   * `all`. The trading tree starts again, and reconciles before it opens anything.
   *
   * @throws {TypeError} when it is not said who orders it and why.
   * @throws {ResetRefusedError} when the scope is not clear, the plan still runs, or the safety
   *   manager, or a plan that has to be released, does not run.
   */
  reset(order: { readonly scope: ResetScope } & OperatorOrder): void {
    const { scope, by, why } = order;
    checkOrder({ by, why });
    const host = this.#host;
    const before = host.context();
    const isReleased = scope !== 'metrics' && before?.emergency != null;
    if (isReleased && !host.plan()) throw new ResetRefusedError(noRun('emergency plan', planPath));
    const isHeard = host.send({
      type: 'RESET',
      at: host.clock.now(),
      scope: scope ?? null,
      by,
      why,
    });
    const { safety } = safeguardPaths;
    if (!isHeard) throw new ResetRefusedError(noRun('safety manager', safety));
    const after = host.context();
    if (after && after.refusedCount > (before?.refusedCount ?? 0))
      throw new ResetRefusedError(after.refusal ?? '');
  }

  /**
   * Reports what a source other than health takes for an emergency. One source alone has to say it
   * three times in a row (`safety.confirmCount`).
   *
   * @throws {TypeError} when source or reason is empty.
   */
  report({ source, why }: { readonly source: string; readonly why: string }): void {
    checkText('source', source);
    checkText('why', why);
    this.#host.send({ type: 'EMERGENCY_REPORTED', at: this.#host.clock.now(), source, why });
  }

  /** Takes the reports of a source back. */
  withdraw(source: string): void {
    this.#host.send({ type: 'EMERGENCY_WITHDRAWN', at: this.#host.clock.now(), source });
  }

  /**
   * Halts trading because somebody could not log in, until a reset with scope `trading` or `all`.
   *
   * @throws {TypeError} when it is not said what failed.
   */
  authenticationFailed({ why }: { readonly why: string }): void {
    checkText('why', why);
    const at = this.#host.clock.now();
    if (this.#host.send({ type: 'AUTHENTICATION_FAILED', at, why })) return;
    // Without its manager the halt is released as any other one: by its scope `safety`.
    const halt = { type: 'HALT', at, by: 'safety', why: `authentication failed: ${why}` } as const;
    this.#host.sendToTradingMode(halt);
  }

  /** To be called after each turn: who waits for the end of an emergency is told. */
  observe(): void {
    if (this.#waiting.size === 0) return;
    this.#hasBegun ||= this.state === 'emergency';
    if (!this.#hasBegun || this.isActing) return;
    const outcome = this.outcome ?? noPlan;
    for (const resolve of this.#waiting) resolve(outcome);
    this.#waiting.clear();
    this.#hasBegun = false;
  }
}
