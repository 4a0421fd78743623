/** All that the page knows, as signals. Every panel shows the state after one turn: `position`. */
import { batch, computed, signal } from '@preact/signals';
import { mergedEntries } from './entry-list.ts';
import { entryKinds } from './icons.tsx';
import type {
  Actor,
  Answers,
  Chart,
  Detail,
  Difference,
  Entry,
  Explanation,
  Frame,
  Hello,
  Moment,
} from './wire.ts';

export const tabs = ['chart', 'sequence', 'story', 'overview', 'breakers', 'patches'] as const;
export type Tab = (typeof tabs)[number];
export type Panel = 'tree' | 'main' | 'side' | 'events';
export interface Sample {
  readonly seq: number;
  readonly at: number;
  readonly score: number | undefined;
  readonly rate: number;
  readonly tradingMode: string | undefined;
}

/** Entries and samples that are kept; older ones are asked for. */
const entryCountMax = 4_000;
const sampleCountMax = 1_200;

export const link = signal<'no-token' | 'opening' | 'open' | 'lost' | 'refused'>('opening');
export const lostAt = signal(0);
export const retryMs = signal(0);
export const hello = signal<Hello | undefined>(undefined);
export const problem = signal('');
export const vitals = signal<Frame | undefined>(undefined);
export const live = signal<ReadonlyMap<string, Actor>>(new Map());
export const entries = signal<readonly Entry[]>([]);
/** The entries are of a place in the past: those that come are no continuation of them. */
export const isAway = signal(false);
export const samples = signal<readonly Sample[]>([]);
export const droppedCount = signal(0);
export const hotPaths = signal<ReadonlySet<string>>(new Set());
/** Changes of each actor in the last frames, newest last. */
export const activity = signal<ReadonlyMap<string, readonly number[]>>(new Map());

/** The turn that every panel shows; undefined: now. */
export const position = signal<number | undefined>(undefined);
export const moment = signal<Moment | undefined>(undefined);
export const isPlaying = signal(false);

export const selected = signal('');
export const follows = signal(true);
export const tab = signal<Tab>('chart');
export const panel = signal<Panel>('main');
export const treeFilter = signal('');
export const shut = signal<ReadonlySet<string>>(new Set());
export const entryFilter = signal('');
export const shownKinds = signal<ReadonlySet<string>>(new Set(entryKinds));
/** The list as it was when it was held; undefined while it runs. */
export const held = signal<readonly Entry[] | undefined>(undefined);
export const isUnlocked = signal(false);
export const palette = signal<'closed' | 'commands' | 'keys'>('closed');
export const popover = signal<'none' | 'posture' | 'alerts'>('none');
export const toast = signal('');

export const charts = signal<ReadonlyMap<string, Answers['chart']>>(new Map());
export const detail = signal<Detail | undefined>(undefined);
export const difference = signal<Difference | undefined>(undefined);
export const explanation = signal<Explanation | undefined>(undefined);
export const messages = signal<Answers['messages'] | undefined>(undefined);
export const refusal = signal('');

const phone = matchMedia('(max-width: 760px)');
export const isPhone = signal(phone.matches);
phone.addEventListener('change', ({ matches }) => {
  isPhone.value = matches;
});

export const isPast = computed(() => position.value !== undefined);
export const mode = computed(() => {
  if (link.value === 'lost') return 'lost';
  return isPast.value || hello.value?.mode === 'recorded' ? 'past' : 'live';
});

/** Actors of the position; while the past is being rebuilt, those that were shown before. */
let shown: readonly Actor[] = [];
export const actors = computed((): readonly Actor[] => {
  if (position.value === undefined) shown = [...live.value.values()];
  else if (moment.value?.seq === position.value) shown = moment.value.actors;
  // A recorded journal begins in the past: until its first moment is there, its end.
  return shown.length > 0 ? shown : [...live.value.values()];
});
export const actor = computed(() => actors.value.find(({ path }) => path === selected.value));
export const head = computed(() => {
  const frame = vitals.value;
  if (frame) return { seq: frame.seqTo, at: frame.at, digest: frame.digest };
  return hello.value?.head ?? { seq: 0, at: 0, digest: '' };
});
export const shownHead = computed(() => {
  const at = position.value;
  if (at === undefined) return head.value;
  if (moment.value?.seq === at) return moment.value;
  return { seq: at, at: entries.value.find(({ seq }) => seq === at)?.at ?? 0, digest: '' };
});

