/**
 * Values as the journal holds them. What is delivered is what was journaled, so that a replay sees
 * the same: errors lose their stack, actor references become paths, dates and odd numbers carry a
 * tag.
 */
import type { AnyActorRef } from 'xstate';
import { withoutStack } from '../../actors/errors.ts';
import type { Json } from '../journal/format.ts';

/** Tags of values that JSON has no form for. A user's object with one of these keys is wrapped. */
const tags = new Set(['$ref', '$error', '$date', '$number', '$bigint', '$undefined', '$object']);

/** How actor references become paths, and paths references. */
export type Refs = {
  readonly pathOf: (actor: AnyActorRef) => string;
  readonly actorAt: (path: string) => AnyActorRef;
  /** Fields that are undefined stay, for tree snapshots: the order of keys goes by them. */
  readonly keepsUndefined?: boolean;
};

/** For tree snapshots. */
export const keepingUndefined = (refs: Refs): Refs => ({ ...refs, keepsUndefined: true });

const isRef = (value: object): value is AnyActorRef =>
  'sessionId' in value && typeof (value as { send?: unknown }).send === 'function';

/** Keys that decoding treats with care. The test of one character keeps the usual key cheap. */
const isMarked = (key: string): boolean => {
  const first = key.charCodeAt(0);
  return (first === 36 && tags.has(key)) || (first === 95 && key === '__proto__');
};

/** True for values that JSON gives back equal, to a depth of eight: they need no copy. */
export function isPlain(value: unknown, depth = 8): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0);
    case 'object':
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (!isPlain(value[i], depth - 1)) return false;
    return true;
  }
  // One without a prototype comes back with one.
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  for (const key in value) {
    if (isMarked(key)) return false;
    if (!isPlain((value as Record<string, unknown>)[key], depth - 1)) return false;
  }
  return true;
}

/**
 * The JSON form of a value.
 *
 * @throws {TypeError} for values that would be lost: functions, symbols, maps, sets, buffers,
 * cycles.
 */
export function encode(value: unknown, refs: Refs): Json {
  return isPlain(value) ? (value as Json) : encodeDeep(value, refs, '', []);
}

/** Why the journal cannot hold a value; undefined when it can. */
export function flawOf(value: unknown, refs: Refs): unknown {
  try {
    encode(value, refs);
    return undefined;
  } catch (error) {
    return error;
  }
}

function encodeDeep(value: unknown, refs: Refs, at: string, above: readonly object[]): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $number: numberText(value) };
    case 'bigint':
      return { $bigint: String(value) };
    case 'undefined':
      return { $undefined: true };
    case 'object':
      return value === null ? null : encodeObject(value, refs, at, above);
    default:
      throw lost(`a ${typeof value}`, at);
  }
}

const numberText = (value: number) => (Object.is(value, -0) ? '-0' : String(value));

const lost = (what: string, at: string) =>
  new TypeError(
    `The journal cannot hold ${what}${at && ` at '${at.slice(1)}'`}: ` +
      'use JSON values, dates, errors, bigints or actor references.',
  );

function encodeObject(value: object, refs: Refs, at: string, above: readonly object[]): Json {
  if (isRef(value)) return { $ref: refs.pathOf(value) };
  if (above.includes(value)) throw lost('a cycle', at);
  const path = [...above, value];
  if (value instanceof Error) return { $error: encodeError(value, refs, at, path) };
  if (value instanceof Date) return { $date: value.getTime() };
  if (Array.isArray(value)) {
    return Array.from(value, (item, i) => encodeDeep(item, refs, `${at}.${i}`, path));
  }
  const toJson = (value as { toJSON?: unknown }).toJSON;
  if (typeof toJson === 'function') return encodeDeep(toJson.call(value), refs, at, path);
  const what = Object.prototype.toString.call(value).slice(8, -1);
  if (what !== 'Object' || ArrayBuffer.isView(value)) throw lost(`a ${what}`, at);
  const fields = encodeFields(value as Record<string, unknown>, refs, at, path);
  return Object.keys(fields).some((key) => tags.has(key)) ? { $object: fields } : fields;
}

function encodeFields(
  value: Record<string, unknown>,
  refs: Refs,
  at: string,
  path: readonly object[],
): Record<string, Json> {
  const fields: Record<string, Json> = {};
  for (const key of Object.keys(value)) {
    const item = value[key];
    if (item !== undefined || refs.keepsUndefined)
      put(fields, key, encodeDeep(item, refs, `${at}.${key}`, path));
  }
  return fields;
}

/** Sets an own field, also one that is called `__proto__`. */
function put<T>(fields: Record<string, T>, key: string, value: T): void {
  if (key !== '__proto__') fields[key] = value;
  else Object.defineProperty(fields, key, { value, ...ordinary });
}

const ordinary = { configurable: true, enumerable: true, writable: true };

/** Own fields of an error travel with it, because guards branch on `code` and the like. */
function encodeError(error: Error, refs: Refs, at: string, path: readonly object[]): Json {
  const { stack: _, cause: __, ...own } = { ...error } as Error & Record<string, unknown>;
  const fields: Record<string, Json> = {};
  for (const [key, value] of Object.entries(own)) {
    try {
      if (value !== undefined) put(fields, key, encodeDeep(value, refs, `${at}.${key}`, path));
    } catch {
      put(fields, key, Object.prototype.toString.call(value));
    }
  }
  return { ...fields, name: String(error.name), message: String(error.message) };
}

/** The JSON form of what was thrown, whatever it is. */
export function encodeThrown(error: unknown, refs: Refs): Json {
  try {
    return encode(error, refs);
  } catch {
    return encode(new Error(`Something was thrown that is no error: ${String(error)}`), refs);
  }
}

/** The value that `encode` was given, as far as the journal keeps it. */
export function decode(json: Json, refs: Refs): unknown {
  if (json === null || typeof json !== 'object') return json;
  if (Array.isArray(json)) return json.map((item) => decode(item, refs));
  const fields = json as Record<string, Json>;
  const keys = Object.keys(fields);
  const only = keys.length === 1 ? keys[0]! : '';
  if (tags.has(only)) return decodeTag(only, fields[only]!, refs);
  return decodeFields(fields, refs);
}

function decodeFields(fields: Record<string, Json>, refs: Refs): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const key of Object.keys(fields)) put(value, key, decode(fields[key]!, refs));
  return value;
}

function decodeTag(tag: string, json: Json, refs: Refs): unknown {
  switch (tag) {
    case '$ref':
      return refs.actorAt(json as string);
    case '$date':
      // An invalid date has no number, and comes back from JSON as null: not as the year 1970.
      return new Date((json as number | null) ?? Number.NaN);
    case '$number':
      return json === '-0' ? -0 : Number(json);
    case '$bigint':
      return BigInt(json as string);
    case '$undefined':
      return undefined;
    case '$object':
      return decodeFields(json as Record<string, Json>, refs);
    default:
      return decodeError(json as Record<string, Json>, refs);
  }
}

function decodeError(fields: Record<string, Json>, refs: Refs): Error {
  const { name, message, ...own } = decodeFields(fields, refs) as { name: string; message: string };
  const error = withoutStack(() => new Error(message));
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
  for (const key of Object.keys(own)) put(error as never, key, own[key as never]);
  return error;
}
