/** What operators order of SECR: pins, approvals, withdrawals, the reset. */
import { checkOrder, checkText, type OperatorOrder } from '../actors/operator-order.ts';
import { secrCatalogue, secrPaths } from '../actors/secr.ts';
import { envelopeOf } from '../machines/policies/setting-envelope.ts';
import type { ActivePatch, SecrContext, SecrEvent } from '../machines/secr.ts';
import type { Lifecycle } from './lifecycle.ts';
import { nearest } from './settings/nearest.ts';

export class SecrOrders {
  /** @internal */
  protected readonly life: Lifecycle;

  constructor(life: Lifecycle) {
    this.life = life;
  }

  /** Patches that have not ended, in the order in which they were proposed. */
  get patches(): readonly ActivePatch[] {
    return Object.values(this.context?.active ?? {});
  }

  /**
   * Keeps a setting as it is: no patch touches it any more. One that is under way there is
   * withdrawn first, which rolls it back.
   *
   * @throws {RangeError} for a setting that no patch could touch anyway.
   * @throws {TypeError} when it is not said who orders it and why.
   */
  pin({ key, by, why }: OperatorOrder & { readonly key: string }): void {
    checkOrder({ by, why });
    checkText('key', key);
    const { settings } = this.life.core;
    const envelopes = { ...secrCatalogue.envelopes, ...settings.secr.envelopes };
    if (!envelopeOf(envelopes, key)) {
      const meant = nearest(key, Object.keys(envelopes));
      const hint = meant === undefined ? '' : ` Did you mean '${meant}'?`;
      throw new RangeError(`No patch may change ${JSON.stringify(key)}.${hint}`);
    }
    this.order({ type: 'PIN', at: this.now(), key, by, why });
  }

  /** Ends a pin; harmless when there is none. @throws what `pin` throws for its order. */
  unpin({ key, by, why }: OperatorOrder & { readonly key: string }): void {
    checkOrder({ by, why });
    this.order({ type: 'UNPIN', at: this.now(), key, by, why });
  }

  /**
   * Lets a patch in quarantine go on.
   *
   * @throws {RangeError} when no patch of this id is under way.
   * @throws {TypeError} when it is not said who orders it and why.
   */
  approve(id: string, order: OperatorOrder): void {
    this.orderPatch('APPROVE', id, order);
  }

  /** Ends a patch in quarantine. @throws what `approve` throws. */
  reject(id: string, order: OperatorOrder): void {
    this.orderPatch('REJECT', id, order);
  }

  /** Ends a patch wherever it is; what it has changed is rolled back. @throws as `approve`. */
  withdraw(id: string, order: OperatorOrder): void {
    this.orderPatch('WITHDRAW', id, order);
  }

  /**
   * Rolls back every patch that is under way, brings every setting that patches have changed back
   * to what it was, and pauses SECR until `resume`. What it has learned stays.
   *
   * @throws {TypeError} when it is not said who orders it and why.
   */
  emergencyReset({ by, why }: OperatorOrder): void {
    checkOrder({ by, why });
    this.order({ type: 'RESET', at: this.now(), by, why });
  }

  /** Answers failures again. @throws {TypeError} when it is not said who orders it and why. */
  resume({ by, why }: OperatorOrder): void {
    checkOrder({ by, why });
    this.order({ type: 'RESUME', at: this.now(), by, why });
  }

  /** Undefined before anything was reported, and while it is down. @internal */
  protected get context(): SecrContext | undefined {
    return this.contextAt(secrPaths.coordinator);
  }

  /** @internal */
  protected contextAt<T>(path: string): T | undefined {
    return this.life.core.engine.paths.at(path)?.getSnapshot().context as T | undefined;
  }

  /** @internal */
  protected now(): number {
    return this.life.clock.now();
  }

  private orderPatch(
    type: 'APPROVE' | 'REJECT' | 'WITHDRAW',
    id: string,
    order: OperatorOrder,
  ): void {
    checkOrder(order);
    if (!this.patches.some((patch) => patch.id === id)) {
      const ids = this.patches.map((patch) => patch.id).join(', ');
      throw new RangeError(`No patch '${id}' is under way, but: ${ids || 'none'}.`);
    }
    const { by, why } = order;
    this.order({ type, at: this.now(), id, by, why });
  }

  private start(): void {
    const { core, submit } = this.life;
    if (core.tree.node(secrPaths.root)) return;
    const event = { op: 'start', id: 'secr', spec: 'secr' } as const;
    submit({ kind: 'child', path: secrPaths.root, event });
  }

  /** @internal */
  protected send(event: SecrEvent): void {
    this.start();
    this.life.submit({ kind: 'event', path: secrPaths.coordinator, event });
  }

  /** On disk before anything follows from it. @internal */
  protected order(event: SecrEvent): void {
    this.start();
    this.life.submit({ kind: 'event', path: secrPaths.coordinator, event, safety: true });
  }
}
