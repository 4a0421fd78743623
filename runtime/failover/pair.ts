/** A failover pair as hosts and operators see it. */
import { NotActiveError, withoutStack } from '../../actors/errors.ts';
import { checkOrder, type OperatorOrder } from '../../actors/operator-order.ts';
import type {
  FailoverPairContext,
  FailoverSuspension,
} from '../../machines/failover-pair-types.ts';
import type { Side } from '../../machines/policies/failover-verdict.ts';
import type { PairEdge } from './pair-edge.ts';
import { sideNames } from './sides.ts';

export type FailoverState = 'primary' | 'backup' | 'switching' | 'failingBack' | 'suspended';

/** What an effect of the active side is called with. */
export interface ActiveScope {
  /** Fencing token: the receiver of the effect refuses older ones. */
  readonly epoch: number;
  readonly side: Side;
  /** Aborted when the role is lost. */
  readonly signal: AbortSignal;
}

export interface PairHost {
  readonly name: string;
  now(): number;
  /** Undefined while the actor is down. */
  snapshot(): { readonly value: unknown; readonly context: FailoverPairContext } | undefined;
  edge(): PairEdge | undefined;
  order(event: { readonly type: string; readonly [field: string]: unknown }): void;
}

export class FailoverPair {
  readonly #host: PairHost;

  /** Use `runtime.failover`. */
  constructor(host: PairHost) {
    this.#host = host;
  }

  get name(): string {
    return this.#host.name;
  }

  /** `switching` while its actor is down: nobody is known to be active. */
  get state(): FailoverState {
    const value = this.#host.snapshot()?.value ?? 'switching';
    const name = typeof value === 'string' ? value : Object.keys(value as object)[0];
    return name as FailoverState;
  }

  /** Who acts, as far as this host knows; null while nobody is known to. */
  get active(): Side | null {
    return this.#context?.active ?? null;
  }

  /** The newest epoch known; 0 before the first. */
  get epoch(): number {
    return this.#context?.epoch ?? 0;
  }

  /** Why nothing moves by itself; null unless suspended. */
  get suspension(): FailoverSuspension | null {
    return this.#context?.suspension ?? null;
  }

  /**
   * What a switch would lose at most: the time that the active side lived on after the newest copy
   * of its state, ms. Null before the first copy; undefined when this host has nothing to copy.
   */
  get lagMs(): number | null | undefined {
    return this.#host.edge()?.copy.lagMs;
  }

  /** Whether a side of this host is active, under a lease that has not run out. */
  get isActive(): boolean {
    const held = this.#host.edge()?.role.held;
    return this.#host.edge()?.isActing === true && held?.side === this.active;
  }

  /**
   * Calls an effect on behalf of the active side.
   *
   * @throws {NotActiveError} when no side of this host is active, or its lease may have ended.
   */
  async execute<T>(effect: (scope: ActiveScope) => T | Promise<T>): Promise<T> {
    const held = this.#host.edge()?.role.held;
    if (!held || !this.isActive) throw withoutStack(() => new NotActiveError(this.name));
    const { epoch, side, calls } = held;
    return await effect({ epoch, side, signal: calls.signal });
  }

  /**
   * Moves the role. The side that is left hands its state over if it is alive; a fact
   * `failover.ordered` says why an order is not followed.
   *
   * @param order.allowStale follow it although the copy of the state is too old.
   * @throws {TypeError} when it is not said who orders it and why.
   * @throws {RangeError} when there is no such side.
   */
  switchTo(order: OperatorOrder & { readonly to: Side; readonly allowStale?: boolean }): void {
    const { to, allowStale = false } = order;
    if (!sideNames.includes(to)) {
      throw new RangeError(`There is no side ${JSON.stringify(to)}, only ${sideNames.join(', ')}.`);
    }
    this.#order('SWITCH', order, { to, allowStale });
  }

  /**
   * Nothing moves by itself until `resume`. Whoever is active stays so. A switch that is under way
   * goes on, and the order is refused: see `switchTo`.
   *
   * @throws {TypeError} when it is not said who orders it and why.
   */
  suspend(order: OperatorOrder): void {
    this.#order('SUSPEND', order);
  }

  /**
   * Ends a suspension, the pair's own too.
   *
   * @throws {TypeError} when it is not said who orders it and why.
   */
  resume(order: OperatorOrder): void {
    this.#order('RESUME', order);
  }

  #order(type: string, order: OperatorOrder, more: object = {}): void {
    checkOrder(order);
    const { by, why } = order;
    this.#host.order({ type, at: this.#host.now(), by, why, ...more });
  }

  get #context(): FailoverPairContext | undefined {
    return this.#host.snapshot()?.context;
  }
}
