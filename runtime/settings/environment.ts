/** Reads settings from environment variables: `KINTSUGI_LOG__LEVEL=debug` is `log.level`. */
import { parse } from 'yaml';
import type { z } from 'zod';
import type { SettingIssue } from '../../actors/errors.ts';
import { isText } from './allowed.ts';
import type { Layer } from './layer.ts';
import { plain } from './nearest.ts';
import { pointerOf } from './pointer.ts';
import { childOf, isMapping, keysOf, literalsOf, own, unwrap } from './schema.ts';

export const variablePrefix = 'KINTSUGI_';

/** Variables with our prefix that are no settings. */
export const variablesThatAreNoSettings: ReadonlySet<string> = new Set([
  'KINTSUGI_DATA', // Folder of recorded markets, for tests and benchmarks.
  'KINTSUGI_RUNS', // How often property tests run.
  'KINTSUGI_DEBUG', // Shows the stack of unexpected errors.
]);

interface Variable {
  readonly name: string;
  readonly steps: readonly string[];
  readonly value: unknown;
}

export interface EnvironmentLayer {
  readonly layer: Layer;
  /** Variables that cannot be taken. */
  readonly issues: readonly SettingIssue[];
}

/**
 * Two underscores separate the steps; upper and lower case, and single underscores, do not matter.
 * Names that a user chose, as those of breakers, are looked up in `below` (what the file says),
 * else written in camel case.
 */
export function readEnvironment(
  schema: z.ZodType,
  environment: Readonly<Record<string, string | undefined>>,
  below: unknown,
): EnvironmentLayer {
  const issues: SettingIssue[] = [];
  const variables: Variable[] = [];
  const taken = new Map<string, string>();
  for (const [name, text] of Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (text === undefined || !name.startsWith(variablePrefix)) continue;
    if (variablesThatAreNoSettings.has(name)) continue;
    const { steps, target } = resolve(schema, name, below);
    const path = steps.join('.');
    const other = taken.get(pointerOf(steps));
    taken.set(pointerOf(steps), name);
    const value = readValue(target, text);
    if (other !== undefined) {
      issues.push({ path, source: name, message: `is set by ${other} as well: keep one.` });
    } else if (value === undefined) {
      issues.push({
        path,
        source: name,
        message: 'is empty or no YAML: give a value, or unset it.',
      });
    } else {
      variables.push({ name, steps, value });
    }
  }
  return { layer: layerOf(variables), issues };
}

function resolve(schema: z.ZodType, name: string, below: unknown) {
  const steps: string[] = [];
  let target: z.ZodType | undefined = schema;
  let there = below;
  for (const segment of name.slice(variablePrefix.length).split('__')) {
    const fixed: readonly string[] | undefined = target && keysOf(target, undefined);
    const known: readonly string[] = fixed ?? (isMapping(there) ? Object.keys(there) : []);
    const key =
      known.find((candidate) => plain(candidate) === plain(segment)) ?? camelCase(segment);
    target = target && childOf(target, key);
    there = own(there, key);
    steps.push(key);
  }
  return { steps, target };
}

const camelCase = (segment: string): string =>
  segment.toLowerCase().replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/**
 * The text itself where a text is wanted, else what it says as YAML; `undefined` when it says
 * nothing.
 */
function readValue(schema: z.ZodType | undefined, text: string): unknown {
  const core = schema && unwrap(schema).core;
  if (core && isText(core)) return text;
  const word = text.trim();
  if (core && literalsOf(core).some((literal) => literal === word)) return word;
  try {
    return parse(text, { logLevel: 'silent' }) ?? undefined;
  } catch {
    return undefined;
  }
}

function layerOf(variables: readonly Variable[]): Layer {
  let value: Record<string, unknown> = {};
  // Groups come before their parts, so that a part may change one setting of a group.
  for (const variable of variables.toSorted((a, b) => a.steps.length - b.steps.length)) {
    value = place(value, variable.steps, variable.value);
  }
  return {
    value,
    sourceOf(steps) {
      const within = variables.filter((variable) => isPrefix(variable.steps, steps));
      const closest = within.toSorted((a, b) => b.steps.length - a.steps.length)[0];
      const variable = closest ?? variables.find((candidate) => isPrefix(steps, candidate.steps));
      return variable && { source: variable.name };
    },
  };
}

const isPrefix = (short: readonly string[], long: readonly string[]): boolean =>
  short.length <= long.length && short.every((step, index) => step === long[index]);

function place(
  base: unknown,
  [step, ...rest]: readonly string[],
  value: unknown,
): Record<string, unknown> {
  const entries = new Map(Object.entries(isMapping(base) ? base : {}));
  entries.set(step!, rest.length === 0 ? value : place(entries.get(step!), rest, value));
  return Object.fromEntries(entries);
}
