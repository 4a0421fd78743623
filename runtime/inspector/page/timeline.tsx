/** The journal as time: transport, track, filters, entries. */
import { computed } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { entryKinds, Icon, Key, KindIcon } from './icons.tsx';
import { goLive, goTo, goTurn, hold, play } from './moves.ts';
import { apart, ticksOf } from './plots.ts';
import * as s from './store.ts';
import type { Entry } from './wire.ts';
import { clockTime, count, eventWords } from './words.ts';

const listed = computed(() => {
  const query = s.entryFilter.value.trim().toLowerCase().replaceAll(',', '');
  const kinds = s.shownKinds.value;
  const fits = ({ seq, path, type, facts, kind }: Entry): boolean =>
    kinds.has(kind) &&
    (query === '' || `${seq} ${path} ${type} ${facts.join(' ')}`.toLowerCase().includes(query));
  return (s.held.value ?? s.entries.value).filter(fits).toReversed();
});

const rowHeight = () => (s.isPhone.value ? 44 : 22);
const spare = 8;

function Row({ entry, top }: { entry: Entry; top: number }) {
  const { seq, at, kind, path, type, cause, facts, changed } = entry;
  const isCurrent = s.turn.value?.seq === seq;
  const isFuture = seq > s.shownHead.value.seq;
  const classes = ['er', changed.length > 0 && 'turn', isCurrent && 'cur', isFuture && 'fut'];
  return (
    <button
      type="button"
      class={classes.filter(Boolean).join(' ')}
      style={{ top: `${top}px` }}
      aria-current={isCurrent}
      data-seq={seq}
      onClick={() => goTo(seq)}
    >
      <span class="sq1">{count(seq)}</span>
      <span class="tmx">{clockTime(at)}</span>
      <span class="kd">
        <KindIcon kind={kind} />
        <span>{kind}</span>
      </span>
      <span class="pt" title={path}>
        {path === '' ? 'runtime' : path}
      </span>
      <span class="evt">
        {eventWords(type)} <span class="to">{[...new Set(facts)].join(', ')}</span>
        {changed.length === 0 && facts.length === 0 && <span class="muted"> no state changed</span>}
      </span>
      <span class="cz muted">{cause === undefined ? '' : `← ${count(cause)}`}</span>
      <span class="cl">{entry.class === 'safety' ? 'safety' : ''}</span>
    </button>
  );
}

/** Only the rows that can be seen are drawn. */
function List() {
  const region = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState(0);
  const rows = listed.value;
  const height = rowHeight();
  const room = region.current?.clientHeight ?? 120;
  const first = Math.max(0, Math.floor(scroll / height) - spare);
  const last = Math.min(rows.length, Math.ceil((scroll + room) / height) + spare);
  const current = s.position.value;
  const known = useRef(rows.length);
  // New entries come above: who has scrolled away from them stays where they are.
  useLayoutEffect(() => {
    const added = rows.length - known.current;
    known.current = rows.length;
    const { current: element } = region;
    if (element && added > 0 && element.scrollTop > 0) element.scrollTop += added * height;
  }, [rows.length]);
  const index = rows.findIndex(({ seq }) => seq === current);
  useEffect(() => {
    const { current: element } = region;
    if (!element) return;
    // Live again: where the newest come.
    if (current === undefined) element.scrollTop = 0;
    if (index < 0) return;
    const top = index * height;
    const isSeen = top >= element.scrollTop && top < element.scrollTop + room - height;
    if (!isSeen) element.scrollTop = Math.max(0, top - room / 2);
  }, [current, index < 0]);
  return (
    <div
      class="list"
      ref={region}
      role="region"
      aria-label="Entries of the journal"
      tabIndex={0}
      onScroll={({ currentTarget }) => setScroll(currentTarget.scrollTop)}
    >
      <div class="all" style={{ height: `${rows.length * height}px` }}>
        {rows.slice(first, last).map((entry, index) => (
          <Row key={entry.seq} entry={entry} top={(first + index) * height} />
        ))}
      </div>
      {rows.length === 0 && <p class="muted small pad">No entry matches these filters.</p>}
    </div>
  );
}

function toggleKind(kind: string): void {
  const next = new Set(s.shownKinds.value);
  if (!next.delete(kind)) next.add(kind);
  if (next.size > 0) s.shownKinds.value = next;
}

function Filters() {
  const waiting = s.held.value ? s.entries.value.length - s.held.value.length : 0;
  return (
    <div class="filters">
      {entryKinds.map((kind) => (
        <button
          type="button"
          class="fchip"
          key={kind}
          aria-pressed={s.shownKinds.value.has(kind)}
          onClick={() => toggleKind(kind)}
        >
          <KindIcon kind={kind} />
          {kind}
        </button>
      ))}
      <span class="grow" />
      <span class="muted small">
        {count(listed.value.length)} of {count(s.entries.value.length)}
        {waiting > 0 && `, ${count(waiting)} held back`}
      </span>
      <button type="button" class="btn" aria-pressed={s.held.value !== undefined} onClick={hold}>
        Hold list <Key>P</Key>
      </button>
      <label class="field search">
        <input
          id="evq"
          placeholder="Search seq, actor, event"
          aria-label="Search entries"
          value={s.entryFilter.value}
          onInput={({ currentTarget }) => {
            s.entryFilter.value = currentTarget.value;
          }}
        />
        <Key>/</Key>
      </label>
    </div>
  );
}

