/** Joins the paper host to the emergency plan: what the plan may do, and what waits for it. */
import { BrokerError, withoutStack } from '../../actors/errors.ts';
import { paperPaths } from '../../actors/paper/tree.ts';
import type { Broker, EmergencyPort } from '../../actors/ports.ts';
import type { Book } from '../../machines/paper/book.ts';
import type { SessionContext } from '../../machines/paper/session.ts';
import type { SimulatedClock } from '../clock/simulated.ts';
import { treeSteps } from '../emergency-port.ts';
import type { Runtime } from '../runtime.ts';
import { paperEmergency } from './emergency.ts';

/** What trades, in the order of its starts. The account stays: it is the record. */
const tradingPaths = ['/paper/broker', '/paper/strategy', '/paper/feed'];

export function paperEmergencyPort(host: {
  readonly runtime: () => Runtime;
  readonly broker: () => Broker | undefined;
  readonly price: () => number | undefined;
}): Partial<EmergencyPort> {
  const context = <C>(path: string) => host.runtime().snapshot(path)?.context as C | undefined;
  const book = () => context<Book>(paperPaths.account);
  const orders = paperEmergency({
    broker: host.broker,
    workingOrderIds: () => {
      const order = context<SessionContext>(paperPaths.session)?.order;
      return order ? [order.clientOrderId] : [];
    },
    positionQuantity: () => book()?.positionQuantity ?? 0,
    market: () => ({
      symbol: host.runtime().settings.current.paper.symbol,
      price: host.price() ?? book()?.price ?? 0,
      at: host.runtime().clock.now(),
    }),
    notePosition: (positionQuantity) => {
      if (positionQuantity === book()?.positionQuantity) return;
      const at = host.runtime().clock.now();
      host.runtime().send(paperPaths.account, { type: 'ADJUSTED', positionQuantity, at });
    },
  });
  const tree = treeSteps({
    tree: () => tradingPaths,
    isUp: (path) => host.runtime().snapshot(path)?.status === 'active',
    stop: (path) => void host.runtime().stopChild(path),
    start: (path) => void host.runtime().restart(path),
  });
  return { ...orders, ...tree };
}

/** The session's broker: while the emergency lasts, only the plan sends orders. */
export function stopsOrders(broker: Broker, isEmergency: () => boolean): Broker {
  return {
    ...broker,
    submitOrder: (order, options) => {
      if (!isEmergency()) return broker.submitOrder(order, options);
      const text = `Order '${order.clientOrderId}' was not sent: an emergency has begun.`;
      return Promise.reject(withoutStack(() => new BrokerError('refused', text)));
    },
  };
}

/** Logical time stands still while the plan acts: its limits are those of real time. */
export function standStill(runtime: Runtime, clock: Pick<SimulatedClock, 'hold'>): void {
  const stopped = () =>
    new Promise<void>((resolve) => {
      const end = runtime.on('emergency.stopped', () => {
        end();
        resolve();
      });
      void runtime.done.then(resolve, resolve);
    });
  runtime.on('emergency.started', () => clock.hold(stopped()));
  // A plan that the end of the process had interrupted.
  if (runtime.safety.isActing) clock.hold(stopped());
}
