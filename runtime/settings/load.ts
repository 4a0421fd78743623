/** Loads settings: defaults, then a file, then the environment, then options. */
import type { z } from 'zod';
import { ConfigInvalidError, type SettingIssue } from '../../actors/errors.ts';
import { type Settings, type SettingsInput, settingsSchema } from '../../config/settings.ts';
import { readDocument } from './document.ts';
import { readEnvironment } from './environment.ts';
import { explainIssues } from './explain.ts';
import { deepFreeze } from './freeze.ts';
import { type Layer, mergeLayers, type Source } from './layer.ts';

/** A group of options in which everything may be left out. */
export type PartialDeep<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: PartialDeep<T[K]> | undefined }
    : T;

export interface LoadOptions<Input = SettingsInput> {
  /** YAML or JSON. */
  readonly file?: string | undefined;
  /** Default: the environment of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Wins over all others. */
  readonly options?: PartialDeep<Input> | undefined;
}

export interface Loaded<Output = Settings> {
  /** Frozen to the bottom. */
  readonly settings: Output;
  /** Who said each setting, by JSON pointer; a setting that is not here has its default. */
  readonly sources: ReadonlyMap<string, Source>;
}

/**
 * Loads the settings of the runtime. A later source wins over an earlier one, setting by setting:
 * file, environment (`KINTSUGI_LOG__LEVEL=debug`), options.
 *
 * @throws {ConfigInvalidError} when anything is wrong; it names every problem and where it was
 * said.
 */
export const loadSettings = (given: LoadOptions = {}): Promise<Loaded> =>
  loadWith(settingsSchema, given);

/** The same for any schema. */
export async function loadWith<S extends z.ZodType>(
  schema: S,
  given: LoadOptions<z.input<S>>,
): Promise<Loaded<z.output<S>>> {
  const layers: Layer[] = [];
  if (given.file !== undefined) layers.push(await readDocument(given.file));
  const fromVariables = readEnvironment(schema, given.environment ?? process.env, layers[0]?.value);
  layers.push(fromVariables.layer, optionsLayer(given.options));
  const { value, sources } = mergeLayers(schema, layers);
  const result = schema.safeParse(value);
  const issues: SettingIssue[] = [...fromVariables.issues, ...forbiddenNames(layers)];
  if (!result.success) {
    issues.push(...explainIssues(result.error.issues, { schema, value, sources }));
  }
  if (issues.length > 0 || !result.success) throw new ConfigInvalidError(issues.toSorted(byLine));
  return { settings: deepFreeze(result.data), sources };
}

/** In the order of the file; what has no line comes after. */
const byLine = (a: SettingIssue, b: SettingIssue): number =>
  (a.line ?? Number.MAX_SAFE_INTEGER) - (b.line ?? Number.MAX_SAFE_INTEGER);

function optionsLayer(options: unknown = {}): Layer {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    const message = 'must be an object of settings.';
    throw new ConfigInvalidError([{ path: '', source: 'options', value: options, message }]);
  }
  return {
    value: options as Record<string, unknown>,
    sourceOf: () => ({ source: 'options' }),
  };
}

/** `__proto__` is taken for a prototype by much code, and silently lost by other: it is no name. */
function forbiddenNames(layers: readonly Layer[]): readonly SettingIssue[] {
  const issues: SettingIssue[] = [];
  const walk = (value: unknown, steps: readonly string[], layer: Layer): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, item] of Object.entries(value)) {
      const next = [...steps, key];
      if (key === '__proto__') {
        const message = 'is not allowed as a name: choose another one.';
        issues.push({ path: next.join('.'), ...layer.sourceOf(next), message });
      }
      walk(item, next, layer);
    }
  };
  for (const layer of layers) walk(layer.value, [], layer);
  return issues;
}

/** Settings as a journal holds them; what they lack has its default. */
export async function settingsFrom(json: unknown): Promise<Settings> {
  return (await loadSettings({ environment: {}, options: json as never })).settings;
}
