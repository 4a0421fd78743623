/** Failover pairs, and recoveries that run, where there are any. */
import { RECOVERIES } from '../../../actors/recovery.ts';
import type { Runtime } from '../../runtime.ts';
import type { TreeView } from '../../view.ts';
import { pairsOf } from '../pairs.ts';
import { type Family, gauge, type Sample, states } from './text.ts';

const pairStates = ['primary', 'backup', 'switching', 'failingBack', 'suspended'];
const recoveryStates = ['recovering', 'validating', 'held', 'rollingBack'] as const;

function failover(runtime: Runtime, actors: readonly TreeView[]): readonly Family[] {
  const pairs = pairsOf(runtime, actors);
  const each = (read: (pair: (typeof pairs)[number]) => number | null | undefined) =>
    pairs.flatMap((pair): Sample[] => {
      const value = read(pair);
      return typeof value === 'number' ? [{ value, labels: { pair: pair.name } }] : [];
    });
  return [
    gauge(
      'kintsugi_failover_state',
      'State of each pair: 1 for the one that holds.',
      pairs.flatMap(({ name, state }) => states(pairStates, state, { pair: name })),
    ),
    gauge(
      'kintsugi_failover_active',
      '1 while a side of this host is active, under a lease that has not run out.',
      each(({ isActive }) => (isActive ? 1 : 0)),
    ),
    gauge(
      'kintsugi_failover_epoch',
      'Newest epoch that is known.',
      each(({ epoch }) => epoch),
    ),
    gauge(
      'kintsugi_failover_lag_seconds',
      'What a switch would lose at most.',
      each(({ lagMs }) => (typeof lagMs === 'number' ? lagMs / 1_000 : undefined)),
    ),
  ];
}

function recoveries({ recovery }: Runtime, actors: readonly TreeView[]): readonly Family[] {
  if (!actors.some(({ path }) => path === RECOVERIES)) return [];
  const running = recovery.list();
  const countOf = (state: string) => running.filter((one) => one.state === state).length;
  return [
    gauge(
      'kintsugi_recoveries',
      'Recoveries that run.',
      recoveryStates.map((state) => ({ value: countOf(state), labels: { state } })),
    ),
    gauge(
      'kintsugi_recovery_remaining_seconds',
      'Time until the deadline of each that runs.',
      running.map(({ id, remainingMs }) => ({ value: remainingMs / 1_000, labels: { id } })),
    ),
  ];
}

/** @param actors of the runtime. */
export const standbyFamilies = (
  runtime: Runtime,
  actors: readonly TreeView[],
): readonly Family[] => [...failover(runtime, actors), ...recoveries(runtime, actors)];
