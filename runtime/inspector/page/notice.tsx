/** One line that is always there: what just happened, or why this is not now. */
import { Icon, Key } from './icons.tsx';
import { RecordingMark } from './recordings.tsx';
import * as s from './store.ts';
import { BackToLive } from './top-bar.tsx';
import type { Entry } from './wire.ts';
import { clockTime, count, eventWords, nameOf, timeLeft } from './words.ts';

/** A turn in a few words, from its facts where it told any. */
export function turnText({ type, path, facts, changed }: Entry): string {
  // What a state runs lies below its actor.
  const where = path === '' ? 'the runtime' : path.replace(/\/\d+\.[^/]*$/, '');
  const told = facts.length > 0 ? `: ${[...new Set(facts)].slice(0, 3).join(', ')}` : '';
  const others = changed.filter((one) => one !== where && !one.startsWith(`${where}/`));
  const also =
    others.length === 0
      ? ''
      : `, changed ${others.slice(0, 2).map(nameOf).join(', ')}${
          others.length > 2 ? ` and ${others.length - 2} more` : ''
        }`;
  return `${eventWords(type)} to ${where}${told}${also}`;
}

function Lost() {
  const { seq } = s.head.value;
  const seconds = Math.round((performance.now() - s.lostAt.value) / 1_000);
  return (
    <div class="note lost" role="status">
      <Icon name="bad" />
      <span class="grow">
        <b>Connection lost</b> {seconds > 0 ? `${seconds} s ago` : 'just now'}. You see seq{' '}
        {count(seq)}. <span class="hide-phone">The runtime does not depend on this page.</span>
      </span>
      {s.droppedCount.value > 0 && (
        <span class="chip bad">{count(s.droppedCount.value)} frames dropped</span>
      )}
      <span class="mono hide-phone">tried again in {Math.ceil(s.retryMs.value / 1_000)} s</span>
    </div>
  );
}

function Past() {
  const { seq, at } = s.shownHead.value;
  const isThere = s.moment.value?.seq === s.position.value;
  return (
    <div class="note past" role="status">
      <Icon name="gold" />
      <span class="grow">
        <b>{s.hello.value?.mode === 'recorded' ? 'Recorded journal.' : 'Past.'}</b>{' '}
        {isThere
          ? `Rebuilt by replay up to seq ${count(seq)}.`
          : `Replaying up to seq ${count(seq)}…`}{' '}
        <span class="hide-phone">Live actors and effects are untouched.</span>
      </span>
      {at > 0 && (
        <span class="mono hide-phone">{timeLeft(s.head.value.at - at)} behind the head</span>
      )}
      <BackToLive />
      <RecordingMark />
    </div>
  );
}

export function Notice() {
  if (s.mode.value === 'lost') return <Lost />;
  if (s.position.value !== undefined) return <Past />;
  const turn = s.turn.value;
  return (
    <div class="note" role="status">
      <span class="eyebrow">Last turn</span>
      {turn && <span class="mono muted hide-phone">{clockTime(turn.at, false)}</span>}
      <span class="grow strong">{turn ? turnText(turn) : 'Nothing has happened yet.'}</span>
      {s.problem.value !== '' && <span class="chip bad">{s.problem.value}</span>}
      {s.droppedCount.value > 0 && (
        <span class="chip warn">{count(s.droppedCount.value)} frames dropped</span>
      )}
      <button
        type="button"
        class="btn"
        onClick={() => {
          s.tab.value = 'story';
        }}
      >
        Why? <Key>3</Key>
      </button>
    </div>
  );
}
