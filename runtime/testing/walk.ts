/** Walks every edge of a machine, for tests that hold on all of them instead of on samples. */
import {
  type AnyStateMachine,
  type EventFromLogic,
  getNextTransitions,
  type InputFrom,
  initialTransition,
  type SnapshotFrom,
  transition,
} from 'xstate';

/** One step: an elapsed delay has only a `type`, which starts with `xstate.after.`. */
export interface Edge<M extends AnyStateMachine> {
  readonly from: SnapshotFrom<M>;
  readonly event: EventFromLogic<M>;
  readonly to: SnapshotFrom<M>;
}

export interface WalkOptions<M extends AnyStateMachine> {
  /** Left out for machines that take none. */
  readonly input?: InputFrom<M>;
  /** The events to try in every snapshot, or a function that lists them for one snapshot. */
  readonly events:
    | readonly EventFromLogic<M>[]
    | ((snapshot: SnapshotFrom<M>) => readonly EventFromLogic<M>[]);
  /**
   * Tells snapshots apart; by default value and context as JSON. A test leaves out fields that grow
   * without bound and that no guard reads, such as a generation number.
   */
  readonly key?: (snapshot: SnapshotFrom<M>) => string;
  /** Most distinct snapshots, default 10,000. */
  readonly limit?: number;
  /** Whether elapsed delays (`after`) count as events, default true. */
  readonly delays?: boolean;
}

const valueAndContext = (snapshot: { value: unknown; context: unknown }): string =>
  JSON.stringify([snapshot.value, snapshot.context]);

function elapsedDelays<M extends AnyStateMachine>(snapshot: SnapshotFrom<M>): EventFromLogic<M>[] {
  const types = getNextTransitions(snapshot as never).map((next) => next.eventType);
  return [...new Set(types)]
    .filter((type) => type.startsWith('xstate.after.'))
    .map((type) => ({ type }) as EventFromLogic<M>);
}

/**
 * Every edge that the machine can take from `input`, breadth first: an earlier edge is never
 * further from the start than a later one. An event that changes nothing is an edge too.
 *
 * @throws {RangeError} when more than `limit` snapshots are reachable: give the machine smaller
 *   settings, or a `key` without the field that grows.
 */
export function walk<M extends AnyStateMachine>(machine: M, options: WalkOptions<M>): Edge<M>[] {
  const { events, limit = 10_000, delays = true } = options;
  const key = options.key ?? (valueAndContext as (snapshot: SnapshotFrom<M>) => string);
  const [first] = initialTransition(machine, ...([options.input] as never));
  const queue = [first as SnapshotFrom<M>];
  const seen = new Set([key(first as SnapshotFrom<M>)]);
  const edges: Edge<M>[] = [];
  for (const from of queue) {
    const listed = typeof events === 'function' ? events(from) : events;
    for (const event of delays ? [...listed, ...elapsedDelays<M>(from)] : listed) {
      const to = transition(machine, from, event)[0] as SnapshotFrom<M>;
      edges.push({ from, event, to });
      const reached = key(to);
      if (seen.has(reached)) continue;
      if (seen.size >= limit) {
        throw new RangeError(`More than ${limit} snapshots of '${machine.id}' are reachable.`);
      }
      seen.add(reached);
      queue.push(to);
    }
  }
  return edges;
}