const barCount = 150;

/** The window of the track: the entries that are here; the strip above is the whole journal. */
const density = computed(() => {
  const all = s.entries.value;
  const from = all[0]?.seq ?? 0;
  const until = Math.max(from + 1, all.at(-1)?.seq ?? 1);
  const counts = new Array<number>(barCount).fill(0);
  for (const { seq, changed } of all) {
    const bar = Math.min(barCount - 1, Math.floor(((seq - from) / (until - from)) * barCount));
    counts[bar]! += 1 + changed.length;
  }
  const notches = all.filter(({ facts, changed }) => facts.length > 0 && changed.length > 0);
  return { from, until, counts, notches };
});

function Track() {
  const region = useRef<HTMLDivElement>(null);
  const width = region.current?.clientWidth ?? 800;
  const { from, until, counts, notches } = density.value;
  const head = s.head.value.seq;
  const { seq, at } = s.shownHead.value;
  const x = (one: number) => Math.max(0, Math.min(width, ((one - from) / (until - from)) * width));
  const most = Math.max(1, ...counts);
  const knob = s.position.value === undefined ? width : x(seq);
  const strip = (one: number) => (one / Math.max(1, head)) * width;
  return (
    <div class="track" ref={region}>
      <svg viewBox={`0 0 ${width} 48`} preserveAspectRatio="none" aria-hidden={true}>
        <rect width={width} height="4" rx="2" fill="var(--bg-3)" />
        <rect
          x={strip(from)}
          y="-1"
          width={Math.max(6, strip(until) - strip(from))}
          height="6"
          rx="1.5"
          fill="none"
          stroke="var(--fg-2)"
        />
        {counts.map((n, bar) => (
          <rect
            key={bar}
            class={`hist${(bar + 0.5) * (width / barCount) <= knob ? ' past' : ''}`}
            x={(bar * width) / barCount}
            y={34 - (n / most) * 24}
            width={Math.max(0.5, width / barCount - 1.5)}
            height={(n / most) * 24}
          />
        ))}
        <path d={`M0 34.5H${width}`} stroke="var(--line-2)" />
        {apart(notches, x).map((entry) => (
          <path
            key={entry.seq}
            class={`notch${entry.seq <= seq ? ' done' : ''}${entry.seq === seq ? ' cur' : ''}`}
            d={`M${x(entry.seq)} 30.5l4 4 -4 4 -4 -4z`}
          />
        ))}
        {ticksOf(s.entries.value, x, width).map((tick) => (
          <text key={tick.x} class="axis" x={tick.x} y="47" text-anchor="middle">
            {clockTime(tick.at, false)}
          </text>
        ))}
        <g transform={`translate(${knob} 0)`}>
          <path d="M0 6V38" stroke="var(--gold)" stroke-width="2" />
          <path d="M0 3l5 5 -5 5 -5 -5z" fill="var(--gold)" />
        </g>
      </svg>
      <input
        type="range"
        id="slider"
        min={from}
        max={until}
        value={s.position.value ?? until}
        aria-label="Position in the journal"
        aria-valuetext={`seq ${seq}, ${clockTime(at, false)}`}
        onInput={({ currentTarget }) => goTo(Number(currentTarget.value))}
      />
    </div>
  );
}

const Arrow = ({ d }: { d: string }) => (
  <svg class="ic" viewBox="0 0 12 12" aria-hidden={true}>
    <path d={d} fill="currentColor" />
  </svg>
);

function Transport() {
  const at = s.position.value;
  const { value: turns } = s.turns;
  const index = at === undefined ? turns.length : turns.findLastIndex(({ seq }) => seq <= at) + 1;
  const isPlaying = s.isPlaying.value;
  return (
    <div class="trans">
      <button type="button" class="btn icon" aria-label="Previous turn" onClick={() => goTurn(-1)}>
        <Arrow d="M9 1L3.5 6 9 11zM2 1h1.5v10H2z" />
      </button>
      <button
        type="button"
        class="btn icon line"
        aria-label={isPlaying ? 'Pause' : 'Play recorded turns'}
        onClick={play}
      >
        <Arrow d={isPlaying ? 'M2.5 1.5h2.5v9H2.5zM7 1.5h2.5v9H7z' : 'M2.5 1l8 5-8 5z'} />
      </button>
      <button type="button" class="btn icon" aria-label="Next turn" onClick={() => goTurn(1)}>
        <Arrow d="M3 1l5.5 5L3 11zM8.5 1H10v10H8.5z" />
      </button>
      <span class="mono muted turnno">
        turn {index}/{turns.length}
      </span>
    </div>
  );
}

export function Timeline() {
  return (
    <section class="panel time" aria-label="Journal timeline">
      <div class="scrub">
        <Transport />
        <Track />
        <button
          type="button"
          class="btn line hide-phone"
          disabled={s.position.value === undefined}
          onClick={goLive}
        >
          {s.position.value === undefined && <Icon name="ok" />}
          {s.hello.value?.mode === 'recorded' ? 'End' : 'Live'} <Key>L</Key>
        </button>
      </div>
      <Filters />
      <List />
    </section>
  );
}
