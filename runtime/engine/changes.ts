/**
 * What a turn changed, row by row, for the journal and for replay to compare.
 *
 * Only context fields whose reference changed are looked at: a digest of whole contexts would cost
 * more than the turn. In-place mutation escapes this, so contexts are frozen in test mode.
 */
import { hash } from 'node:crypto';
import { type AnyActor, type AnyActorRef, isMachineSnapshot } from 'xstate';
import type { ChangeRow, Json } from '../journal/format.ts';
import { encode, type Refs } from './values.ts';

/** Fields longer than this as JSON are recorded as a hash. */
const SMALL_CHARACTERS = 160;

type AnySnapshot = ReturnType<AnyActor['getSnapshot']>;

export class Changes {
  private dirty = new Set<AnyActor>();
  private readonly last = new WeakMap<AnyActor, AnySnapshot>();

  private readonly refs: Refs;
  private readonly pathOf: (actor: AnyActorRef) => string;
  private readonly incarnationOf: (path: string) => number;

  constructor(
    refs: Refs,
    pathOf: (actor: AnyActorRef) => string,
    incarnationOf: (path: string) => number,
  ) {
    this.refs = refs;
    this.pathOf = pathOf;
    this.incarnationOf = incarnationOf;
  }

  /** Notes an actor that this turn touched. */
  touch(actor: AnyActor): void {
    this.dirty.add(actor);
  }

  /** Snapshot of an actor after the last turn that touched it. */
  before(actor: AnyActor): AnySnapshot | undefined {
    return this.last.get(actor);
  }

  /** Rows of the actors that changed since they were last looked at, with the actors. */
  collect(): { rows: ChangeRow[]; actors: AnyActor[] } {
    const rows: ChangeRow[] = [];
    const actors: AnyActor[] = [];
    const { dirty } = this;
    this.dirty = new Set();
    for (const actor of dirty) {
      const snapshot = actor.getSnapshot();
      const before = this.last.get(actor);
      if (before === snapshot) continue;
      this.last.set(actor, snapshot);
      actors.push(actor);
      rows.push(this.row(this.pathOf(actor), snapshot, before));
    }
    return { rows, actors };
  }

  private row(path: string, now: AnySnapshot, before: AnySnapshot | undefined): ChangeRow {
    const row: { -readonly [K in keyof ChangeRow]: ChangeRow[K] } = { path };
    const to = stateOf(now);
    if (before === undefined || !sameState(to, stateOf(before))) row.to = to;
    const fields = this.fields(now, before);
    if (fields) row.fields = fields;
    const incarnation = this.incarnationOf(path);
    if (incarnation > 0) row.incarnation = incarnation;
    return row;
  }

  private fields(now: AnySnapshot, before: AnySnapshot | undefined): ChangeRow['fields'] {
    const context = fieldsOf(now);
    const old = before ? fieldsOf(before) : {};
    const changed: string[] = [];
    for (const key of Object.keys(context)) {
      if (!isSame(old[key], context[key], this.refs)) changed.push(key);
    }
    // A field that went away is a change too; one that never was is none.
    for (const key of Object.keys(old)) {
      if (!Object.hasOwn(context, key) && old[key] !== undefined) changed.push(key);
    }
    if (changed.length === 0) return undefined;
    const fields: Record<string, Json> = {};
    for (const key of changed.sort()) fields[key] = this.field(context[key]);
    return fields;
  }

  private field(value: unknown): Json {
    let json: Json;
    try {
      json = encode(value, this.refs);
    } catch {
      json = { '#': `not JSON: ${Object.prototype.toString.call(value)}` };
    }
    if (json === null || typeof json !== 'object') {
      if (typeof json !== 'string' || json.length <= SMALL_CHARACTERS) return json;
    }
    const text = JSON.stringify(json);
    return text.length <= SMALL_CHARACTERS ? json : { '#': hash('sha256', text).slice(0, 16) };
  }
}

/** Depth below which nobody looks: it may be a cycle, and then counts as another value. */
const DEPTH_MAX = 64;

/**
 * Whether two values are the same in the journal. References do not decide: a value that was
 * restored from a snapshot must be the same as the one that it was taken from.
 */
function isSame(a: unknown, b: unknown, refs: Refs, depth = 0): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (depth > DEPTH_MAX) return false;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => isSame(item, b[i], refs, depth + 1));
  }
  if (!isRecord(a) || !isRecord(b)) return isSameText(a, b, refs);
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key], refs, depth + 1));
}

const isRecord = (value: object): value is Record<string, unknown> =>
  Object.getPrototypeOf(value) === Object.prototype;

/** Dates, errors, actors: what the journal makes of them. */
function isSameText(a: object, b: object, refs: Refs): boolean {
  try {
    return JSON.stringify(encode(a, refs)) === JSON.stringify(encode(b, refs));
  } catch {
    return false;
  }
}

/** State value of a running machine; status of anything else. */
function stateOf(snapshot: AnySnapshot): Json {
  if (!isMachineSnapshot(snapshot)) return snapshot.status;
  if (snapshot.status === 'active') return snapshot.value as Json;
  return { status: snapshot.status, value: snapshot.value as Json };
}

const sameState = (a: Json, b: Json) =>
  a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b));

/** Context of a machine or transition logic, output and error of anything. */
function fieldsOf(snapshot: AnySnapshot): Record<string, unknown> {
  const { context, output, error } = snapshot as Record<string, unknown>;
  const isObject = typeof context === 'object' && context !== null && !Array.isArray(context);
  const fields = isObject ? (context as Record<string, unknown>) : {};
  if (output === undefined && error === undefined && (isObject || context === undefined)) {
    return fields;
  }
  return {
    ...fields,
    ...(isObject ? {} : { context }),
    ...(output === undefined ? {} : { $output: output }),
    ...(error === undefined ? {} : { $error: error }),
  };
}
