/**
 * What the paper host can do in an emergency: orders and position, through calls of its own that
 * wait for no breaker and for no logical time.
 *
 * A position is closed under an id made of the plan and the quantity: the same position twice is
 * the same order, and the broker executes one id once.
 */
import { BrokerError } from '../../actors/errors.ts';
import type {
  Broker,
  BrokerAccount,
  CallOptions,
  EmergencyPort,
  EmergencyRequest,
  EmergencyStepReport,
  OrderRequest,
} from '../../actors/ports.ts';
import { errorText } from '../error-text.ts';

export interface PaperEmergencyHost {
  /** Calls that end when the real reply is in; undefined before there is a broker. */
  readonly broker: () => Broker | undefined;
  /** Orders that the host knows to be out. */
  readonly workingOrderIds: () => readonly string[];
  /** Signed position by the host's own book. */
  readonly positionQuantity: () => number;
  readonly market: () => { readonly symbol: string; readonly price: number; readonly at: number };
  /** Takes note of the position that the broker told. */
  readonly notePosition: (positionQuantity: number) => void;
}

/** Orders in a row that one try may send: each may be filled in part. */
const roundCountMax = 5;

export function paperEmergency(
  host: PaperEmergencyHost,
): Pick<EmergencyPort, 'cancelOrders' | 'reducePosition'> {
  const plans = new Plans(host);
  return {
    cancelOrders: (request) => plans.cancelOrders(request),
    reducePosition: (request) => plans.reducePosition(request),
  };
}

class Plans {
  private readonly host: PaperEmergencyHost;
  private planId = '';
  /** What the broker has told during this plan. */
  private told: BrokerAccount | undefined;

  constructor(host: PaperEmergencyHost) {
    this.host = host;
  }

  /** A call that was cut off says nothing of the broker. */
  private whyNot(error: unknown, { signal, timeoutMs }: EmergencyRequest): string {
    if (!signal.aborted) return errorText(error);
    return `the broker did not answer within ${timeoutMs} ms`;
  }

  async cancelOrders(request: EmergencyRequest): Promise<EmergencyStepReport> {
    const calls = this.calls(request);
    if (request.how === 'blind') return this.cancel(calls, this.knownOrderIds(), request);
    try {
      const { workingOrders } = await this.ask(calls);
      const ids = workingOrders.map(({ clientOrderId }) => clientOrderId);
      const cancelled = await this.cancel(calls, ids, request);
      if (ids.length === 0 || !cancelled.isDone) return cancelled;
      const left = (await this.ask(calls)).workingOrders.map((order) => order.clientOrderId);
      return left.length === 0
        ? { isDone: true, ...this.unverified() }
        : { isDone: false, why: `still working: ${left.join(', ')}`, ...this.unverified() };
    } catch (error) {
      return { isDone: false, why: this.whyNot(error, request), ...this.unverified() };
    }
  }

  /** All at the same time: one that hangs must not hold up the others. */
  private async cancel(
    calls: Calls,
    ids: readonly string[],
    request: EmergencyRequest,
  ): Promise<EmergencyStepReport> {
    const failures = await Promise.all(
      ids.map(async (id) => {
        try {
          const { status } = await calls.broker.cancelOrder(id, calls.next(`cancel.${id}`));
          return status === 'partiallyFilled' ? [`${id}: still working`] : [];
        } catch (error) {
          return [`${id}: ${this.whyNot(error, request)}`];
        }
      }),
    );
    const why = failures.flat().join('; ');
    return { isDone: why === '', why: why || null, ...this.unverified() };
  }

  async reducePosition(request: EmergencyRequest): Promise<EmergencyStepReport> {
    const calls = this.calls(request);
    try {
      if (request.how === 'blind') return await this.reduceBlind(calls, request);
      for (let round = 1; ; round++) {
        const { positionQuantity, workingOrders } = await this.ask(calls);
        const remaining = { quantity: positionQuantity, isVerified: true };
        if (positionQuantity === 0 && workingOrders.length === 0)
          return { isDone: true, remaining };
        if (round > roundCountMax) {
          return { isDone: false, why: `not flat after ${roundCountMax} orders`, remaining };
        }
        // The rest of an order that was filled in part must not come on top of the next one.
        for (const { clientOrderId: id } of workingOrders) {
          await calls.broker.cancelOrder(id, calls.next(`rest.${id}`));
        }
        if (positionQuantity !== 0) await this.close(calls, request, positionQuantity);
      }
    } catch (error) {
      return { isDone: false, why: this.whyNot(error, request), ...this.unverified() };
    }
  }

  /** The broker does not say what there is, but may still take an order. */
  private async reduceBlind(calls: Calls, request: EmergencyRequest): Promise<EmergencyStepReport> {
    const known = this.known();
    if (known === 0)
      return { isDone: false, why: 'the broker does not tell', ...this.unverified() };
    const { filledQuantity } = await this.close(calls, request, known);
    const quantity = Math.sign(known) * Math.max(0, Math.abs(known) - filledQuantity);
    this.told = { positionQuantity: quantity, workingOrders: [] };
    return {
      isDone: quantity === 0,
      why: quantity === 0 ? null : 'filled in part',
      ...this.unverified(),
    };
  }

  private close(calls: Calls, { planId }: EmergencyRequest, position: number) {
    const { symbol, price, at } = this.host.market();
    const order: OrderRequest = {
      clientOrderId: `${planId}:${position}`,
      symbol,
      side: position > 0 ? 'sell' : 'buy',
      quantity: Math.abs(position),
      referencePrice: price,
      at,
    };
    return calls.broker.submitOrder(order, calls.next(`close.${position}`));
  }

  /** Asks for the account; a session that is over is begun again, once. */
  private async ask(calls: Calls): Promise<BrokerAccount> {
    try {
      this.told = await calls.broker.account(calls.next('account'));
    } catch (error) {
      if (!(error instanceof BrokerError) || error.kind !== 'unauthorized') throw error;
      await calls.broker.login(calls.next('login'));
      this.told = await calls.broker.account(calls.next('account'));
    }
    this.host.notePosition(this.told.positionQuantity);
    return this.told;
  }

  private known(): number {
    return this.told?.positionQuantity ?? this.host.positionQuantity();
  }

  private knownOrderIds(): readonly string[] {
    const told = this.told?.workingOrders.map(({ clientOrderId }) => clientOrderId) ?? [];
    return [...new Set([...told, ...this.host.workingOrderIds()])];
  }

  private unverified() {
    return { remaining: { quantity: this.known(), isVerified: false } };
  }

  private calls({ planId, key, tryNumber, how, signal }: EmergencyRequest): Calls {
    if (planId !== this.planId) this.told = undefined;
    this.planId = planId;
    const broker = this.host.broker();
    if (!broker) throw new Error('the broker has not been reached yet');
    let count = 0;
    const next = (name: string) => ({
      signal,
      callId: `${planId}.${key}.${tryNumber}.${how}.${name}.${++count}`,
    });
    return { broker, next };
  }
}

interface Calls {
  readonly broker: Broker;
  /** Options of the next call; each has an id of its own. */
  readonly next: (name: string) => CallOptions;
}
