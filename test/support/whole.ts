/**
 * Everything a runtime knows at one moment, as text to compare: actors at any depth, timers,
 * effects.
 */
import { type AnyActor, isMachineSnapshot } from 'xstate';
import type { Core } from '../../runtime/core.ts';
import type { Timer } from '../../runtime/engine/timers.ts';
import { encode } from '../../runtime/engine/values.ts';

function actorOf(actor: AnyActor, core: Core): unknown {
  const { refs } = core.engine;
  const snapshot = actor.getSnapshot() as Record<string, unknown> & { status: string };
  const machine = isMachineSnapshot(snapshot) ? snapshot : undefined;
  return {
    id: actor.sessionId,
    status: snapshot.status,
    value: machine?.value,
    children: machine && Object.keys(machine.children).sort(),
    context: encode(snapshot['context'], refs),
    output: encode(snapshot['output'], refs),
  };
}

function timersOf(core: Core): string[] {
  const { bySource } = core.engine.timers as object as {
    bySource: Map<AnyActor, Map<string, Timer>>;
  };
  const { paths, refs } = core.engine;
  return [...bySource.values()]
    .flatMap((mine) => [...mine.values()])
    .sort((a, b) => a.deadlineMs - b.deadlineMs || a.order - b.order)
    .map(({ source, target, id, deadlineMs, cause, event }) =>
      [
        paths.of(source),
        paths.of(target),
        id,
        deadlineMs,
        cause,
        JSON.stringify(encode(event, refs)),
      ].join(' '),
    );
}

export function whole(core: Core): string {
  const { engine, tree, settings } = core;
  const parts = {
    seq: engine.seq,
    at: engine.at,
    actors: [...engine.paths.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, actor]) => [path, actorOf(actor, core)]),
    nodes: [...tree.all()].map(({ path, incarnation, restartCount, startedAtMs, lastError }) => ({
      path,
      incarnation,
      restartCount,
      startedAtMs,
      lastError,
    })),
    timers: timersOf(core),
    effects: engine.effects.waiting().map(({ id, kind }) => `${id} ${kind}`),
    names: engine.kernel
      .named()
      .map((actor) => engine.paths.of(actor))
      .sort(),
    settings,
  };
  return JSON.stringify(parts, null, 1);
}
