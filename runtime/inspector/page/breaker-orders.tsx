/** What an operator orders of a breaker. */
import { Orders } from './order-form.tsx';

const orders = [
  ['isolate', 'Force open'],
  ['disable', 'Force closed'],
  ['metricsOnly', 'Only observe'],
  ['enable', 'Enable'],
  // Out of whatever holds it, to closed.
  ['reset', 'Release'],
] as const;

export const BreakerOrders = ({ path }: { path: string }) => (
  <Orders
    choices={orders.map(([name, label]) => ({ label, path: `/api/breaker/${name}${path}` }))}
  />
);
