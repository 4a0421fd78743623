/** Starts the page. The address can hold a place, as in `#tab=story&seq=120&theme=light`. */
import { render } from 'preact';
import { App } from './app.tsx';
import { connect, tokenOfAddress } from './link.ts';
import { goTo } from './moves.ts';
import { onPageKey } from './palette.tsx';
import * as s from './store.ts';

function takePlace(): void {
  const given = new URLSearchParams(location.hash.slice(1));
  const tab = given.get('tab');
  const wanted = s.tabs.find((one) => one === tab);
  if (wanted !== undefined) s.tab.value = wanted;
  const seq = given.get('seq');
  const actor = given.get('actor');
  if (actor !== null) {
    s.follows.value = false;
    s.selected.value = actor;
  }
  if (seq === null) return;
  const stop = s.hello.subscribe((hello) => {
    if (!hello) return;
    goTo(Number(seq));
    queueMicrotask(() => stop());
  });
}

const prefersLight = matchMedia('(prefers-color-scheme: light)');
const given = new URLSearchParams(location.hash.slice(1)).get('theme');
const theme = given ?? localStorage.getItem('kintsugi.theme');
document.documentElement.dataset['theme'] = theme ?? (prefersLight.matches ? 'light' : 'dark');

const token = tokenOfAddress();
takePlace();
document.addEventListener('keydown', onPageKey);
document.addEventListener('click', ({ target }) => {
  if (!(target as Element).closest('.pop, .pill, .bell')) s.popover.value = 'none';
});
render(<App />, document.getElementById('page')!);
if (token === undefined) s.link.value = 'no-token';
else connect(token);
