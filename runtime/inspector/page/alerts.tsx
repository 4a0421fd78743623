/** What needs a person, and who has taken it on. */
import { useEffect, useState } from 'preact/hooks';
import { Icon } from './icons.tsx';
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
      {wrong !== '' && (
        <p class="refusal" role="alert">
          <Icon name="bad" />
          <span>{wrong}</span>
        </p>
      )}
      {open.length === 0 && <p class="muted small">No alert is open.</p>}
      {open.map((alert) => (
        <div class="alert" key={alert.id}>
          <Icon name={severityTone[alert.severity] ?? 'warn'} label={alert.severity} />
          <span class="grow">
            {alert.text}
            <span class="muted small block">
              {clockTime(alert.raisedAtMs, false)}
              {alert.path !== '' && `, ${nameOf(alert.path)}`}
              {alert.count > 1 && `, ${alert.count} times`}
            </span>
          </span>
          {alert.acknowledgedBy === null ? (
            <button
              type="button"
              class="btn line"
              disabled={!mayAcknowledge}
              title={mayAcknowledge ? undefined : 'Takes operator rights (O) and your name'}
              onClick={() => void acknowledge(alert.id)}
            >
              Acknowledge
            </button>
          ) : (
            <span class="chip">taken on by {alert.acknowledgedBy}</span>
          )}
        </div>
      ))}
    </div>
  );
}
