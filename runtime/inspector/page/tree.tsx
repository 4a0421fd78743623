/** The supervision tree: who is ill, who was started again, who is busy. */
import { computed } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from './icons.tsx';
import { choose } from './moves.ts';
import * as s from './store.ts';
import { mainState, type Tone, toneOfState } from './tone.ts';
import { drawnRows, scrolledTo, type TreeRow, toneCounts, treeRows } from './tree-rows.ts';

const rows = computed(() => treeRows(s.actors.value, s.shut.value, s.treeFilter.value));

function toggle(path: string): void {
  const next = new Set(s.shut.value);
  if (!next.delete(path)) next.add(path);
  s.shut.value = next;
}

function spark(counts: readonly number[]): string {
  const most = Math.max(1, ...counts);
  const step = 40 / 39;
  const from = 40 - counts.length * step;
  const points = counts.map((n, i) => `${(from + i * step).toFixed(1)} ${15 - (n / most) * 12}`);
  return points.length > 1 ? `M${points.join('L')}` : 'M0 15H40';
}

function Row({ row, top }: { row: TreeRow; top: number }) {
  const { actor, name, depth, hasChildren, isShut, tone } = row;
  const { path, restarts, kind } = actor;
  const isSelected = s.selected.value === path;
  const state = mainState(actor);
  const isHot = s.hotPaths.value.has(path) && !s.isPast.value;
  const stateTone = actor.status === 'active' ? toneOfState(state, actor.machine) : tone;
  return (
    <div
      class={`node${kind === 'supervisor' ? ' sup' : ''}${isHot ? ' flash' : ''}`}
      style={{ '--d': depth, position: 'absolute', top: `${top}px` }}
      role="treeitem"
      aria-level={depth + 1}
      aria-expanded={hasChildren ? !isShut : undefined}
      aria-selected={isSelected}
      tabIndex={isSelected ? 0 : -1}
      data-path={path}
      onClick={() => choose(path)}
    >
      <span
        class="tw"
        onClick={(event) => {
          if (!hasChildren) return;
          event.stopPropagation();
          toggle(path);
        }}
      >
        {hasChildren ? '▸' : ''}
      </span>
      <span class="nm">
        <Icon name={tone} label={tone} />
        <span>{name}</span>
        {restarts > 0 && tone === 'ok' && <Icon name="gold" label="mended" />}
      </span>
      {kind === 'supervisor' ? (
        <span class="muted strategy">{actor.strategy ?? ''}</span>
      ) : (
        <span class={`chip ${stateTone ?? ''}`}>{state}</span>
      )}
      <span class={`rs${restarts > 2 ? ' hot' : ''}`} title={`${restarts} restarts`}>
        {restarts > 0 ? `↻${restarts}` : ''}
      </span>
      <svg class="sp" viewBox="0 0 40 16" aria-hidden={true}>
        <path d={spark(s.activity.value.get(path) ?? [])} fill="none" stroke="var(--fg-3)" />
      </svg>
    </div>
  );
}

function onKeyDown(event: KeyboardEvent): void {
  const list = rows.value;
  const at = list.findIndex(({ actor }) => actor.path === s.selected.value);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step !== undefined) {
    const next = list[at + step];
    if (next) choose(next.actor.path);
  } else if (event.key === 'Enter' && list[at]?.hasChildren) toggle(list[at].actor.path);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

const foot: readonly (readonly [Tone, string])[] = [
  ['ok', 'ok'],
  ['probe', 'watched'],
  ['warn', 'warn'],
  ['bad', 'bad'],
];

/** As the styles have it. */
const rowHeight = () => (s.isPhone.value ? 40 : 25);
/** Above the first row and below the last one. */
const edge = 4;

/** Only the rows that can be seen are drawn: there may be thousands, changed by each frame. */
function Rows() {
  const list = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState(0);
  const [room, setRoom] = useState(innerHeight);
  const height = rowHeight();
  const { value: all } = rows;
  const { value: selected } = s.selected;
  const chosen = all.findIndex(({ actor }) => actor.path === selected);
  useEffect(() => {
    const measure = () => setRoom(innerHeight);
    addEventListener('resize', measure);
    return () => removeEventListener('resize', measure);
  }, []);
  useEffect(() => {
    const { current: element } = list;
    if (!element || chosen < 0) return;
    const room = element.clientHeight - 2 * edge;
    element.scrollTop = scrolledTo(chosen, { scroll: element.scrollTop, room, height });
    if (!element.contains(document.activeElement)) return;
    element.querySelector<HTMLElement>('[aria-selected=true]')?.focus({ preventScroll: true });
  }, [selected]);
  return (
    <div
      class="rows"
      role="tree"
      aria-label="Actors"
      ref={list}
      tabIndex={-1}
      onKeyDown={onKeyDown}
      onScroll={({ currentTarget }) => setScroll(currentTarget.scrollTop)}
    >
      <div role="none" style={{ position: 'relative', height: `${all.length * height}px` }}>
        {drawnRows(all.length, chosen, { scroll, room, height }).map((at) => (
          <Row key={all[at]!.actor.path} row={all[at]!} top={at * height} />
        ))}
      </div>
      {all.length === 0 && <p class="muted small pad">No actor matches.</p>}
    </div>
  );
}

export function Tree() {
  const counts = toneCounts(s.actors.value);
  return (
    <nav class="panel tree" aria-label="Supervision tree">
      <div class="bar">
        <label class="field">
          <svg class="ic" viewBox="0 0 12 12" aria-hidden={true}>
            <circle cx="5" cy="5" r="3.5" fill="none" stroke="currentColor" stroke-width="1.2" />
            <path d="M8 8l3 3" stroke="currentColor" stroke-width="1.2" />
          </svg>
          <input
            id="treeq"
            placeholder="Filter actors or states"
            aria-label="Filter actors"
            value={s.treeFilter.value}
            onInput={({ currentTarget }) => {
              s.treeFilter.value = currentTarget.value;
            }}
          />
        </label>
      </div>
      <Rows />
      <div class="treefoot">
        {foot.map(([tone, word]) => (
          <span key={tone}>
            <Icon name={tone} />
            {counts[tone]} {word}
          </span>
        ))}
      </div>
    </nav>
  );
}