export const turns = computed(() => entries.value.filter(({ changed }) => changed.length > 0));
/** The turn in question: the one of the position, or the newest that changed something. */
export const turn = computed((): Entry | undefined => {
  const at = position.value;
  if (at === undefined) return turns.value.at(-1);
  return entries.value.findLast(({ seq }) => seq <= at);
});
/** The newest turn up to the position in which the chosen actor took part. */
export const actorTurn = computed((): Entry | undefined => {
  const until = position.value ?? Number.POSITIVE_INFINITY;
  const path = selected.value;
  return entries.value.findLast(
    (entry) => entry.seq <= until && (entry.path === path || entry.changed.includes(path)),
  );
});
export const chart = computed((): { hash: string; chart: Chart } | undefined =>
  charts.value.get(actor.value?.machine ?? ''),
);
export const mayOrder = computed(
  () => mode.value === 'live' && hello.value?.role !== 'viewer' && isUnlocked.value,
);

let toastTimer = 0;
export function say(text: string): void {
  toast.value = text;
  clearTimeout(toastTimer);
  toastTimer = window.setTimeout(() => {
    toast.value = '';
  }, 3_200);
}

export function addEntries(more: readonly Entry[]): void {
  entries.value = mergedEntries(entries.value, more, entryCountMax);
}

/** Whether the entries of that time are here. */
export const reaches = (seq: number): boolean =>
  seq >= (entries.value[0]?.seq ?? 0) && seq <= (entries.value.at(-1)?.seq ?? 0);

/** A place in the journal in place of the one that was shown. */
export function showEntries(some: readonly Entry[], isNewest: boolean): void {
  batch(() => {
    entries.value = mergedEntries([], some, entryCountMax);
    isAway.value = !isNewest;
  });
}

export function takeTree(rows: readonly Actor[]): void {
  live.value = new Map(rows.map((row) => [row.path, row]));
  if (!live.value.has(selected.value)) selected.value = firstToShow(rows);
}

const firstToShow = (rows: readonly Actor[]): string =>
  (rows.find(({ machine }) => machine === 'circuitBreaker') ?? rows[0])?.path ?? '';

const activityLength = 40;

export function takeFrame(frame: Frame): void {
  batch(() => {
    const rows = new Map(live.value);
    for (const row of frame.actors) {
      const known = rows.get(row.path);
      // A frame says only what can change; the tree, which comes before it, says the rest.
      if (known) rows.set(row.path, { ...known, ...row });
    }
    for (const path of frame.gone) rows.delete(path);
    live.value = rows;
    hotPaths.value = new Set(frame.entries.flatMap(({ changed }) => changed));
    if (!isAway.value) addEntries(frame.entries);
    vitals.value = frame;
    droppedCount.value += frame.dropped;
    const { seqTo: seq, at, score, tradingMode, rates } = frame;
    const sample = { seq, at, score, rate: rates.turnsPerSecond, tradingMode };
    samples.value = [...samples.value.slice(1 - sampleCountMax), sample];
    activity.value = nextActivity(frame);
    if (follows.value && position.value === undefined) followTurn();
  });
}

function nextActivity(frame: Frame): ReadonlyMap<string, readonly number[]> {
  const counts = new Map<string, number>();
  for (const { changed } of frame.entries)
    for (const path of changed) counts.set(path, (counts.get(path) ?? 0) + 1);
  const next = new Map<string, readonly number[]>();
  for (const path of live.value.keys()) {
    const before = activity.value.get(path) ?? [];
    const now = counts.get(path) ?? 0;
    // Those that rest cost nothing.
    if (before.length > 0 || now > 0) next.set(path, [...before.slice(1 - activityLength), now]);
  }
  return next;
}

/** Chooses who the turn changed most tellingly: a breaker or a safeguard before the rest. */
export function followTurn(): void {
  const { value } = turn;
  if (!value || value.changed.length === 0) return;
  const known = new Set(actors.value.map(({ path }) => path));
  const changed = value.changed.filter((path) => known.has(path));
  if (changed.length === 0 || changed.includes(selected.value)) return;
  const tells = value.facts.length > 0 || position.value !== undefined;
  if (tells) selected.value = changed.find((one) => one === value.path) ?? changed[0]!;
}
