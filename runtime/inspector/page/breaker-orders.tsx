/** What an operator orders of a breaker. */
import { useState } from 'preact/hooks';
import { Reason } from './actor-panel.tsx';
import { order } from './orders.ts';
import * as s from './store.ts';

const orders = [
  ['isolate', 'Force open'],
  ['disable', 'Force closed'],
  ['metricsOnly', 'Only observe'],
  ['enable', 'Enable'],
  // Out of whatever holds it, to closed.
  ['reset', 'Release'],
] as const;

export function BreakerOrders({ path }: { path: string }) {
  const [open, setOpen] = useState<string | undefined>(undefined);
  const may = s.mayOrder.value;
  const chosen = orders.find(([name]) => name === open);
  return (
    <div class="nx orders">
      <div class="buttons">
        {orders.map(([name, label]) => (
          <button
            type="button"
            class="btn line"
            key={name}
            disabled={!may}
            aria-pressed={open === name}
            onClick={() => setOpen(open === name ? undefined : name)}
          >
            {label}
          </button>
        ))}
      </div>
      {chosen && may && (
        <Reason
          label={`Confirm: ${chosen[1]}`}
          send={({ by, why }) => {
            setOpen(undefined);
            void order(`/api/breaker/${chosen[0]}${path}`, { by, why }, chosen[1]);
          }}
        />
      )}
    </div>
  );
}
