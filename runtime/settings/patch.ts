/**
 * Changes settings by JSON Patch, without touching the settings that there were.
 *
 * Of RFC 6902 the operations `add`, `replace` and `remove` are known. Parts that a patch did not
 * change keep their identity, so that a reader sees by one comparison that nothing changed for it.
 * @see https://www.rfc-editor.org/rfc/rfc6902
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { ConfigInvalidError, type SettingIssue } from '../../actors/errors.ts';
import { settingsSchema } from '../../config/settings.ts';
import { explainIssues } from './explain.ts';
import { deepFreeze, isDeepFrozen } from './freeze.ts';
import { indexOf, parsePointer, stepInto } from './pointer.ts';
import { isMapping, own } from './schema.ts';

/** One change. `remove` gives a setting its default again. */
export interface PatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  /** JSON pointer, as in `/paper/broker/breaker/openDurationMs`. */
  readonly path: string;
  readonly value?: unknown;
}

interface Applied {
  readonly settings: object;
  readonly operations: readonly PatchOperation[];
  readonly schema: z.ZodType;
  readonly result: object;
}

/** The last patch: whoever checks one asks for it first, and whoever applies it once more. */
let last: Applied | undefined;

/**
 * Applies every operation, or none.
 *
 * @returns new settings, frozen to the bottom; the same object when nothing changed. Parts shared
 * with `settings` are frozen as well.
 * @throws {ConfigInvalidError} when an operation or the result is not allowed; it names every
 * problem.
 */
export function applyPatch<T extends object>(
  settings: T,
  operations: readonly PatchOperation[],
  schema: z.ZodType = settingsSchema,
): T {
  const isKnown = last?.settings === settings && last.schema === schema;
  if (isKnown && isDeepStrictEqual(last?.operations, operations)) return last?.result as T;
  let changed: unknown = settings;
  const issues: SettingIssue[] = [];
  for (const [index, operation] of operations.entries()) {
    const outcome = tryOperation(changed, operation);
    if ('message' in outcome) {
      const path = dotted(operation?.path);
      issues.push({ path, source: `operation ${index + 1}`, ...outcome });
    } else {
      changed = outcome.value;
    }
  }
  if (issues.length > 0) throw new ConfigInvalidError(issues);
  const result = deepFreeze(share(settings, validate(schema, settings, changed)) as T);
  // Settings that somebody can change may be others when the same is asked again.
  if (isDeepFrozen(settings)) {
    last = { settings, operations: structuredClone(operations), schema, result };
  }
  return result;
}

type Outcome = { readonly value: unknown } | { readonly message: string };

const dotted = (path: unknown): string =>
  typeof path === 'string' ? path.split('/').slice(1).join('.') : '';

function tryOperation(settings: unknown, operation: PatchOperation): Outcome {
  // Operations come from outside as well, where no compiler has looked at them.
  if (typeof operation?.path !== 'string') {
    return { message: 'is no operation: one is { op, path, value }, and path is a JSON pointer.' };
  }
  const { op, path } = operation;
  if (!['add', 'replace', 'remove'].includes(op)) {
    return {
      message: `has op ${JSON.stringify(op)}: allowed is one of "add", "replace", "remove".`,
    };
  }
  if (op !== 'remove' && operation.value === undefined) {
    return { message: `has op '${op}' without a value: give one, or use 'remove'.` };
  }
  try {
    return { value: change(settings, parsePointer(path), operation) };
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError)
      return { message: error.message };
    throw error;
  }
}

/** Copies what lies on the way to the change, and nothing else. */
function change(here: unknown, steps: readonly string[], operation: PatchOperation): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) {
    if (operation.op === 'remove') throw new RangeError('cannot be removed: it is everything.');
    return operation.value;
  }
  if (rest.length === 0) return changeHere(here, step, operation);
  const below = stepInto(here, step);
  if (below === undefined || typeof below !== 'object' || below === null) {
    throw new RangeError(`there is no group '${step}' on the way: add it first.`);
  }
  return put(here, step, change(below, rest, operation));
}

function changeHere(here: unknown, step: string, { op, value }: PatchOperation): unknown {
  if (Array.isArray(here) && op === 'add') {
    const index = step === '-' ? here.length : indexOf(step);
    if (index === undefined || index > here.length) {
      throw new RangeError(`'${step}' is no position from 0 to ${here.length}, and not '-'.`);
    }
    return here.toSpliced(index, 0, value);
  }
  if (op !== 'add' && stepInto(here, step) === undefined) {
    throw new RangeError(`cannot ${op} '${step}': it is not set. Use 'add', or check the path.`);
  }
  if (op !== 'remove') return put(here, step, value);
  if (Array.isArray(here)) return here.toSpliced(Number(step), 1);
  return Object.fromEntries(Object.entries(here as object).filter(([key]) => key !== step));
}

function put(here: unknown, step: string, value: unknown): unknown {
  if (Array.isArray(here)) return here.with(Number(step), value);
  if (step === '__proto__') throw new RangeError("'__proto__' is not allowed as a name.");
  return { ...(here as object), [step]: value };
}

/**
 * Checks the groups that changed; everything where a rule spans groups, or there are none.
 * What did not change was checked when it came.
 */
function validate(schema: z.ZodType, before: unknown, after: unknown): unknown {
  if (before === after) return after;
  const hasGroups = schema instanceof z.ZodObject && (schema.def.checks ?? []).length === 0;
  if (!hasGroups || !isMapping(before) || !isMapping(after))
    return check(schema, schema, after, after);
  const known = Object.keys(schema.shape);
  const names = new Set([...known, ...Object.keys(before), ...Object.keys(after)]);
  const touched = [...names].filter((name) => own(before, name) !== own(after, name));
  const part = partOf(
    schema,
    touched.filter((name) => known.includes(name)),
  );
  const checked = check(part, schema, pick(after, touched), after);
  return pick({ ...after, ...(checked as object) }, known);
}

/** A schema is compiled when it is first used: each part of one is made once. */
const parts = new WeakMap<z.ZodObject, Map<string, z.ZodType>>();

function partOf(schema: z.ZodObject, names: readonly string[]): z.ZodType {
  const made = parts.get(schema) ?? new Map<string, z.ZodType>();
  parts.set(schema, made);
  const key = names.join(' ');
  const part = made.get(key) ?? z.strictObject(pick(schema.shape, names));
  made.set(key, part);
  return part;
}

function check(part: z.ZodType, schema: z.ZodType, value: unknown, whole: unknown): unknown {
  const result = part.safeParse(value);
  if (result.success) return result.data;
  const explained = { schema, value: whole, sources: new Map() };
  throw new ConfigInvalidError(explainIssues(result.error.issues, explained));
}

/** The named parts of a mapping, in the order of the names. */
const pick = <T>(value: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> =>
  Object.fromEntries(
    names.flatMap((name) => (Object.hasOwn(value, name) ? [[name, value[name] as T]] : [])),
  );

/** `after`, with every part that equals its part of `before` replaced by that part. */
function share(before: unknown, after: unknown): unknown {
  if (before === after || isDeepStrictEqual(before, after)) return before;
  if (!isMapping(before) || !isMapping(after)) return after;
  return Object.fromEntries(
    Object.entries(after).map(([key, value]) => [key, share(own(before, key), value)]),
  );
}
