/** Properties that every machine has to have, whatever it is for. */
import {
  type AnyStateMachine,
  type AnyStateNode,
  createActor,
  type SnapshotFrom,
  type StateValue,
  transition,
} from 'xstate';
import { describeEdge } from './expect-invariant.ts';
import { type Edge, type WalkOptions, walk } from './walk.ts';

export interface SoundOptions<M extends AnyStateMachine> extends WalkOptions<M> {
  /** Of these tags every snapshot has exactly one. */
  readonly exclusiveTags?: readonly string[];
  /** States that these settings cannot reach, as in `open.waiting`. */
  readonly unreachable?: readonly string[];
}

type Shown = { value: StateValue; context: unknown; status: string };

const face = (snapshot: unknown): string => {
  const { value, context, status } = snapshot as Shown;
  return JSON.stringify([value, context, status]);
};

function namesOf(node: AnyStateNode): string[] {
  return Object.values(node.states).flatMap((state) => [state.path.join('.'), ...namesOf(state)]);
}

function activeNames(value: StateValue, prefix = ''): string[] {
  if (typeof value === 'string') return [prefix + value];
  return Object.entries(value).flatMap(([name, inner]) => [
    prefix + name,
    ...activeNames(inner ?? {}, `${prefix}${name}.`),
  ]);
}

/** The snapshot as it comes back from a journal. */
function restored<M extends AnyStateMachine>(machine: M, snapshot: SnapshotFrom<M>) {
  const persisted = JSON.parse(JSON.stringify(machine.getPersistedSnapshot(snapshot as never)));
  const options = { snapshot: persisted, input: undefined } as never;
  return createActor(machine, options).getSnapshot() as SnapshotFrom<M>;
}

function edgeProblem<M extends AnyStateMachine>(
  machine: M,
  { from, event, to }: Edge<M>,
  exclusiveTags: readonly string[] | undefined,
): string | undefined {
  const next = (snapshot: SnapshotFrom<M>) => face(transition(machine, snapshot, event)[0]);
  const { status, value } = from as never as Shown;
  const reached = to as never as Shown & { hasTag(tag: string): boolean };
  if (exclusiveTags && exclusiveTags.filter((tag) => reached.hasTag(tag)).length !== 1) {
    return `does not have exactly one of the tags ${exclusiveTags.join(', ')} after`;
  }
  if (next(from) !== face(to)) return 'goes elsewhere when tried again:';
  if (next(restored(machine, from)) !== face(to)) {
    return 'goes elsewhere when persisted and restored before';
  }
  const stays =
    reached.status === status && JSON.stringify(reached.value) === JSON.stringify(value);
  return status !== 'active' && !stays ? 'leaves a final state by' : undefined;
}

/**
 * Checks on every edge what any machine owes its runtime: every state can be reached; the same
 * event in the same snapshot gives the same next snapshot, also after a restart; exactly one
 * exclusive tag is on; no edge leaves a final state.
 *
 * @returns the edges, for further checks.
 * @throws {Error} that names the first edge, or the states, that break a promise.
 */
export function expectSound<M extends AnyStateMachine>(
  machine: M,
  options: SoundOptions<M>,
): Edge<M>[] {
  const edges = walk(machine, options);
  const reached = new Set(
    edges.flatMap(({ from, to }) => [
      ...activeNames((from as never as Shown).value),
      ...activeNames((to as never as Shown).value),
    ]),
  );
  const excused = new Set(options.unreachable);
  const missed = namesOf(machine.root).filter((name) => !reached.has(name) && !excused.has(name));
  if (missed.length > 0) {
    throw new Error(`Machine '${machine.id}' never reaches ${missed.join(', ')}.`);
  }
  for (const edge of edges) {
    const problem = edgeProblem(machine, edge, options.exclusiveTags);
    if (problem) throw new Error(`Machine '${machine.id}' ${problem} ${describeEdge(edge)}`);
  }
  return edges;
}
