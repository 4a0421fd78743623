/** How the run went, for plots: asked for once, then what is new, while somebody looks at it. */
import { computed, effect, signal } from '@preact/signals';
import { newestOf, thinned } from '../thinned.ts';
import type { Connection } from './connection.ts';
import * as s from './store.ts';
import type { Actor, History } from './wire.ts';

/** Between two questions, ms. */
const pauseMs = 1_000;
const dotCountMax = 600;
const itemCountMax = 3_000;
/** Entries of the recent end. */
const recentCount = 1_500;

export const history = signal<History | undefined>(undefined);
/** Only the end of a long run. */
export const isRecent = signal(false);

/** Numbers that say how a run goes, by the machine that knows them. */
const numbers: Readonly<Record<string, readonly string[]>> = {
  account: ['price', 'equity', 'drawdownRatio', 'positionQuantity'],
  session: ['orderCount'],
  healthMonitor: ['score'],
};
const lanes = /breaker$|^(degradation|safety|tradingMode|patch|failoverPair)$/i;
const facts = [
  ...['breaker.opened', 'breaker.halfOpened', 'breaker.closed', 'breaker.isolated'],
  ...['patch.proposed', 'patch.applied', 'patch.kept', 'patch.rolledBack', 'patch.rejected'],
  ...['alert.raised', 'supervisor.restarted'],
];

export const isLane = ({ machine }: Actor): boolean => lanes.test(machine);

/** Who is asked about: another question when actors come or go, and for the recent end. */
const asked = computed(() => {
  const { value: actors } = s.actors;
  const fields = actors.flatMap(({ path, machine }) =>
    (numbers[machine] ?? []).map((name) => ({ path, name })),
  );
  const states = actors.filter(isLane).map(({ path }) => path);
  return JSON.stringify({ fields: fields.slice(0, 50), states: states.slice(0, 100), facts });
});

function joined(old: History, more: History): History {
  const { from, changes, marks } = old;
  return {
    from,
    until: more.until,
    series: old.series.map((one) => {
      const found = more.series.find(({ path, name }) => path === one.path && name === one.name);
      return { ...one, dots: [...thinned([...one.dots, ...(found?.dots ?? [])], dotCountMax)] };
    }),
    changes: [...newestOf([...changes, ...more.changes], itemCountMax)],
    marks: [...marks, ...more.marks].slice(-itemCountMax),
  };
}

const isWanted = computed(() => s.tab.value === 'overview' || s.tab.value === 'breakers');

export function startHistory(connection: Connection): void {
  let isBusy = false;
  let lastAsked = '';
  const ask = async (): Promise<void> => {
    const key = `${asked.value} ${isRecent.value}`;
    const known = key === lastAsked ? history.value : undefined;
    const first = isRecent.value ? Math.max(1, s.head.value.seq - recentCount) : 1;
    const from = known ? known.until + 1 : first;
    if (known && from > s.head.value.seq) return;
    const query = { ...JSON.parse(asked.value), from };
    const more = await connection.ask('history', { query });
    history.value = known ? joined(known, more) : more;
    lastAsked = key;
  };
  const run = async (): Promise<void> => {
    isBusy = true;
    await ask().catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    isBusy = false;
    next.value += 1;
  };
  const next = signal(0);
  effect(() => {
    const isOpen = s.link.value === 'open' && isWanted.value;
    // Again when the head has moved, when the question is another one, and after a pause.
    const key = `${s.head.value.seq} ${asked.value} ${isRecent.value} ${next.value}`;
    if (isOpen && key !== '' && !isBusy && asked.value !== '') void run();
  });
}

/** Dots of the first series of a name. */
export const dotsOf = (name: string): History['series'][number]['dots'] =>
  history.value?.series.find((one) => one.name === name && one.dots.length > 0)?.dots ?? [];
