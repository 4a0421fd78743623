/** A broker whose every call goes through one circuit breaker. */
import type { Broker, CallOptions } from '../ports.ts';

/** The part of a breaker's handle that is used here. */
export interface Executor {
  execute<T>(
    call: (context: { readonly signal: AbortSignal }) => Promise<T>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<T>;
}

/**
 * The same broker behind `breaker`. A call that the breaker refuses rejects with its error; one
 * that takes too long has its signal aborted, and nobody knows what the broker did.
 */
export function breakerBroker(broker: Broker, breaker: Executor): Broker {
  const through = <T>(
    { signal, callId }: CallOptions,
    call: (options: CallOptions) => Promise<T>,
  ): Promise<T> =>
    breaker.execute((context) => call({ signal: context.signal, callId }), { signal });
  return {
    login: (options) => through(options, (inner) => broker.login(inner)),
    ping: (options) => through(options, (inner) => broker.ping(inner)),
    account: (options) => through(options, (inner) => broker.account(inner)),
    submitOrder: (order, options) => through(options, (inner) => broker.submitOrder(order, inner)),
    order: (id, options) => through(options, (inner) => broker.order(id, inner)),
    cancelOrder: (id, options) => through(options, (inner) => broker.cancelOrder(id, inner)),
  };
}
