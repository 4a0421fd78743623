/** The chosen actor: what it knows, waits for, accepts and has asked for. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { BreakerOrders } from './breaker-orders.tsx';
import { ContextRows } from './context.tsx';
import { Icon } from './icons.tsx';
import { goLive } from './moves.ts';
import { order, setWho, who } from './orders.ts';
import * as s from './store.ts';
import { mainState, toneOf, toneOfState } from './tone.ts';
import type { Detail } from './wire.ts';
import { count, nameOf, timeLeft } from './words.ts';

function Section({
  name,
  note,
  children,
}: {
  name: string;
  note: string;
  children: ComponentChildren;
}) {
  return (
    <details class="sec" open>
      <summary>
        {name}
        <i>{note}</i>
      </summary>
      <div class="in">{children}</div>
    </details>
  );
}

function Timers({ timers }: { timers: Detail['timers'] }) {
  const now = s.shownHead.value.at;
  if (timers.length === 0) return <p class="muted small">None pending.</p>;
  return timers.map(({ name, dueAtMs, setBySeq }) => (
    <div class="tm" key={`${name}${setBySeq}`}>
      <span class="trunc" title={name}>
        {name}
      </span>
      <span class="muted">set by {count(setBySeq)}</span>
      <span class="mono">{timeLeft(dueAtMs - now)}</span>
    </div>
  ));
}

function Lock() {
  const isLive = s.mode.value === 'live';
  const role = s.hello.value?.role ?? 'viewer';
  const isViewer = role === 'viewer';
  const isOpen = s.mayOrder.value;
  const text = !isLive
    ? 'Commands go to the live run only'
    : isViewer
      ? 'Viewer: open the page with the token of an operator'
      : `${role}: ${isOpen ? 'may give orders' : 'locked'}`;
  const act = () => {
    if (!isLive) goLive();
    else s.isUnlocked.value = !s.isUnlocked.value;
  };
  return (
    <button
      type="button"
      class={`lock${isOpen ? ' open' : ''}`}
      disabled={isLive && isViewer}
      onClick={act}
    >
      <svg class="ic" viewBox="0 0 12 12" aria-hidden={true}>
        <path
          d={`M2.5 5.5h7V11h-7zM4 5.5V3.6a2 2 0 0 1 ${isOpen ? '3.9-.6' : '4 0v1.9'}`}
          fill="none"
          stroke="currentColor"
          stroke-width="1.2"
        />
      </svg>
      <span class="grow">{text}</span>
      {!isLive && <span class="muted">Go live</span>}
      {isLive && !isViewer && <span class="muted">{isOpen ? 'Lock' : 'Unlock'}</span>}
    </button>
  );
}

interface ReasonProps {
  readonly label: string;
  /** Events may carry more than their type. */
  readonly hasData?: boolean;
  readonly send: (given: { by: string; why: string; data: object }) => void;
}

/** Who and why, which every order carries. */
export function Reason({ label, hasData, send }: ReasonProps) {
  const [wrong, setWrong] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const given = new FormData(event.currentTarget);
        const by = String(given.get('by'));
        setWho(by);
        try {
          const data = JSON.parse(String(given.get('data') || '{}')) as object;
          send({ by, why: String(given.get('why')), data });
        } catch (error) {
          setWrong(String(error));
        }
      }}
    >
      <input name="by" required placeholder="Your name" aria-label="Your name" value={who()} />
      <input
        name="why"
        required
        minLength={4}
        placeholder="Reason, kept in the journal"
        aria-label="Reason"
      />
      {hasData && (
        <input name="data" placeholder='{ "field": 1 }' aria-label="Fields of the event as JSON" />
      )}
      {wrong !== '' && <span class="s-bad small">{wrong}</span>}
      <button type="submit" class="btn pri">
        {label}
      </button>
    </form>
  );
}

function NextEvent({ event }: { event: Detail['events'][number] }) {
  const [isOpen, setOpen] = useState(false);
  const { type, can } = event;
  const path = s.selected.value;
  const may = s.mayOrder.value && can !== false;
  const send = ({ by, why, data }: { by: string; why: string; data: object }) => {
    setOpen(false);
    void order(`/api/send${path}`, { event: { ...data, type }, by, why }, type);
  };
  return (
    <div class={`nx${can === false ? ' no' : ''}`}>
      <div class="r">
        <Icon
          name={can === false ? 'off' : 'yes'}
          label={can === false ? 'not possible' : 'possible'}
        />
        <span class="grow trunc" title={type}>
          {type}
        </span>
        {can === false ? (
          <span>guard is false</span>
        ) : (
          <button type="button" class="btn" disabled={!may} onClick={() => setOpen(!isOpen)}>
            Send
          </button>
        )}
      </div>
      {isOpen && may && <Reason label={`Send ${type}`} hasData send={send} />}
    </div>
  );
}

function Head() {
  const actor = s.actor.value;
  if (!actor) return <div class="head muted">Choose an actor.</div>;
  const { path, machine, hash, incarnation, restarts, lastError } = actor;
  const state = mainState(actor);
  return (
    <div class="head">
      <div class="one">
        <h2 class="grow trunc">{nameOf(path)}</h2>
        <span class={`chip ${toneOfState(state, machine) ?? ''}`}>
          <Icon name={toneOf(actor)} />
          {state}
        </span>
      </div>
      <div class="l">
        <span>
          {machine}
          {hash !== undefined && `@${hash.slice(0, 6)}`}
        </span>
        <span>incarnation {incarnation}</span>
        {restarts > 0 && <span>↻ {restarts}</span>}
      </div>
      {lastError !== undefined && <div class="l s-bad">{lastError}</div>}
    </div>
  );
}

export function ActorPanel() {
  const actor = s.actor.value;
  const found = s.detail.value;
  const detail = found?.path === s.selected.value ? found : undefined;
  const change = s.difference.value;
  const turn = s.isPast.value ? s.turn.value : s.actorTurn.value;
  const isOfTurn = change?.path === s.selected.value && change.seq === turn?.seq;
  const fields = isOfTurn ? change.fields : [];
  const note = fields.length > 0 ? `${fields.length} changed in this turn` : 'unchanged';
  return (
    <aside class="panel side" aria-label="Chosen actor">
      <Head />
      <div class="secs" role="region" tabIndex={0} aria-label="Actor details">
        <Section name="Context" note={note}>
          {detail ? (
            <ContextRows value={detail.context} fields={fields} />
          ) : (
            <p class="muted small">Being read…</p>
          )}
        </Section>
        <Section name="Pending timers" note={String(detail?.timers.length || '')}>
          <Timers timers={detail?.timers ?? []} />
        </Section>
        <Section name="Next possible events" note="">
          <Lock />
          {actor?.machine === 'circuitBreaker' && <BreakerOrders path={actor.path} />}
          {detail?.events.map((event) => (
            <NextEvent key={`${actor?.path}${event.type}`} event={event} />
          ))}
        </Section>
        <Section name="Effects that wait for an answer" note={String(detail?.effects.length || '')}>
          {(detail?.effects ?? []).length === 0 && <p class="muted small">None.</p>}
          {detail?.effects.map(({ id, port, askedBySeq }) => (
            <div class="fx" key={id}>
              <Icon name="probe" label="asked" />
              <span class="trunc">{port}</span>
              <span class="muted">{count(askedBySeq)}</span>
            </div>
          ))}
        </Section>
      </div>
    </aside>
  );
}
