/** Ways to move in time and between actors. */
import { batch } from '@preact/signals';
import * as s from './store.ts';

export function goTo(seq: number): void {
  batch(() => {
    s.position.value = Math.max(0, Math.min(s.head.value.seq, Math.round(seq)));
    if (s.follows.value) s.followTurn();
  });
}

export function goLive(): void {
  if (s.hello.value?.mode === 'recorded') return goTo(s.head.value.seq);
  batch(() => {
    s.isPlaying.value = false;
    s.position.value = undefined;
  });
}

/** To the turn before or behind that changed a state. */
export function goTurn(step: 1 | -1): void {
  const at = s.position.value ?? s.head.value.seq + 1;
  const all = s.turns.value;
  const next = step === 1 ? all.find(({ seq }) => seq > at) : all.findLast(({ seq }) => seq < at);
  s.isPlaying.value = false;
  // Beyond what is here: the entries there are asked for.
  const beyond =
    step === 1 ? (s.entries.value.at(-1)?.seq ?? at) + 1 : (s.entries.value[0]?.seq ?? at) - 1;
  if (next) goTo(next.seq);
  else if (beyond >= 1 && beyond <= s.head.value.seq) goTo(beyond);
}

/** Turns that are played in a second. */
const playPauseMs = 700;
let playTimer = 0;

export function play(): void {
  clearInterval(playTimer);
  s.isPlaying.value = !s.isPlaying.value;
  if (!s.isPlaying.value) return;
  const { value: turns } = s.turns;
  if (s.position.value === undefined || s.position.value >= (turns.at(-1)?.seq ?? 0)) {
    goTo(turns[Math.max(0, turns.length - 40)]?.seq ?? 0);
  }
  playTimer = window.setInterval(() => {
    const at = s.position.value ?? 0;
    const next = s.turns.value.find(({ seq }) => seq > at);
    if (!s.isPlaying.value || !next) {
      s.isPlaying.value = false;
      clearInterval(playTimer);
    } else if (s.moment.value?.seq === at) goTo(next.seq);
  }, playPauseMs);
}

/** By hand: the page stops following. */
export function choose(path: string): void {
  batch(() => {
    s.follows.value = false;
    s.selected.value = path;
    if (s.isPhone.value && s.panel.value === 'tree') s.panel.value = 'main';
  });
}

export function toggleFollow(): void {
  s.follows.value = !s.follows.value;
  if (s.follows.value) s.followTurn();
}

export function hold(): void {
  s.held.value = s.held.value ? undefined : s.entries.value;
}

export function switchTheme(): void {
  const { dataset } = document.documentElement;
  dataset['theme'] = dataset['theme'] === 'light' ? 'dark' : 'light';
  localStorage.setItem('kintsugi.theme', dataset['theme']);
}

export function copy(text: string): void {
  navigator.clipboard.writeText(text).then(
    () => s.say('Copied.'),
    () => s.say('The browser did not let the page copy.'),
  );
}
