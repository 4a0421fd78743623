/** The settings that are asked about: those of the journal, and what is said on top of them. */
import { isDeepStrictEqual } from 'node:util';
import { ConfigInvalidError } from '../../actors/errors.ts';
import { type Settings, type SettingsInput, settingsSchema } from '../../config/settings.ts';
import type { Json } from '../journal/format.ts';
import { readDocument } from '../settings/document.ts';
import { explainIssues } from '../settings/explain.ts';
import { deepFreeze } from '../settings/freeze.ts';
import { type Layer, mergeLayers } from '../settings/layer.ts';
import type { PatchOperation } from '../settings/patch.ts';
import { at, pointerOf } from '../settings/pointer.ts';
import { isMapping } from '../settings/schema.ts';
import type { SettingDifference } from './comparison.ts';

/** What a user may say: only what is to be different. */
export type WhatIfSettings = string | SettingsInput;

/** Lays what a user says over settings. */
export type Overlay = (recorded: Settings) => Settings;

/**
 * @param given a file (YAML or JSON), or an object.
 * @returns a function that throws a `ConfigInvalidError` when the result is not allowed.
 * @throws {ConfigInvalidError} when the file cannot be read.
 */
export async function overlayOf(given: WhatIfSettings): Promise<Overlay> {
  const said: Layer =
    typeof given === 'string'
      ? await readDocument(given)
      : { value: given as Record<string, unknown>, sourceOf: () => ({ source: 'options' }) };
  return (recorded) => {
    const base: Layer = { value: recorded, sourceOf: () => ({ source: 'journal' }) };
    const { value, sources } = mergeLayers(settingsSchema, [base, said]);
    const result = settingsSchema.safeParse(value);
    if (result.success) return deepFreeze(result.data);
    const known = { schema: settingsSchema, value, sources };
    throw new ConfigInvalidError(explainIssues(result.error.issues, known));
  };
}

/** The change that leads from some settings to others, group by group. */
export const patchTo = (from: Settings, to: Settings): PatchOperation[] =>
  (Object.keys(to) as (keyof Settings)[])
    .filter((group) => !isDeepStrictEqual(from[group], to[group]))
    .map((group) => ({ op: 'replace', path: `/${group}`, value: to[group] }));

/** Every setting that differs; lists count as one. */
export function settingDifferences(
  recorded: unknown,
  whatIf: unknown,
  steps: readonly string[] = [],
): readonly SettingDifference[] {
  if (isDeepStrictEqual(recorded, whatIf)) return [];
  if (!isMapping(recorded) || !isMapping(whatIf)) {
    const path = pointerOf(steps);
    return [{ path, recorded: recorded as Json | undefined, whatIf: whatIf as Json | undefined }];
  }
  const names = [...new Set([...Object.keys(recorded), ...Object.keys(whatIf)])];
  return names.flatMap((name) =>
    settingDifferences(recorded[name], whatIf[name], [...steps, name]),
  );
}

/** Whether what an actor lives by is asked about. */
export const isAskedAbout = (recorded: Settings, whatIf: Settings, pointer: string): boolean =>
  !isDeepStrictEqual(at(recorded, pointer), at(whatIf, pointer));
