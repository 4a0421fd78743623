/** What SECR's patches ask of a live runtime: its settings, its rules, its recent past. */
import { hash } from 'node:crypto';
import { ConfigInvalidError } from '../actors/errors.ts';
import type { PatchPort } from '../actors/patch-port.ts';
import { secrCatalogue } from '../actors/secr.ts';
import type { Settings } from '../config/settings.ts';
import type { SettingChange } from '../machines/policies/resolver-matrix.ts';
import { envelopeOf, isInside } from '../machines/policies/setting-envelope.ts';
import type { Core, SettingsChange } from './core.ts';
import type { Entry } from './engine/ingress.ts';
import { applyPatch } from './settings/patch.ts';
import { at as settingAt } from './settings/pointer.ts';

/**
 * A rule of the host: why settings that a patch would make are not allowed, in words; nothing when
 * they are. It is asked once for each patch, and never in replay.
 */
export type PatchRule = (
  settings: Settings,
  patch: readonly SettingChange[],
) => string | undefined | Promise<string | undefined>;

/** Re-runs the recent past. Without one nothing can be said of it. */
export type Rehearse = PatchPort['rehearse'];

export interface PatchPortHost {
  readonly core: Core;
  readonly submit: (entry: Entry) => boolean;
  /** By name. */
  readonly rules: ReadonlyMap<string, PatchRule>;
  readonly rehearse: Rehearse;
}

const sorted = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** Groups of settings share what did not change: each is hashed once. */
const groupHashes = new WeakMap<object, string>();

function groupHash(group: object): string {
  const known = groupHashes.get(group);
  if (known !== undefined) return known;
  const made = hash('sha256', JSON.stringify(group, sorted));
  groupHashes.set(group, made);
  return made;
}

/** SHA-256 over the hash of each group, its JSON with sorted names; in hex. */
export function settingsHash(settings: Settings): string {
  const names = (Object.keys(settings) as (keyof Settings)[]).sort();
  return hash('sha256', JSON.stringify(names.map((name) => [name, groupHash(settings[name])])));
}

/** The settings that a patch would make, and why schemas refuse it. */
function tried(settings: Settings, operations: readonly SettingChange[]) {
  try {
    return { after: applyPatch(settings, operations), issues: [] };
  } catch (error) {
    if (!(error instanceof ConfigInvalidError)) throw error;
    const issues = error.issues.map(({ path, message }) => `${path} ${message}`.trim());
    return { after: settings, issues };
  }
}

/** The last layer before settings change: no key leaves its envelope, whatever was decided. */
function outsideOf(settings: Settings, operations: readonly SettingChange[]): readonly string[] {
  const envelopes = { ...secrCatalogue.envelopes, ...settings.secr.envelopes };
  return operations.flatMap(({ path, value }) => {
    const envelope = envelopeOf(envelopes, path);
    return envelope && isInside(envelope, value) ? [] : [`${path} would leave its envelope`];
  });
}

async function ruleIssues(
  rules: ReadonlyMap<string, PatchRule>,
  settings: Settings,
  operations: readonly SettingChange[],
): Promise<readonly string[]> {
  const issues: string[] = [];
  for (const [name, rule] of rules) {
    try {
      const why = await rule(settings, operations);
      if (why !== undefined) issues.push(`rule '${name}': ${why}`);
    } catch (error) {
      // A rule that cannot say yes says no.
      const why = error instanceof Error ? error.message : String(error);
      issues.push(`rule '${name}' failed: ${why}`);
    }
  }
  return issues;
}

export function patchPort({ core, submit, rules, rehearse }: PatchPortHost): PatchPort {
  const change: PatchPort['change'] = ({ id, operations, expected, scope, why }) => {
    const before = core.settings;
    const refused = (reason: string, overridden: readonly string[] = []) => ({
      ...{ isDone: false, why: reason, hash: settingsHash(before), overridden },
    });
    const isKnown = ({ path, value }: SettingChange) => {
      const now = settingAt(before, path) as number;
      return now === value || (expected[path] ?? []).includes(now);
    };
    const overridden = operations.filter((one) => !isKnown(one)).map(({ path }) => path);
    if (overridden.length > 0 && scope === 'all') {
      return refused(`somebody else has changed ${overridden.join(', ')}`, overridden);
    }
    const due = operations.filter(
      (one) => isKnown(one) && settingAt(before, one.path) !== one.value,
    );
    // What was found may be brought back, wherever envelopes are by now.
    const outside = scope === 'all' ? outsideOf(before, due) : [];
    const issues = [...outside, ...tried(before, due).issues];
    if (issues.length > 0) return refused(issues.join('; '), overridden);
    const event: SettingsChange = { patch: due, by: 'secr', why: `${id}: ${why}` };
    if (due.length > 0) submit({ kind: 'settings', path: '', event, safety: true });
    return { isDone: true, why: null, hash: settingsHash(core.settings), overridden };
  };
  return {
    change,
    validate: async ({ operations }) => {
      const { settings } = core;
      const { after, issues: refused } = tried(settings, operations);
      const issues = [...outsideOf(settings, operations), ...refused];
      return issues.length > 0 ? issues : ruleIssues(rules, after, operations);
    },
    rehearse,
    snapshot: (keys) => ({
      hash: settingsHash(core.settings),
      values: Object.fromEntries(keys.map((key) => [key, settingAt(core.settings, key) as number])),
    }),
  };
}
