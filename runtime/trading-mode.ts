/** The trading mode as hosts and operators see it. */

import { checkOrder, type OperatorOrder } from '../actors/operator-order.ts';
import { safeguardPaths } from '../actors/safeguards.ts';
import type { TradingReasons } from '../machines/policies/trading-reasons.ts';
import type { TradingMode as Mode, TradingModeContext } from '../machines/trading-mode.ts';
import type { SafeguardHost } from './safeguards.ts';
import { nearest } from './settings/nearest.ts';

export class TradingMode {
  readonly #host: SafeguardHost;

  /** Use `runtime.tradingMode`. */
  constructor(host: SafeguardHost) {
    this.#host = host;
  }

  /** `reconciling` before it has run: nothing is known of position and orders. */
  get mode(): Mode {
    return this.#context?.mode ?? 'reconciling';
  }

  /** Who restricts it and why, by source. */
  get reasons(): TradingReasons {
    return this.#context?.reasons ?? {};
  }

  /**
   * Stops opening orders until `resume` names `by` as its scope. Exits stay possible.
   *
   * @throws {TypeError} when it is not said who orders it and why.
   */
  halt(order: OperatorOrder): void {
    this.#order('HALT', order);
  }

  /**
   * As `halt`, as a milder mode for positions that are being reduced.
   *
   * @throws {TypeError} when it is not said who orders it and why.
   */
  reduceOnly(order: OperatorOrder): void {
    this.#order('REDUCE_ONLY', order);
  }

  /**
   * Releases the reason of one source; those of others stay.
   *
   * @param order.scope the source, as in `reasons`.
   * @throws {TypeError} when it is not said who orders it and why.
   * @throws {RangeError} when no such source restricts anything.
   */
  resume(order: OperatorOrder & { readonly scope: string }): void {
    const { scope } = order;
    const sources = Object.keys(this.reasons);
    if (!sources.includes(scope)) {
      const meant = nearest(String(scope), sources);
      const hint = meant === undefined ? '' : ` Did you mean '${meant}'?`;
      throw new RangeError(
        `Nothing is restricted by ${JSON.stringify(scope)}, but by: ` +
          `${sources.join(', ') || 'nobody'}.${hint}`,
      );
    }
    this.#order('RESUME', order, { scope });
  }

  /**
   * Says that position and working orders are those of the broker.
   *
   * @throws {TypeError} when it is not said who says so and why.
   */
  reconciled(order: OperatorOrder): void {
    this.#order('RECONCILED', order);
  }

  /**
   * Asks for a reconciliation before anything opens again.
   *
   * @throws {TypeError} when it is not said who orders it and why.
   */
  reconcile(order: OperatorOrder): void {
    this.#order('RECONCILE', order);
  }

  #order(type: string, order: OperatorOrder, more: { readonly scope?: string } = {}): void {
    checkOrder(order);
    const { by, why } = order;
    const at = this.#host.now();
    this.#host.order(safeguardPaths.tradingMode, { type, at, by, why, ...more });
  }

  get #context(): TradingModeContext | undefined {
    return this.#host.contextAt(safeguardPaths.tradingMode);
  }
}
