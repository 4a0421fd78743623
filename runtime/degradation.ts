/** The degradation controller as hosts and operators see it. */

import { checkExpiry, checkOrder, type OperatorOrder } from '../actors/operator-order.ts';
import { safeguardPaths } from '../actors/safeguards.ts';
import type { DegradationContext, DegradationHold } from '../machines/degradation.ts';
import {
  type DegradationLevel,
  degradationLevels,
} from '../machines/policies/degradation-level.ts';
import type { SafeguardHost } from './safeguards.ts';

export class Degradation {
  readonly #host: SafeguardHost;

  /** Use `runtime.degradation`. */
  constructor(host: SafeguardHost) {
    this.#host = host;
  }

  /** `normal` before the controller has run. */
  get level(): DegradationLevel {
    return this.#context?.level ?? 'normal';
  }

  /** The newest health score, 0 to 100; null before the first. */
  get score(): number | null {
    return this.#context?.score ?? null;
  }

  /** The hold of an operator; null without one. */
  get hold(): DegradationHold | null {
    return this.#context?.hold ?? null;
  }

  /**
   * Holds a level whatever the score, until `release`, or until `expiresAtMs` (logical ms).
   *
   * @throws {TypeError} when it is not said who orders it and why.
   * @throws {RangeError} when there is no such level, or it would expire in the past.
   */
  holdAt(
    order: OperatorOrder & { readonly level: DegradationLevel; readonly expiresAtMs?: number },
  ): void {
    checkOrder(order);
    const { level, by, why, expiresAtMs } = order;
    if (!degradationLevels.includes(level)) {
      throw new RangeError(`There is no level '${level}', only ${degradationLevels.join(', ')}.`);
    }
    const at = this.#host.now();
    checkExpiry(expiresAtMs, at);
    const expiry = expiresAtMs === undefined ? {} : { expiresAtMs };
    this.#host.order(safeguardPaths.degradation, { type: 'HOLD', at, level, by, why, ...expiry });
  }

  /**
   * Ends a hold: the score decides again, at once when it asks for a worse level.
   *
   * @throws {TypeError} when it is not said who orders it and why.
   */
  release(order: OperatorOrder): void {
    checkOrder(order);
    const { by, why } = order;
    this.#host.order(safeguardPaths.degradation, {
      type: 'RELEASE',
      at: this.#host.now(),
      by,
      why,
    });
  }

  get #context(): DegradationContext | undefined {
    return this.#host.contextAt(safeguardPaths.degradation);
  }
}
