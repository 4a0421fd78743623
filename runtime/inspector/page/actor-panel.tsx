/** The chosen actor: what it knows, waits for, accepts and has asked for. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { BreakerOrders } from './breaker-orders.tsx';
import { ContextRows } from './context.tsx';
import { isBreaker } from './details.ts';
import { Icon } from './icons.tsx';
import { goLive } from './moves.ts';
import { OrderForm, OrderLog } from './order-form.tsx';
import { order, orderLog } from './orders.ts';
import * as s from './store.ts';
import { Guards, isGuard } from './story.tsx';
import { mainState, toneOf, toneOfState } from './tone.ts';
import type { Detail, Happening } from './wire.ts';
import { clockTime, count, eventWords, nameOf, stateText, timeLeft } from './words.ts';

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
  return timers.map(({ name, event, dueAtMs, setBySeq }) => (
    <div class="tm" key={`${name}${setBySeq}`} title={`${name}, set by seq ${setBySeq}`}>
      <Icon name="probe" />
      <span class="trunc grow">{eventWords(event)}</span>
      <span class="muted">at {clockTime(dueAtMs, false)}</span>
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

type NextEvents = Detail['events'];

/** A form that somebody fills in stays, whatever the state does meanwhile. */
function Events({ events, path }: { events: NextEvents; path: string }) {
  const [open, setOpen] = useState<string | undefined>(undefined);
  const isGone = open !== undefined && events.every(({ type }) => type !== open);
  const all = isGone ? [...events, { type: open, can: false }] : events;
  if (all.length === 0) return <p class="muted small">It takes no events.</p>;
  return all.map((event) => (
    <NextEvent
      key={event.type}
      {...{ event, path }}
      isOpen={open === event.type}
      setOpen={(isOpen) => setOpen(isOpen ? event.type : undefined)}
    />
  ));
}

interface NextEventProps {
  readonly event: NextEvents[number];
  readonly path: string;
  readonly isOpen: boolean;
  readonly setOpen: (isOpen: boolean) => void;
}

function NextEvent({ event, path, isOpen, setOpen }: NextEventProps) {
  const { type, can } = event;
  const may = s.mayOrder.value;
  return (
    <div class={`nx${can === false ? ' no' : ''}`}>
      <div class="r">
        <Icon
          name={can === false ? 'off' : 'yes'}
          label={can === false ? 'not by its type alone' : 'possible'}
        />
        <span class="grow trunc" title={type}>
          {type}
        </span>
        {can === false && <span title="A guard refuses it by its type alone">guard</span>}
        <button
          type="button"
          class="btn"
          disabled={!may}
          aria-expanded={isOpen && may}
          aria-label={`Send ${type}…`}
          onClick={() => setOpen(!isOpen)}
        >
          Send
        </button>
      </div>
      {isOpen && may && (
        <OrderForm
          label={`Send ${type}`}
          hasData
          done={() => setOpen(false)}
          send={({ by, why, data }) =>
            order(`/api/send${path}`, { event: { ...data, type }, by, why }, `${type} to ${path}`)
          }
        />
      )}
    </div>
  );
}

type Step = Extract<Happening, { kind: 'step' }>;

/** What the last turn of the actor did to it: transitions, and the guards that were asked. */
function LastTransition({ turn }: { turn: number | undefined }) {
  const told = s.explanation.value;
  const path = s.selected.value;
  if (!told || told.entry.seq !== turn) return <p class="muted small">Being read…</p>;
  const mine = told.happened.filter(({ actor }) => actor === path);
  const steps = mine.filter((one): one is Step => one.kind === 'step');
  if (steps.length === 0) return <p class="muted small">It took no part in this turn.</p>;
  return (
    <>
      {steps.slice(0, 6).map((step, index) => (
        <StepRow key={index} step={step} />
      ))}
      <Guards all={mine.filter(isGuard)} />
    </>
  );
}

function StepRow({ step }: { step: Step }) {
  const [from, to] = [stateText(step.from), stateText(step.to)];
  const isIgnored = step.transitions.length === 0;
  return (
    <div class="fx">
      <Icon name={isIgnored ? 'warn' : 'gold'} label={isIgnored ? 'ignored' : 'taken'} />
      <span class="trunc" title={step.on}>
        {eventWords(step.on)}
      </span>
      <span class="muted">{isIgnored ? 'ignored' : step.undone ? 'undone' : ''}</span>
      {!isIgnored && from !== to && from !== '' && (
        <span class="sub wrap">
          {from} → {to}
        </span>
      )}
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
        <Section name="Last transition" note={turn ? `seq ${count(turn.seq)}` : ''}>
          <LastTransition turn={turn?.seq} />
        </Section>
        <Section name="Pending timers" note={String(detail?.timers.length || '')}>
          <Timers timers={detail?.timers ?? []} />
        </Section>
        <Section name="Next possible events" note="">
          <Lock />
          {actor && isBreaker(actor) && <BreakerOrders path={actor.path} />}
          {detail && <Events key={detail.path} events={detail.events} path={detail.path} />}
        </Section>
        <Section name="Orders" note={String(orderLog.value.length || '')}>
          <OrderLog />
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
