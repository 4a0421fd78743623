/** One actor in full: context, timers, what it takes next, and what it waits for. */
import {
  type AnyActor,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateNode,
  isMachineSnapshot,
} from 'xstate';
import type { Core } from '../core.ts';
import { timerWords } from '../explain/entry-words.ts';
import { Refusal } from '../http/problem.ts';
import type { Detail } from './protocol.ts';
import { shown } from './shown.ts';

/** @throws {Refusal} when there is nobody at the path. */
export function detailOf(core: Core, path: string): Detail {
  const { engine } = core;
  const actor = engine.paths.at(path);
  if (!actor && !core.tree.node(path)) {
    throw new Refusal(404, 'NOT_FOUND', `There is no actor at '${path}' at seq ${engine.seq}.`);
  }
  const snapshot = actor?.getSnapshot() as { readonly context?: unknown } | undefined;
  const context = snapshot?.context;
  return {
    path,
    seq: engine.seq,
    at: engine.at,
    ...(context !== undefined && { context: shown(context, engine.refs.pathOf) }),
    timers: actor ? timersOf(core, actor) : [],
    events: isMachineSnapshot(snapshot) ? eventsOf(snapshot, engine.at) : [],
    effects: effectsOf(core, path),
  };
}

const timersOf = ({ engine }: Core, actor: AnyActor): Detail['timers'] =>
  engine.timers
    .of(actor)
    .map(({ id, name, event, deadlineMs, cause }) => ({
      name: timerWords(name ?? id),
      event: event.type,
      dueAtMs: deadlineMs,
      setBySeq: cause,
    }))
    .sort((a, b) => a.dueAtMs - b.dueAtMs);

/** Effects of the actor, and of those that it made itself. */
const effectsOf = ({ engine }: Core, path: string): Detail['effects'] =>
  engine.effects
    .waiting()
    .map(({ actor, port, id, seq }) => ({
      path: engine.paths.of(actor),
      port,
      id,
      askedBySeq: seq,
    }))
    .filter((effect) => effect.path === path || effect.path.startsWith(`${path}/`));

/** What a machine takes in its state, XState's own events left out. */
function eventsOf(snapshot: AnyMachineSnapshot, at: number): Detail['events'] {
  if (snapshot.status !== 'active') return [];
  const states = activeStates(snapshot.machine.root, snapshot.value);
  const types = new Set(states.flatMap((state) => [...state.ownEvents]));
  return [...types]
    .filter((type) => type !== '' && !type.startsWith('xstate.') && !type.endsWith('*'))
    .sort()
    .map((type) => {
      const can = canTake(snapshot, { type, at, ...somebody });
      return { type, ...(can !== undefined && { can }) };
    });
}

/** An order bears who gave it and why: guards may ask for both. */
const somebody = { by: 'somebody', why: 'to know whether it is possible' };

/** Undefined when its guards cannot judge without more than every order has. */
function canTake(snapshot: AnyMachineSnapshot, event: AnyEventObject): boolean | undefined {
  try {
    return snapshot.can(event);
  } catch {
    return undefined;
  }
}

function activeStates(state: AnyStateNode, value: unknown): AnyStateNode[] {
  if (typeof value === 'string') return [state, ...childOf(state, value, {})];
  const regions = Object.entries(Object(value) as object);
  return [state, ...regions.flatMap(([key, inner]) => childOf(state, key, inner))];
}

function childOf(state: AnyStateNode, key: string, value: unknown): AnyStateNode[] {
  const child = state.states[key] as AnyStateNode | undefined;
  return child ? activeStates(child, value) : [];
}
