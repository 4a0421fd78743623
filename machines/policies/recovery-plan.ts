/**
 * A recovery plan as a graph: who waits for how many, whom each one sets free, and who is most
 * urgent. Counters of missing dependencies make each step of the work cheap.
 *
 * @see A. B. Kahn, Topological sorting of large networks, CACM 5(11), 1962.
 */

export type RecoveryPriority = 'critical' | 'core' | 'supporting';

/** What a host may do for a component beside `start`. */
export type OptionalStep = 'restore' | 'validate' | 'rollback';

/** A component of a plan: all that is known of it without its functions. */
export interface PlannedComponent {
  readonly id: string;
  readonly priority: RecoveryPriority;
  /** Ids of components that have to be validated before it starts. */
  readonly dependsOn: readonly string[];
  readonly steps: readonly OptionalStep[];
  /** The system can live without it, and without all that needs it, in this mode. */
  readonly reducedMode: string | null;
  /** How old its data may be at the outage, ms; null: not judged. */
  readonly dataAgeMaxMs: number | null;
  readonly stepTimeoutMs: number;
  readonly attemptCountMax: number;
}

/** Recovery time objectives, ms from the outage on. */
export interface RecoveryObjectives {
  readonly criticalMs: number;
  readonly coreMs: number;
  readonly supportingMs: number;
}

/**
 * The plan, its components in the order of urgency: each after all that it needs, and before
 * those that are less urgent. Everything else names components by their place in this order.
 */
export interface RecoveryGraph {
  readonly components: readonly PlannedComponent[];
  /** Who needs each component directly. */
  readonly dependents: readonly (readonly number[])[];
  /** How many others each component needs directly. */
  readonly needCounts: readonly number[];
}

/** Why a plan cannot be carried out. */
export type PlanProblem =
  | { readonly kind: 'empty' }
  | { readonly kind: 'duplicate'; readonly component: string }
  | { readonly kind: 'unknown'; readonly component: string; readonly dependency: string }
  /** The way round: each needs the next one; the first is named again at the end. */
  | { readonly kind: 'cycle'; readonly path: readonly string[] };

export function objectiveMs(objectives: RecoveryObjectives, priority: RecoveryPriority): number {
  if (priority === 'critical') return objectives.criticalMs;
  return priority === 'core' ? objectives.coreMs : objectives.supportingMs;
}

/** The graph of a plan, or what is wrong with it. */
export function graphOf(
  components: readonly PlannedComponent[],
  objectives: RecoveryObjectives,
): { readonly graph: RecoveryGraph } | { readonly problem: PlanProblem } {
  if (components.length === 0) return { problem: { kind: 'empty' } };
  const linked = linksOf(components);
  if ('problem' in linked) return linked;
  const { needs, dependents } = linked;
  const order = topologicalOrder(needs, dependents);
  if (order.length < components.length) {
    return { problem: { kind: 'cycle', path: cycleOf(components, needs, order) } };
  }
  const urgency = urgencyOf(components, dependents, order, objectives);
  // Whoever is needed is at least as urgent, and stands earlier in the order: it stays in front.
  const byUrgency = order.toSorted((a, b) => urgency[a]! - urgency[b]!);
  const places = new Array<number>(order.length);
  for (const [place, index] of byUrgency.entries()) places[index] = place;
  return {
    graph: {
      components: byUrgency.map((index) => components[index]!),
      dependents: byUrgency.map((index) =>
        dependents[index]!.map((other) => places[other]!).sort((a, b) => a - b),
      ),
      needCounts: byUrgency.map((index) => needs[index]!.length),
    },
  };
}

type Links = { readonly needs: readonly number[][]; readonly dependents: readonly number[][] };

function linksOf(components: readonly PlannedComponent[]): Links | { problem: PlanProblem } {
  const byId = new Map(components.map(({ id }, index) => [id, index]));
  if (byId.size < components.length) {
    const twice = components.find(({ id }, index) => byId.get(id) !== index)!;
    return { problem: { kind: 'duplicate', component: twice.id } };
  }
  const dependents = components.map((): number[] => []);
  const needs: number[][] = [];
  for (const [index, { id, dependsOn }] of components.entries()) {
    const needed = new Set<number>();
    for (const dependency of dependsOn) {
      const other = byId.get(dependency);
      if (other === undefined) {
        return { problem: { kind: 'unknown', component: id, dependency } };
      }
      needed.add(other);
    }
    for (const other of needed) dependents[other]!.push(index);
    needs.push([...needed]);
  }
  return { needs, dependents };
}

/** Each after all that it needs; whoever is in a cycle, or behind one, is missing. */
function topologicalOrder(
  needs: readonly (readonly number[])[],
  dependents: readonly (readonly number[])[],
): number[] {
  const missing = needs.map(({ length }) => length);
  const order = [...missing.keys()].filter((index) => missing[index] === 0);
  for (const index of order) {
    for (const other of dependents[index]!) {
      missing[other]! -= 1;
      if (missing[other] === 0) order.push(other);
    }
  }
  return order;
}

/** Whoever was not ordered needs another one that was not: that way ends in a circle. */
function cycleOf(
  components: readonly PlannedComponent[],
  needs: readonly (readonly number[])[],
  order: readonly number[],
): string[] {
  const ordered = new Set(order);
  const way: number[] = [];
  const placeOnWay = new Map<number, number>();
  let at = components.findIndex((_, index) => !ordered.has(index));
  while (!placeOnWay.has(at)) {
    placeOnWay.set(at, way.length);
    way.push(at);
    at = needs[at]!.find((other) => !ordered.has(other))!;
  }
  return [...way.slice(placeOnWay.get(at)), at].map((index) => components[index]!.id);
}

/** A component is as urgent as the most urgent of those that wait for it. */
function urgencyOf(
  components: readonly PlannedComponent[],
  dependents: readonly (readonly number[])[],
  order: readonly number[],
  objectives: RecoveryObjectives,
): number[] {
  const urgency = components.map(({ priority }) => objectiveMs(objectives, priority));
  for (const index of order.toReversed()) {
    for (const other of dependents[index]!) {
      if (urgency[other]! < urgency[index]!) urgency[index] = urgency[other]!;
    }
  }
  return urgency;
}

/** In words. */
export function problemText(problem: PlanProblem): string {
  switch (problem.kind) {
    case 'empty':
      return 'the plan has no components';
    case 'duplicate':
      return `two components have the id '${problem.component}'`;
    case 'unknown':
      return `'${problem.component}' needs '${problem.dependency}', which is not in the plan`;
    case 'cycle':
      return `a cycle of dependencies: ${problem.path.join(' -> ')}`;
  }
}
