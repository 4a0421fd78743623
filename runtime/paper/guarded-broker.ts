/** The way of a call to the broker: measured, through the breaker, and only when it may leave. */
import { breakerBroker } from '../../actors/paper/breaker-broker.ts';
import { brokerThrough } from '../../actors/paper/broker-through.ts';
import { paperPaths } from '../../actors/paper/tree.ts';
import type { Broker } from '../../actors/ports.ts';
import type { SimulatedClock } from '../clock/simulated.ts';
import type { Runtime } from '../runtime.ts';
import { stopsOrders } from './emergency-host.ts';
import type { PaperSecr } from './secr.ts';

/** The broker behind its breaker, with all that an order has to pass on its way out. */
export function guardedBroker(run: {
  readonly runtime: () => Runtime;
  readonly broker: () => Broker;
  readonly clock: SimulatedClock;
  readonly secr: PaperSecr;
}): Broker {
  const { runtime, broker, clock, secr } = run;
  const inEmergency = () => runtime().safety.state === 'emergency';
  const late = lateBroker(
    () => stopsOrders(broker(), inEmergency),
    () => heldFlush(runtime(), clock),
  );
  const guarded = breakerBroker(late, {
    execute: (call, how) => runtime().breaker(paperPaths.brokerBreaker).execute(call, how),
  });
  return secr.meter.around(guarded);
}

/** Puts what was decided on disk; the clock stands still meanwhile. */
function heldFlush(runtime: Runtime, clock: SimulatedClock): Promise<void> {
  const flushed = runtime.flush();
  clock.hold(flushed);
  return flushed;
}

/**
 * The broker's client is made after the tree that calls it. An order leaves when its decision is on
 * disk: else a crash could take the decision back, and the next order would have the same id.
 */
function lateBroker(client: () => Broker, onDisk: () => Promise<void>): Broker {
  return {
    ...brokerThrough((options, call) => call(client(), options)),
    submitOrder: async (order, options) => {
      await onDisk();
      return client().submitOrder(order, options);
    },
  };
}
