/**
 * Takes a snapshot of the whole tree between two turns: references only, because snapshots of
 * actors never change. They become text later, slice by slice, while the tree goes on.
 */
import { type AnyActor, isMachineSnapshot } from 'xstate';
import type { Core } from '../core.ts';
import type { Asked } from '../engine/effects.ts';
import type { Timer } from '../engine/timers.ts';
import { encode, keepingUndefined } from '../engine/values.ts';
import { FORMAT, type Json } from '../journal/format.ts';
import { redact } from '../settings/redact.ts';
import type { Node } from '../supervision/node.ts';
import { originOf } from './origin.ts';
import type { HeadRow, NodeRow } from './rows.ts';
import { encodeMemory, encodeReports } from './rows-of-node.ts';

export type AnySnapshot = ReturnType<AnyActor['getSnapshot']>;

/** An actor as it was, with all that it had made itself. */
export interface CapturedActor {
  readonly actor: AnyActor;
  readonly snapshot: AnySnapshot;
  /** By the key under which the machine knows them. */
  readonly children: readonly (readonly [key: string, child: CapturedActor])[];
  /** XState files all that are spawned without an id under one key: these were displaced. */
  readonly displaced: readonly CapturedActor[];
  /** Ids in the order in which they were made, where that is another one. */
  readonly order: readonly string[] | undefined;
}

export interface CapturedNode {
  readonly row: Omit<NodeRow, 'actor'>;
  readonly actor: CapturedActor | undefined;
}

export interface Capture {
  readonly head: HeadRow;
  readonly nodes: readonly CapturedNode[];
  readonly timers: readonly Timer[];
  readonly effects: readonly Asked[];
}

/**
 * @param observer what the host's observer wants to keep.
 * @throws {TypeError} when something is held that no journal can keep; it names the actor.
 */
export function capture(core: Core, observer: Json | undefined): Capture {
  return {
    head: headOf(core, observer),
    nodes: [...core.tree.all()].map((node) => ({
      row: nodeRow(core, node),
      actor: node.actor && captured(core, node.actor),
    })),
    timers: core.engine.timers.all(),
    effects: core.engine.effects.waiting(),
  };
}

function headOf(core: Core, observer: Json | undefined): HeadRow {
  const { engine, tree, settings, deadLetterCount } = core;
  const refs = keepingUndefined(engine.refs);
  return {
    format: FORMAT,
    snapshot: engine.seq,
    at: engine.at,
    ids: engine.ids.count,
    digest: engine.digest.save(),
    settings: redact(settings) as Json,
    ...(core.given === settings ? {} : { given: redact(core.given) as Json }),
    deadLetterCount,
    startsBefore: [...tree.startsBefore],
    armed: [...engine.gate.armed].map(([path, error]) => [path, encode(error, refs)]),
    ...(observer === undefined ? {} : { observer }),
  };
}

const none: readonly never[] = [];

function captured(core: Core, actor: AnyActor): CapturedActor {
  const snapshot = actor.getSnapshot();
  const order = undefined;
  if (!isMachineSnapshot(snapshot)) {
    return { actor, snapshot, children: none, displaced: none, order };
  }
  const children: [string, CapturedActor][] = [];
  const filed = new Set<AnyActor>();
  for (const key of Object.keys(snapshot.children)) {
    const child = snapshot.children[key] as AnyActor | undefined;
    if (!child) continue;
    children.push([key, captured(core, child)]);
    filed.add(child);
  }
  const made = core.engine.paths.childrenOf(actor);
  const displaced = made.filter((child) => !filed.has(child));
  const running = new Set(made);
  const listed = [...[...filed].filter((child) => running.has(child)), ...displaced];
  return {
    ...{ actor, snapshot, children },
    displaced: displaced.map((child) => captured(core, child)),
    order: listed.every((child, at) => child === made[at]) ? order : made.map(({ id }) => id),
  };
}

function nodeRow(core: Core, node: Node): CapturedNode['row'] {
  const { work, chart, obeyed, given, lastError, poison } = node;
  const refs = keepingUndefined(core.engine.refs);
  return {
    node: node.path,
    origin: originOf(node),
    status: node.status,
    incarnation: node.incarnation,
    restartCount: node.restartCount,
    startedAtMs: node.startedAtMs,
    stoppingAtMs: node.stoppingAtMs,
    attempt: node.attempt,
    hasRun: node.hasRun,
    hasObeyed: chart !== undefined && chart.orders === obeyed,
    ...(lastError === undefined ? {} : { lastError }),
    ...(given === undefined ? {} : { given: encode(given, refs) }),
    ...(work ? { work: workRow(work) } : {}),
    ...(node.reports.length > 0 ? { reports: encodeReports(core, node) } : {}),
    ...(poison ? { poison: { event: encode(poison.event, refs), count: poison.count } } : {}),
    ...(node.memory ? { memory: encodeMemory(core, node.memory) } : {}),
  };
}

function workRow({
  kind,
  ids,
  next,
  waitsFor,
}: NonNullable<Node['work']>): NonNullable<NodeRow['work']> {
  return { kind, ids, next, ...(waitsFor ? { waitsFor: waitsFor.spec.id } : {}) };
}
