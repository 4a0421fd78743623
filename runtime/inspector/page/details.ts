/** Details of many actors, for the views that show more than the chosen one. */
import { computed, effect, signal } from '@preact/signals';
import type { Connection } from './connection.ts';
import * as s from './store.ts';
import type { Actor, Detail } from './wire.ts';

/** Between two rounds while live, ms. */
const pauseMs = 800;
/** Actors of a view. */
const countMax = 60;

/** By path, each as it was after the turn that is shown. */
export const details = signal<ReadonlyMap<string, Detail>>(new Map());

const machinesOf: Partial<Readonly<Record<s.Tab, RegExp>>> = {
  breakers: /breaker$/i,
  patches: /^(secr|patch)$/,
};
export const isBreaker = ({ machine }: Actor): boolean => machinesOf.breakers!.test(machine);

const wanted = computed((): readonly string[] => {
  const machines = machinesOf[s.tab.value];
  if (!machines) return [];
  return s.actors.value
    .filter(({ machine }) => machines.test(machine))
    .map(({ path }) => path)
    .slice(0, countMax);
});
const wantedText = computed(() => wanted.value.join(' '));

export function startDetails(connection: Connection): void {
  const again = signal(0);
  let isBusy = false;
  let isStale = false;
  const round = async (): Promise<void> => {
    isBusy = true;
    isStale = false;
    const seq = s.position.value;
    const at = seq === undefined ? {} : { seq };
    const found = new Map<string, Detail>();
    for (const path of wanted.value) {
      const detail = await connection.ask('detail', { path, ...at }).catch(() => undefined);
      if (detail) found.set(path, detail);
    }
    if (s.position.value === seq) details.value = found;
    if (seq === undefined) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    isBusy = false;
    if (isStale) again.value += 1;
  };
  effect(() => {
    const key = [s.position.value ?? s.head.value.seq, wantedText.value, again.value];
    if (s.link.value !== 'open' || wantedText.value === '' || key.length === 0) return;
    isStale = isBusy;
    if (!isBusy) void round();
  });
}
