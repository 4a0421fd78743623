/** Commands by name, and the keys that do the same. */
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { zoomBy } from './chart.tsx';
import { choose, goLive, goTurn, hold, play, switchTheme, toggleFollow } from './moves.ts';
import { chooseRecording } from './recordings.tsx';
import * as s from './store.ts';

interface Command {
  readonly name: string;
  /** As `event.key` has it. */
  readonly key?: string;
  readonly run: () => void;
}

const focus = (id: string) => () => document.getElementById(id)?.focus();
const tabTo = (tab: s.Tab) => () => {
  s.tab.value = tab;
};

export const commands: readonly Command[] = [
  { name: 'Play or pause the recorded turns', key: ' ', run: play },
  { name: 'Go to live', key: 'l', run: goLive },
  { name: 'Previous turn', key: 'ArrowLeft', run: () => goTurn(-1) },
  { name: 'Next turn', key: 'ArrowRight', run: () => goTurn(1) },
  { name: 'Chart', key: '1', run: tabTo('chart') },
  { name: 'Sequence', key: '2', run: tabTo('sequence') },
  { name: 'Story: why did this happen', key: '3', run: tabTo('story') },
  { name: 'Overview', key: '4', run: tabTo('overview') },
  { name: 'Breakers', key: '5', run: tabTo('breakers') },
  { name: 'Patches', key: '6', run: tabTo('patches') },
  { name: 'Follow the changing actor', key: 'f', run: toggleFollow },
  { name: 'Fit the chart', key: '0', run: () => zoomBy('fit') },
  { name: 'Zoom in', key: '+', run: () => zoomBy(1.25) },
  { name: 'Zoom out', key: '-', run: () => zoomBy(0.8) },
  { name: 'Hold the entry list', key: 'p', run: hold },
  { name: 'Search entries', key: '/', run: focus('evq') },
  { name: 'Filter the tree', key: 'g', run: focus('treeq') },
  {
    name: 'Lock or unlock orders',
    key: 'o',
    run: () => {
      s.isUnlocked.value = !s.isUnlocked.value;
    },
  },
  { name: 'Open a recorded journal', run: chooseRecording },
  { name: 'Switch theme', key: 't', run: switchTheme },
  {
    name: 'Keys',
    key: '?',
    run: () => {
      s.palette.value = 'keys';
    },
  },
];

const shownKey: Readonly<Record<string, string>> = {
  ' ': 'Space',
  ArrowLeft: '←',
  ArrowRight: '→',
};
const keyText = (key: string): string => shownKey[key] ?? key.toUpperCase();

const query = signal('');
const at = signal(0);

const found = (): readonly Command[] =>
  [
    ...commands,
    ...s.actors.value.map(({ path }) => ({ name: `Go to ${path}`, run: () => choose(path) })),
  ]
    .filter(({ name }) => name.toLowerCase().includes(query.value.toLowerCase()))
    .slice(0, 50);

export function close(): void {
  s.palette.value = 'closed';
  query.value = '';
  at.value = 0;
}

function run(command: Command | undefined): void {
  close();
  command?.run();
}

function onKeyDown(event: KeyboardEvent): void {
  const list = found();
  if (event.key === 'ArrowDown') at.value = Math.min(list.length - 1, at.value + 1);
  else if (event.key === 'ArrowUp') at.value = Math.max(0, at.value - 1);
  else if (event.key === 'Enter') run(list[at.value]);
  else return;
  event.preventDefault();
}

function Commands() {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  return (
    <>
      <input
        ref={input}
        placeholder="Type a command or an actor"
        aria-label="Command"
        role="combobox"
        aria-expanded={true}
        aria-controls="commands"
        aria-activedescendant={`command-${at.value}`}
        value={query.value}
        onKeyDown={onKeyDown}
        onInput={({ currentTarget }) => {
          query.value = currentTarget.value;
          at.value = 0;
        }}
      />
      <ul id="commands" role="listbox" aria-label="Commands">
        {found().map((command, index) => (
          <li
            key={command.name}
            id={`command-${index}`}
            role="option"
            class="act"
            aria-selected={index === at.value}
            onClick={() => run(command)}
          >
            <span class="grow">{command.name}</span>
            {command.key !== undefined && <kbd>{keyText(command.key)}</kbd>}
          </li>
        ))}
      </ul>
    </>
  );
}

const Keys = () => (
  <div class="keys">
    <h2>Keys</h2>
    <div class="columns">
      {[...commands, { name: 'Commands', key: '⌘K' }, { name: 'Close', key: 'Esc' }].map(
        ({ name, key }) =>
          key !== undefined && (
            <div key={name}>
              <span class="grow">{name}</span>
              <kbd>{keyText(key)}</kbd>
            </div>
          ),
      )}
    </div>
  </div>
);

export function Palette() {
  if (s.palette.value === 'closed') return null;
  return (
    <div
      class="veil on"
      onClick={({ target, currentTarget }) => {
        if (target === currentTarget) close();
      }}
    >
      <div class="dlg" role="dialog" aria-modal={true} aria-label="Commands">
        {s.palette.value === 'commands' ? <Commands /> : <Keys />}
      </div>
    </div>
  );
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLInputElement && target.type !== 'range';

/** Keys of the whole page. */
export function onPageKey(event: KeyboardEvent): void {
  if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
    event.preventDefault();
    s.palette.value = 'commands';
    return;
  }
  if (event.key === 'Escape') {
    s.popover.value = 'none';
    if (s.palette.value !== 'closed') close();
    else if (isTyping(event.target)) (event.target as HTMLElement).blur();
    return;
  }
  const isBusy = event.metaKey || event.ctrlKey || event.altKey || s.palette.value !== 'closed';
  if (isTyping(event.target) || isBusy) return;
  const target = event.target as Element;
  if (event.key === ' ' && target.closest('button, summary')) return;
  if (event.key.startsWith('Arrow') && target.id === 'slider') return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const command = commands.find((one) => one.key === key);
  if (!command) return;
  event.preventDefault();
  command.run();
}
