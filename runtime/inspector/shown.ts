/**
 * Values as the page may see them: secrets left out, depth and size bounded, always JSON. Bounded
 * while it is walked: a large context costs no more than what is shown of it.
 */
import type { AnyActorRef } from 'xstate';
import type { Json } from '../journal/format.ts';
import { isSecretName, redactedText } from '../settings/redact.ts';

const DEPTH_MAX = 8;
/** Items of one list or object. */
const ITEMS_MAX = 200;
const CHARACTERS_MAX = 2_000;
/** Values in all. */
const VALUES_MAX = 5_000;

type PathOf = (actor: AnyActorRef) => string;

/** @param pathOf names actors that a value refers to. */
export function shown(value: unknown, pathOf: PathOf = () => ''): Json {
  return new Walk(pathOf).of(value, 0);
}

/** Marks what stands for something else; no value of a journal has this key. */
const cut = (what: string): Json => ({ '#': what });

class Walk {
  private count = 0;
  private readonly pathOf: PathOf;

  constructor(pathOf: PathOf) {
    this.pathOf = pathOf;
  }

  of(value: unknown, depth: number): Json {
    this.count++;
    if (typeof value === 'string') return textOf(value);
    if (value === null || typeof value === 'boolean') return value as Json;
    if (typeof value === 'number') return Number.isFinite(value) ? value : cut(String(value));
    if (typeof value !== 'object') return cut(textOf(String(value)));
    return this.object(value, depth);
  }

  private object(value: object, depth: number): Json {
    if (isActor(value)) return cut(`actor ${this.pathOf(value)}`);
    if (value instanceof Error) return cut(textOf(`${value.name}: ${value.message}`));
    if (value instanceof Date) return cut(`date ${Number(value)}`);
    if (depth >= DEPTH_MAX || this.count >= VALUES_MAX) return cut('more');
    if (value instanceof Map) return this.entries(value, value.size, depth);
    if (value instanceof Set) return this.list(value, value.size, depth);
    if (Array.isArray(value)) return this.list(value, value.length, depth);
    if (ArrayBuffer.isView(value)) {
      if (value instanceof DataView) return cut(`${value.byteLength} bytes`);
      const numbers = value as unknown as ArrayLike<number>;
      return this.list(value as unknown as Iterable<unknown>, numbers.length, depth);
    }
    const keys = Object.keys(value);
    const rows = keys.map((key) => [key, (value as Record<string, unknown>)[key]] as const);
    return this.entries(rows, rows.length, depth);
  }

  private list(items: Iterable<unknown>, count: number, depth: number): Json {
    const found: Json[] = [];
    for (const item of items) {
      if (found.length >= ITEMS_MAX || this.count >= VALUES_MAX) {
        found.push(cut(`${count - found.length} more`));
        break;
      }
      found.push(this.of(item, depth + 1));
    }
    return found;
  }

  private entries(rows: Iterable<readonly [unknown, unknown]>, count: number, depth: number): Json {
    const found: [string, Json][] = [];
    for (const [name, item] of rows) {
      if (item === undefined) continue;
      const key = String(name);
      if (found.length >= ITEMS_MAX || this.count >= VALUES_MAX) {
        found.push(['#', `${count - found.length} more`]);
        break;
      }
      found.push([textOf(key), isSecretName(key) ? redactedText : this.of(item, depth + 1)]);
    }
    // Defines keys such as `__proto__` where assigning them would change the object.
    return Object.fromEntries(found);
  }
}

const textOf = (text: string): string =>
  text.length <= CHARACTERS_MAX ? text : `${text.slice(0, CHARACTERS_MAX)}… (${text.length})`;

const isActor = (value: object): value is AnyActorRef =>
  typeof (value as AnyActorRef).getSnapshot === 'function' &&
  typeof (value as AnyActorRef).send === 'function';
