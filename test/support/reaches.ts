/** Whether a safe state can be reached from everywhere, on the edges that a walk has found. */
import type { AnyStateMachine, SnapshotFrom } from 'xstate';
import type { Edge } from '../../runtime/testing/walk.ts';

/** The snapshots, by their keys, from which no way leads to a safe one. */
export function stranded<M extends AnyStateMachine>(
  edges: readonly Edge<M>[],
  key: (snapshot: SnapshotFrom<M>) => string,
  isSafe: (snapshot: SnapshotFrom<M>) => boolean,
): string[] {
  const before = new Map<string, Set<string>>();
  const safe = new Set<string>();
  for (const { from, to } of edges) {
    for (const one of [from, to]) if (isSafe(one)) safe.add(key(one));
    before.set(key(to), (before.get(key(to)) ?? new Set()).add(key(from)));
  }
  const reached = [...safe];
  for (const at of reached) {
    for (const earlier of before.get(at) ?? []) {
      if (safe.has(earlier)) continue;
      safe.add(earlier);
      reached.push(earlier);
    }
  }
  return edges.map(({ from }) => key(from)).filter((one) => !safe.has(one));
}
