/** What needs a person, and who has taken it on. */
import { useEffect, useState } from 'preact/hooks';
import { Icon } from './icons.tsx';
import { Refused } from './order-form.tsx';
import { order, read, setWho, who } from './orders.ts';
import * as s from './store.ts';
import type { Tone } from './tone.ts';
import { clockTime, nameOf } from './words.ts';

interface Alert {
  readonly id: string;
  readonly severity: string;
  readonly text: string;
  readonly path: string;
  readonly state: string;
  readonly count: number;
  readonly raisedAtMs: number;
  readonly acknowledgedBy: string | null;
  readonly resolvedAtMs: number | null;
}

const severityTone: Readonly<Record<string, Tone>> = {
  info: 'probe',
  warning: 'warn',
  critical: 'bad',
  emergency: 'bad',
};

interface RowProps {
  readonly alert: Alert;
  readonly mayAcknowledge: boolean;
  readonly acknowledge: (id: string) => Promise<void>;
}

function Row({ alert, mayAcknowledge, acknowledge }: RowProps) {
  const { id, severity, text, path, count, raisedAtMs, acknowledgedBy } = alert;
  return (
    <div class="alert">
      <Icon name={severityTone[severity] ?? 'warn'} label={severity} />
      <span class="grow">
        {text}
        <span class="muted small block">
          {clockTime(raisedAtMs, false)}
          {path !== '' && `, ${nameOf(path)}`}
          {count > 1 && `, ${count} times`}
        </span>
      </span>
      {acknowledgedBy === null ? (
        <button
          type="button"
          class="btn line"
          disabled={!mayAcknowledge}
          title={mayAcknowledge ? undefined : 'Takes operator rights (O) and your name'}
          onClick={() => void acknowledge(id)}
        >
          Acknowledge
        </button>
      ) : (
        <span class="chip">taken on by {acknowledgedBy}</span>
      )}
    </div>
  );
}

export function Alerts() {
  const [alerts, setAlerts] = useState<readonly Alert[] | undefined>(undefined);
  const seq = s.vitals.value?.alertCount;
  const load = () => read<readonly Alert[]>('/api/alerts').then(setAlerts, () => setAlerts([]));
  useEffect(() => void load(), [seq]);
  const [name, setName] = useState(who());
  const [wrong, setWrong] = useState('');
  const acknowledge = async (id: string) => {
    const path = `/api/alerts/${encodeURIComponent(id)}/acknowledge`;
    setWho(name.trim());
    const { isDone, text } = await order(path, { by: name.trim() }, 'Acknowledge');
    setWrong(isDone ? '' : text);
    if (isDone) await load();
  };
  const mayAcknowledge = s.mayOrder.value && name.trim() !== '';
  const open = (alerts ?? []).filter(({ resolvedAtMs }) => resolvedAtMs === null);
  return (
    <div class="pop alerts" role="dialog" aria-label="Alerts">
      <div class="one">
        <p class="eyebrow grow">
          {s.isPast.value ? 'Open alerts, as they are now' : 'Open alerts'}
        </p>
        {s.mayOrder.value && open.length > 0 && (
          <label class="field name">
            <input
              placeholder="Your name"
              aria-label="Your name"
              value={name}
              onInput={({ currentTarget }) => setName(currentTarget.value)}
            />
          </label>
        )}
      </div>
      {open.length > 0 && !s.mayOrder.value && (
        <p class="muted small">To acknowledge takes operator rights (O) and the live run.</p>
      )}
      <Refused text={wrong} />
      {open.length === 0 && <p class="muted small">No alert is open.</p>}
      {open.map((alert) => (
        <Row key={alert.id} {...{ alert, mayAcknowledge, acknowledge }} />
      ))}
    </div>
  );
}
