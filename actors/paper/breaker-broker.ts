/** A broker whose every call goes through one circuit breaker. */
import type { Broker } from '../ports.ts';
import { brokerThrough } from './broker-through.ts';

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
  return brokerThrough(({ signal, callId }, call) =>
    breaker.execute((context) => call(broker, { signal: context.signal, callId }), { signal }),
  );
}
