/** A broker whose every call goes through one function: a breaker, a choice of the way, a watch. */
import type { Broker, CallOptions } from '../ports.ts';

/** Makes `call` with a broker of its choice; what it does before and after is its own. */
export type Through = <T>(
  options: CallOptions,
  call: (broker: Broker, options: CallOptions) => Promise<T>,
) => Promise<T>;

export function brokerThrough(through: Through): Broker {
  return {
    login: (options) => through(options, (broker, inner) => broker.login(inner)),
    ping: (options) => through(options, (broker, inner) => broker.ping(inner)),
    account: (options) => through(options, (broker, inner) => broker.account(inner)),
    submitOrder: (order, options) =>
      through(options, (broker, inner) => broker.submitOrder(order, inner)),
    order: (id, options) => through(options, (broker, inner) => broker.order(id, inner)),
    cancelOrder: (id, options) =>
      through(options, (broker, inner) => broker.cancelOrder(id, inner)),
  };
}
