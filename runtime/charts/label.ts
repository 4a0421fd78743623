/** Names of events, guards and actions as people read them. */
import type { AnyStateNode } from 'xstate';

interface EventLabel {
  readonly event: string;
  readonly kind: 'event' | 'after' | 'done' | 'error';
}

/** Event types of the delayed transitions of a state, with their labels. */
export const afterLabels = (state: AnyStateNode): ReadonlyMap<string, string> =>
  new Map(
    state.after.map(({ eventType, delay }) => [
      eventType,
      typeof delay === 'number' ? `after ${delay} ms` : `after ${nameOf(delay)}`,
    ]),
  );

/** XState's own event types in words, as `xstate.done.actor.login` in `done login`. */
export function eventLabel(type: string, delays: ReadonlyMap<string, string>): EventLabel {
  const delay = delays.get(type);
  if (delay !== undefined) return { event: delay, kind: 'after' };
  const [, word, from, name] =
    /^xstate\.(done|error|snapshot)\.(state|actor)\.(.+)$/.exec(type) ?? [];
  if (word === undefined) return { event: type === '*' ? 'any other' : type, kind: 'event' };
  const event = from === 'state' ? word : `${word} ${name}`;
  return { event, kind: word === 'snapshot' ? 'event' : (word as 'done' | 'error') };
}

/** As in `isFull`, `and(isFull, not(isForced))`; `undefined` when there is no guard. */
export function guardLabel(guard: unknown): string | undefined {
  if (guard === undefined) return undefined;
  const parts = (guard as { guards?: readonly unknown[] }).guards;
  if (!Array.isArray(parts)) return nameOf(guard);
  return `${nameOf(guard)}(${parts.map((part) => guardLabel(part) ?? '').join(', ')})`;
}

/**
 * Name of an invoked actor. XState makes one up, beginning with its own, for logic written in
 * place.
 */
export const invokeLabel = (source: unknown): string =>
  typeof source === 'string' && !source.startsWith('xstate.') ? source : 'inline';

/** The actions that the author wrote; those that XState adds for its timers are left out. */
export const actionLabels = (actions: readonly unknown[]): readonly string[] =>
  actions.filter((action) => !isTimer(action)).map(nameOf);

function isTimer(action: unknown): boolean {
  const { id, sendId } = Object(action) as { id?: unknown; sendId?: unknown };
  return [id, sendId].some((name) => typeof name === 'string' && name.startsWith('xstate.after.'));
}

/**
 * Name of an implementation: a string, `{ type, params }`, or a function with a name of its own.
 */
function nameOf(part: unknown): string {
  if (typeof part === 'string') return part;
  const { type, name, params } = Object(part) as Record<string, unknown>;
  if (typeof type === 'string') return `${type.replace(/^xstate\./, '')}${detail(part, params)}`;
  return typeof name === 'string' && name !== '' && !slots.has(name) ? name : 'inline';
}

/** What a built-in action is about, or the fixed parameters of another one. */
function detail(part: unknown, params: unknown): string {
  const { event, assignment } = Object(part) as Record<string, unknown>;
  const type = (Object(event) as { type?: unknown }).type;
  if (typeof type === 'string') return `(${type})`;
  if (typeof assignment === 'object' && assignment !== null) {
    return `(${Object.keys(assignment).join(', ')})`;
  }
  return typeof params === 'object' && params !== null ? ` ${JSON.stringify(params)}` : '';
}

/** A function that was written in place has the name of the place, which says nothing. */
const slots: ReadonlySet<string> = new Set(['guard', 'actions', 'entry', 'exit', 'delay', 'after']);
