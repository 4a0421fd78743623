/** Which run, when, live or past, may we trade, what needs a person. */
import { Icon, Key } from './icons.tsx';
import { copy, goLive, switchTheme } from './moves.ts';
import * as s from './store.ts';
import { mainState, type Tone, toneOfState } from './tone.ts';
import { clockTime, count, day } from './words.ts';

const bowl = 'M9 9l2 3.4-1.4 2.2 3 1.6L12.2 20M11 12.4l4.2-.6 2.4 2.6 2.2-.6';

export const Bowl = ({ class: name }: { class?: string }) => (
  <svg viewBox="0 0 24 24" class={name} aria-hidden={true}>
    <path d="M2.5 9h19c0 6-3.6 11-9.5 11S2.5 15 2.5 9z" fill="var(--bg-3)" stroke="var(--fg-3)" />
    <path d={bowl} fill="none" stroke="var(--gold)" stroke-width="1.5" stroke-linejoin="round" />
  </svg>
);

function Mode() {
  const mode = s.mode.value;
  const words = { live: 'LIVE', past: 'PAST', lost: 'STALE' };
  return (
    <span class={`mode ${mode}`} role="status">
      {mode === 'live' && <i />}
      {mode === 'past' && <Icon name="gold" />}
      {mode === 'lost' && <Icon name="bad" />}
      {mode === 'past' && s.hello.value?.mode === 'recorded' ? 'RECORDED' : words[mode]}
    </span>
  );
}

const toneOfLevel = (state: string, machine: string): Tone => toneOfState(state, machine) ?? 'ok';

function Pill({ label, state, machine }: { label: string; state: string; machine: string }) {
  const isOpen = s.popover.value === 'posture';
  return (
    <button
      type="button"
      class="pill"
      aria-haspopup={true}
      aria-expanded={isOpen}
      onClick={() => {
        s.popover.value = isOpen ? 'none' : 'posture';
      }}
    >
      <Icon name={toneOfLevel(state, machine)} />
      <span class="muted hide-phone">{label}</span>
      <b>{state}</b>
    </button>
  );
}

/** In the past the pills say what was so then, as the actors of that moment have it. */
function stateAt(machine: string, now: string | undefined): string {
  if (s.position.value === undefined) return now ?? 'none';
  const found = s.actors.value.find((one) => one.machine === machine);
  return found ? mainState(found) : 'none';
}

function Pills() {
  const frame = s.vitals.value;
  if (!frame) return null;
  return (
    <div class="pills">
      <Pill label="Mode" state={stateAt('tradingMode', frame.tradingMode)} machine="tradingMode" />
      <Pill label="Level" state={stateAt('degradation', frame.level)} machine="degradation" />
      <Pill label="Safety" state={stateAt('safety', frame.safety)} machine="safety" />
    </div>
  );
}

function Bell() {
  const alertCount = s.vitals.value?.alertCount ?? 0;
  const isOpen = s.popover.value === 'alerts';
  return (
    <button
      type="button"
      class="btn bell"
      aria-haspopup={true}
      aria-expanded={isOpen}
      aria-label={`${alertCount} open alerts`}
      onClick={() => {
        s.popover.value = isOpen ? 'none' : 'alerts';
      }}
    >
      <svg class="ic big" viewBox="0 0 14 14" aria-hidden={true}>
        <path
          d="M7 1.5a4 4 0 0 0-4 4V8L1.7 10.5h10.6L11 8V5.5a4 4 0 0 0-4-4zM5.6 12h2.8"
          fill="none"
          stroke="currentColor"
          stroke-width="1.2"
          stroke-linejoin="round"
          stroke-linecap="round"
        />
      </svg>
      {alertCount > 0 && <span class="n">{alertCount}</span>}
    </button>
  );
}

function Clock() {
  const { seq, at, digest } = s.shownHead.value;
  const isPhone = s.isPhone.value;
  return (
    <>
      <div class="clock">
        <b>{isPhone ? clockTime(at, false) : `${day(at)} ${clockTime(at)}Z`}</b>
        <span>{isPhone ? day(at) : `seq ${count(seq)}`}</span>
      </div>
      <button
        type="button"
        class="digest"
        title={`Rolling digest after this turn: ${digest}. Click to copy.`}
        data-digest={digest}
        onClick={() => copy(digest)}
      >
        #{digest.slice(0, 8)}
      </button>
    </>
  );
}

export function TopBar() {
  const run = s.hello.value?.run;
  const kind = s.hello.value?.mode === 'recorded' ? 'recorded journal' : 'live';
  return (
    <header class="top">
      <div class="brand">
        <Bowl />
        <span>Kintsugi</span>
      </div>
      {run && (
        <>
          <div class="run">
            <h1>{run.host} run</h1>
            <span>
              {kind}, {run.id.slice(0, 8)}
            </span>
          </div>
          <Mode />
          <Clock />
        </>
      )}
      <div class="grow grow2" />
      {run && <Pills />}
      {run && s.hello.value?.mode === 'live' && <Bell />}
      <button
        type="button"
        class="search-hint"
        onClick={() => {
          s.palette.value = 'commands';
        }}
      >
        <span>Commands</span>
        <kbd>⌘K</kbd>
      </button>
      <button
        type="button"
        class="btn icon theme"
        aria-label="Switch theme"
        title="Theme (T)"
        onClick={switchTheme}
      >
        <svg class="ic big" viewBox="0 0 14 14" aria-hidden={true}>
          <circle cx="7" cy="7" r="5" fill="none" stroke="currentColor" stroke-width="1.2" />
          <path d="M7 2a5 5 0 0 1 0 10z" fill="currentColor" />
        </svg>
      </button>
    </header>
  );
}

export const BackToLive = () => (
  <button type="button" class="btn line" onClick={goLive}>
    {s.hello.value?.mode === 'recorded' ? 'To the end' : 'Back to live'} <Key>L</Key>
  </button>
);
