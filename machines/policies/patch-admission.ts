/**
 * May a patch begin? Every key inside its envelope, pinned by nobody, owned by no other patch, not
 * cooling down; and all together within the blast radius.
 */
import type { BudgetSettings } from '../../config/secr.ts';
import type { Change } from './resolver-matrix.ts';
import { type Envelopes, envelopeOf, isInside, type SettingValues } from './setting-envelope.ts';

/** What is known of the keys and of the patches so far. */
export interface PatchLedger {
  readonly values: SettingValues;
  readonly envelopes: Envelopes;
  /** By key: the patch that owns it. */
  readonly owners: Readonly<Record<string, string>>;
  /** By key: who pinned it. */
  readonly pins: Readonly<Record<string, { readonly by: string; readonly why: string }>>;
  /** By key: when it may be touched again, logical ms. */
  readonly coolingUntilMs: Readonly<Record<string, number>>;
  /** By key: what it was before the first patch of it that is in force. */
  readonly origins: SettingValues;
  readonly activeCount: number;
  /** When the latest patches began, logical ms. */
  readonly begunAtMs: readonly number[];
}

const has = (record: object, key: string): boolean => Object.hasOwn(record, key);

/** Own numbers only: a key as `/__proto__/x` names nothing. */
const numberAt = (values: SettingValues, key: string): number | undefined =>
  has(values, key) ? values[key] : undefined;

/** Why a key may not take a value; undefined when it may. */
function keyRefusal(ledger: PatchLedger, key: string, value: unknown, at: number) {
  const envelope = envelopeOf(ledger.envelopes, key);
  const now = numberAt(ledger.values, key);
  if (!envelope) return `${key} has no envelope: only people may change it`;
  if (now === undefined) return `${key} is not set, or is no number`;
  if (typeof value !== 'number' || !Number.isFinite(value)) return `${key} needs a number`;
  if (!isInside(envelope, value) || !isInside(envelope, now)) {
    return `${key} from ${now} to ${value} leaves its envelope, ${envelope.min} to ${envelope.max}`;
  }
  if (has(ledger.pins, key)) {
    const { by, why } = ledger.pins[key]!;
    return `${key} is pinned by ${by}: ${why}`;
  }
  if (has(ledger.owners, key)) return `${key} belongs to patch ${ledger.owners[key]}`;
  const until = ledger.coolingUntilMs[key];
  return until !== undefined && at < until
    ? `${key} cools down for ${until - at} ms more`
    : undefined;
}

/**
 * How far all settings would be from where they were found, in whole envelopes.
 *
 * @param values the settings that would change.
 */
export function deviationWith(
  { values, envelopes, origins }: PatchLedger,
  changed: SettingValues,
): number {
  const keys = new Set([...Object.keys(origins), ...Object.keys(changed)]);
  let sum = 0;
  for (const key of keys) {
    const envelope = envelopeOf(envelopes, key);
    const now = numberAt(values, key);
    if (!envelope || now === undefined || envelope.max === envelope.min) continue;
    const origin = numberAt(origins, key) ?? now;
    sum += Math.abs((changed[key] ?? now) - origin) / (envelope.max - envelope.min);
  }
  return sum;
}

/** Patches that began within the window. */
export const begunWithin = (begunAtMs: readonly number[], at: number, windowMs: number): number =>
  begunAtMs.filter((begun) => begun > at - windowMs).length;

/** Why a patch may not begin, in words; undefined when it may. */
export function refusalOf(
  ledger: PatchLedger,
  { operations }: Pick<Change, 'operations'>,
  at: number,
  budget: BudgetSettings,
): string | undefined {
  if (operations.length === 0) return 'it changes nothing';
  if (operations.length > budget.keyCountMax) {
    return `it changes ${operations.length} settings, at most ${budget.keyCountMax} are allowed`;
  }
  const keys = operations.map(({ path }) => path);
  if (new Set(keys).size < keys.length) return 'it changes a setting twice';
  for (const { path, value } of operations) {
    const why = keyRefusal(ledger, path, value, at);
    if (why !== undefined) return why;
  }
  if (ledger.activeCount >= budget.activeCountMax) {
    return `${ledger.activeCount} patches are under way, at most ${budget.activeCountMax} may be`;
  }
  const begun = begunWithin(ledger.begunAtMs, at, budget.windowMs);
  if (begun >= budget.changeCountMax) {
    return `${begun} patches began within ${budget.windowMs} ms, which is all that may`;
  }
  const changed = Object.fromEntries(operations.map(({ path, value }) => [path, value]));
  const deviation = deviationWith(ledger, changed);
  return deviation > budget.deviationMax
    ? `all patches together would move settings by ${deviation.toFixed(3)} envelopes, ` +
        `at most ${budget.deviationMax} are allowed`
    : undefined;
}
