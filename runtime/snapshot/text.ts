/** A captured tree as text, in slices, so that the pause does not grow with the tree. */
import { createHash } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import { isMachineSnapshot } from 'xstate';
import type { Core } from '../core.ts';
import { kindOf } from '../engine/kinds.ts';
import { tellsParent } from '../engine/seam.ts';
import { encode, keepingUndefined, type Refs } from '../engine/values.ts';
import type { Json } from '../journal/format.ts';
import type { Capture, CapturedActor } from './capture.ts';
import { sourceOf } from './names.ts';
import type { ActorRow, BodyRow, ChildRow, EndRow } from './rows.ts';
import { timerRow } from './rows-of-node.ts';

/** Rows that are made without a pause: about a millisecond. */
const SLICE_COUNT = 64;

/**
 * The lines of a snapshot.
 *
 * @throws {TypeError} when a value, or an inline logic, cannot come back from a file.
 */
export async function* snapshotText(core: Core, taken: Capture): AsyncGenerator<string> {
  yield `${JSON.stringify(taken.head)}\n`;
  const sum = createHash('sha256');
  let count = 0;
  let text = '';
  for (const row of bodyRows(core, taken)) {
    const line = `${JSON.stringify(row)}\n`;
    sum.update(line);
    text += line;
    count += 1;
    if (count % SLICE_COUNT !== 0) continue;
    yield text;
    text = '';
    await breathe();
  }
  const end: EndRow = { end: count, tree: sum.digest('hex') };
  yield `${text}${JSON.stringify(end)}\n`;
}

function* bodyRows(core: Core, { nodes, timers, effects }: Capture): Iterable<BodyRow> {
  const { paths } = core.engine;
  const refs = keepingUndefined(core.engine.refs);
  for (const { row, actor } of nodes) {
    yield actor ? { ...row, actor: actorRow(refs, actor) } : row;
  }
  for (const timer of timers) yield timerRow(core, paths.of(timer.source), timer);
  for (const { actor, id, seq } of effects) yield { effect: paths.of(actor), id, seq };
}

function actorRow(refs: Refs, taken: CapturedActor): ActorRow {
  const { actor, snapshot } = taken;
  const { sessionId: session } = actor;
  const { status } = snapshot;
  const path = refs.pathOf(actor);
  if (kindOf(actor.logic) === 'custom') {
    const custom = encodeAt(path, actor.logic.getPersistedSnapshot(snapshot), refs);
    return { session, status, data: {}, custom };
  }
  const data = dataOf(path, snapshot as never, refs);
  if (!isMachineSnapshot(snapshot)) return { session, status, data };
  const history = Object.entries(snapshot.historyValue).map(
    ([id, nodes]) => [id, nodes.map((node) => node.id)] as const,
  );
  const rowOf = (child: CapturedActor) => childRow(refs, taken, child);
  const children = taken.children.map(([key, child]) => [key, rowOf(child)] as const);
  return {
    session,
    status,
    data,
    value: snapshot.value as Json,
    ...(history.length > 0 ? { history: Object.fromEntries(history) } : {}),
    ...(children.length > 0 ? { children: Object.fromEntries(children) } : {}),
    ...(taken.displaced.length > 0 ? { displaced: taken.displaced.map(rowOf) } : {}),
    ...(taken.order ? { order: taken.order } : {}),
  };
}

function childRow(refs: Refs, parent: CapturedActor, child: CapturedActor): ChildRow {
  const { systemId } = child.actor as { readonly systemId?: string };
  return {
    id: child.actor.id,
    ...actorRow(refs, child),
    src: sourceOf(parent.actor, child.actor, refs.pathOf(child.actor)),
    ...(systemId === undefined ? {} : { systemId }),
    ...(tellsParent(child.actor) ? { tells: true } : {}),
  };
}

const fields = ['context', 'input', 'output', 'error'] as const;

function dataOf(
  path: string,
  snapshot: { readonly [field: string]: unknown },
  refs: Refs,
): Record<string, Json> {
  const data: Record<string, Json> = {};
  for (const field of fields) {
    if (snapshot[field] !== undefined) data[field] = encodeAt(path, snapshot[field], refs);
  }
  return data;
}

function encodeAt(path: string, value: unknown, refs: Refs): Json {
  try {
    return encode(value, refs);
  } catch (error) {
    throw new TypeError(`'${path}': ${(error as Error).message}`);
  }
}
