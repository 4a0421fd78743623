/** Which states of a chart are active, and which transitions led there. */
import type { Chart, Explanation } from './wire.ts';

/** Ids of every active state, the machine itself first. */
export function activeIds(chart: Chart, value: unknown): ReadonlySet<string> {
  const active = new Set<string>([chart.id]);
  const enter = (parent: string, inner: unknown): void => {
    const names = typeof inner === 'string' ? [[inner, undefined] as const] : pairsOf(inner);
    for (const [name, below] of names) {
      const node = chart.nodes.find((one) => one.parent === parent && one.name === name);
      if (!node) continue;
      active.add(node.id);
      if (below !== undefined) enter(node.id, below);
    }
  };
  if (value !== undefined && value !== null) enter(chart.id, value);
  return active;
}

const pairsOf = (value: unknown): readonly (readonly [string, unknown])[] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : [];

/** What one turn did to one actor, as its chart shows it. */
export interface Passage {
  /** Indices of the edges that were taken. */
  readonly hot: ReadonlySet<number>;
  /** States that were left. */
  readonly left: ReadonlySet<string>;
  /** The event that nothing in the chart took; undefined when all were taken. */
  readonly ignored: string | undefined;
}

const nowhere: Passage = { hot: new Set(), left: new Set(), ignored: undefined };

/** From the explanation of a turn: what was taken, never what might have been. */
export function passageOf(
  chart: Chart,
  path: string,
  explanation: Explanation | undefined,
): Passage {
  const steps = (explanation?.happened ?? []).filter(
    (one) => one.kind === 'step' && one.actor === path && !one.undone,
  );
  if (steps.length === 0) return nowhere;
  const hot = new Set<number>();
  const left = new Set<string>();
  let ignored: string | undefined;
  for (const step of steps) {
    if (step.kind !== 'step') continue;
    if (step.transitions.length === 0) ignored = step.on;
    for (const { source, targets, guard } of step.transitions) {
      const found = edgesTaken(chart, source, targets, step.on, guard);
      for (const index of found) hot.add(index);
    }
    const before = activeIds(chart, step.from);
    const after = activeIds(chart, step.to);
    if (step.from !== undefined) for (const id of before) if (!after.has(id)) left.add(id);
  }
  return { hot, left, ignored: hot.size > 0 ? undefined : ignored };
}

function edgesTaken(
  chart: Chart,
  source: string,
  targets: readonly string[],
  event: string,
  guard: string | undefined,
): readonly number[] {
  const near = chart.edges.flatMap((edge, index) => {
    if (edge.from !== source) return [];
    const isThere = targets.length === 0 ? edge.to === source : targets.includes(edge.to);
    return isThere ? [{ edge, index }] : [];
  });
  const sameGuard = near.filter(({ edge }) => edge.guard === guard);
  const close = sameGuard.length > 0 ? sameGuard : near;
  const exact = close.filter(({ edge }) => edge.event === event);
  const other = close.filter(({ edge }) => edge.kind !== 'event');
  const best = exact.length > 0 ? exact : other.length > 0 ? other : close;
  return best.map(({ index }) => index);
}
