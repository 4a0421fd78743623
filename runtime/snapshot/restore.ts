/**
 * Builds the tree of a snapshot: all actors first, then what they hold, because contexts may hold
 * actors; then they start, with the gate closed, and nothing that they say in doing so is heard.
 */

import type { AnyActor, AnyActorRef, AnyEventObject } from 'xstate';
import type { Settings } from '../../config/settings.ts';
import type { Core } from '../core.ts';
import { decode, type Refs } from '../engine/values.ts';
import type { Node } from '../supervision/node.ts';
import { Maker } from './maker.ts';
import { specAt } from './origin.ts';
import type { ActorRow, NodeRow, Snapshot } from './rows.ts';
import { decodeMemory, decodeReports } from './rows-of-node.ts';

/** Puts a fresh core into the state of a snapshot; what follows it is replayed on that. */
export function restore(core: Core, snapshot: Snapshot, settings: Settings): void {
  const { engine } = core;
  const { head, nodes, timers, effects } = snapshot;
  engine.mode = 'replay';
  engine.seq = head.snapshot;
  engine.at = head.at;
  engine.digest.restore(head.digest);
  core.settings = settings;
  core.given = (head.given as Settings | undefined) ?? settings;
  core.deadLetterCount = head.deadLetterCount;
  for (const [path, count] of head.startsBefore) core.tree.startsBefore.set(path, count);
  const made = nodes.map((row) => ({ row, node: addNode(core, row) }));
  const actors = new Map<string, AnyActor>();
  const maker = new Maker(core);
  for (const { row, node } of made) if (row.actor) maker.makeAt(node, row.actor);
  for (const { actor } of maker.made) actors.set(engine.paths.of(actor), actor);
  const refs: Refs = {
    pathOf: (actor) => engine.paths.of(actor),
    actorAt: (path) => (actors.get(path) ?? engine.paths.reference(path)) as AnyActorRef,
  };
  for (const { actor, row } of maker.made) fill(refs, actor, row);
  for (const [path, error] of head.armed) engine.gate.armed.set(path, decode(error, refs));
  engine.effects.known = new Map(effects.map(({ effect, ...rest }) => [effect, rest]));
  for (const actor of maker.tops) actor.start();
  // XState leaves those that have ended as if they never began: who waits for one would wait on.
  for (const { actor, row } of maker.made) if (row.status !== 'active') actor.start();
  engine.effects.known = new Map();
  engine.effects.sort();
  for (const { timer, target, event, ...rest } of timers) {
    engine.timers.schedule({
      ...rest,
      source: refs.actorAt(timer) as AnyActor,
      target: refs.actorAt(target) as AnyActor,
      event: decode(event, refs) as AnyEventObject,
    });
  }
  for (const { row, node } of made) remember(core, row, node);
  for (const actor of actors.values()) engine.changes.touch(actor);
  engine.collect();
  engine.ids.count = head.ids;
}

function addNode(core: Core, row: NodeRow): Node {
  const { node: path, origin } = row;
  const parent = core.tree.node(path.slice(0, path.lastIndexOf('/')));
  const given = row.given === undefined ? undefined : decode(row.given, core.engine.refs);
  const node = core.tree.add(specAt(core, path, origin, parent), parent, given);
  node.status = row.status;
  node.incarnation = row.incarnation;
  node.restartCount = row.restartCount;
  node.startedAtMs = row.startedAtMs;
  node.stoppingAtMs = row.stoppingAtMs;
  node.attempt = row.attempt;
  node.hasRun = row.hasRun;
  node.lastError = row.lastError;
  return node;
}

/** What a place knows of others; they are all there by now. */
function remember(core: Core, row: NodeRow, node: Node): void {
  const { work, reports, poison, memory } = row;
  if (work) node.work = { ...work, waitsFor: node.children.get(work.waitsFor ?? '') };
  if (reports) node.reports.push(...decodeReports(node, reports));
  if (poison) {
    const event = decode(poison.event, core.engine.refs) as AnyEventObject;
    node.poison = { event, count: poison.count };
  }
  if (memory) node.memory = decodeMemory(core, memory, node.poison);
  if (row.hasObeyed) node.obeyed = node.chart?.orders;
}

/** Gives actors what they held. The snapshot is this very restore's, and nobody has seen it yet. */
function fill(refs: Refs, actor: AnyActor, row: ActorRow): void {
  if (row.custom !== undefined) return;
  const snapshot = actor.getSnapshot() as Record<string, unknown>;
  for (const field of ['context', 'input', 'output', 'error']) {
    const json = row.data[field];
    if (json !== undefined) snapshot[field] = decode(json, refs);
    else if (snapshot[field] !== undefined) snapshot[field] = undefined;
  }
}
