/** Values, states and times as an explanation shows them: short, and always as JSON. */
import type { StateValue } from 'xstate';
import { encode, type Refs } from '../engine/values.ts';
import type { Json } from '../journal/format.ts';

/** Values longer than this as JSON are cut. */
const CHARACTERS_MAX = 1_000;

/** JSON of any value; long ones lose their end, and what no journal holds is named. */
export function viewOf(value: unknown, refs: Refs): Json {
  let json: Json;
  try {
    json = encode(value, refs);
  } catch {
    return { '#': `not JSON: ${Object.prototype.toString.call(value)}` };
  }
  return shortened(json);
}

/** A long value becomes its beginning and its length. */
export function shortened(json: Json): Json {
  if (json === null || (typeof json !== 'object' && typeof json !== 'string')) return json;
  const text = JSON.stringify(json);
  if (text.length <= CHARACTERS_MAX) return json;
  return { '#': `${text.length} characters`, begins: text.slice(0, CHARACTERS_MAX / 4) };
}

/** A value on one line: keys without quotes, the end cut off after `lengthMax` characters. */
export function textOf(value: unknown, lengthMax = 100): string {
  const text =
    value === undefined ? 'none' : (JSON.stringify(value) ?? String(value)).replace(bareKey, '$1:');
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`;
}

/** A key of an object that needs no quotes; one behind `\` or inside of a text is none. */
const bareKey = /(?<=[{,])"([A-Za-z_$][\w$]*)":/g;

/** The states at the ends of a state value, as in `work.run.a` and `link.up`. */
export function leavesOf(value: Json | undefined, above = ''): readonly string[] {
  if (value === undefined) return [];
  if (typeof value === 'string') return [above + value];
  if (value === null || typeof value !== 'object') return [above + String(value)];
  const children = Object.entries(value as Record<string, Json>);
  if (children.length === 0) return above === '' ? [] : [above.slice(0, -1)];
  return children.flatMap(([key, inner]) => leavesOf(inner, `${above}${key}.`));
}

/** A state on one line; of a status that is not active, both. */
export function stateText(to: Json | undefined): string {
  if (isEnded(to)) {
    const leaves = leavesOf(to.value);
    return leaves.length > 0 ? `${to.status} (in ${leaves.join(', ')})` : to.status;
  }
  const leaves = leavesOf(to);
  return leaves.length > 0 ? leaves.join(', ') : 'no states';
}

/** The state of a machine that is not active, as a turn's record has it. */
export const isEnded = (
  to: Json | undefined,
): to is { readonly status: string; readonly value: Json } =>
  typeof to === 'object' && to !== null && 'status' in to && 'value' in to;

/** What was left and what was entered: regions that stayed as they were are not repeated. */
export function moveText(from: Json | undefined, to: Json | undefined): string {
  if (from === undefined) return `-> ${stateText(to)}`;
  const [before, after] = [leavesOf(from), leavesOf(to)];
  const left = before.filter((leaf) => !after.includes(leaf));
  const entered = after.filter((leaf) => !before.includes(leaf));
  if (isEnded(to) || isEnded(from) || left.length + entered.length === 0) {
    const same = left.length + entered.length === 0;
    return same ? `stays ${stateText(to)}` : `${stateText(from)} -> ${stateText(to)}`;
  }
  return `${left.join(', ') || '(nothing)'} -> ${entered.join(', ') || '(nothing)'}`;
}

/** Logical time as ISO 8601; times that no calendar has stay numbers. */
export function timeText(at: number): string {
  return Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : String(at);
}

/** State value of a machine; status of anything else, as a turn's record has it. */
export function stateOf(snapshot: { readonly status: string; readonly value?: StateValue }): Json {
  const { status, value } = snapshot;
  if (value === undefined) return status;
  return status === 'active' ? (value as Json) : { status, value: value as Json };
}
