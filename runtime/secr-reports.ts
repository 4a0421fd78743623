/** What hosts tell SECR, checked before anything enters. */
import type { FailureGroup, FailureSubgroup } from '../config/secr-taxonomy.ts';
import { failureTaxonomy } from '../config/secr-taxonomy.ts';
import type { MarketCondition } from '../machines/policies/icap-threshold.ts';
import type { PerformanceSample } from '../machines/policies/outcome-score.ts';
import { nearest } from './settings/nearest.ts';

/** A failure as hosts report it. */
export interface FailureReport {
  readonly group: FailureGroup;
  readonly subgroup: FailureSubgroup;
  /** From 0 to 1. */
  readonly severity: number;
  /** Name of the breaker or protected call that it is about: `*` in resolvers stands for it. */
  readonly target?: string;
  /** Whatever is known, as JSON. */
  readonly context?: unknown;
}

const unknown = (what: string, got: unknown, names: readonly string[]): RangeError => {
  const meant = nearest(String(got), names);
  const hint = meant === undefined ? '' : ` Did you mean '${meant}'?`;
  return new RangeError(`${what} ${JSON.stringify(got)} does not exist.${hint}`);
};

/** @throws {RangeError} for an unknown kind, and a severity outside 0 to 1. */
export function checkReport({ group, subgroup, severity, target }: FailureReport): void {
  const groups = Object.keys(failureTaxonomy);
  if (!groups.includes(group)) throw unknown('Failure group', group, groups);
  const subgroups: readonly string[] = failureTaxonomy[group];
  if (!subgroups.includes(subgroup)) throw unknown(`Subgroup of ${group}`, subgroup, subgroups);
  within('severity', severity, 0, 1);
  if (target !== undefined && (typeof target !== 'string' || target.length > 128)) {
    throw new TypeError('target must be a name of at most 128 characters.');
  }
}

function within(name: string, value: unknown, min: number, max: number): void {
  if (typeof value === 'number' && value >= min && value <= max) return;
  throw new RangeError(`${name} must be from ${min} to ${max}, got ${String(value)}.`);
}

const endless = Number.MAX_VALUE;

/** @throws {RangeError} for a number that is not finite or outside its bounds. */
export function checkPerformance(sample: PerformanceSample): void {
  within('profitDelta', sample?.profitDelta, -endless, endless);
  within('latencyMs', sample.latencyMs, 0, endless);
  within('errorRatio', sample.errorRatio, 0, 1);
  within('stabilityScore', sample.stabilityScore, 0, 100);
}

/** @throws {RangeError} for a number that is not finite or outside its bounds. */
export function checkMarket(market: MarketCondition): void {
  within('volatilityRatio', market?.volatilityRatio, 0, endless);
  within('volumeRatio', market.volumeRatio, 0, endless);
  within('momentumRatio', market.momentumRatio, -endless, endless);
}

/**
 * A context as the journal keeps it: plain JSON, apart from the object that was given.
 *
 * @throws {TypeError} when it is no JSON, goes in a circle, or is too large.
 */
export function contextText(context: unknown, bytesMax: number): unknown {
  if (context === undefined) return undefined;
  let text: string | undefined;
  try {
    text = JSON.stringify(context);
  } catch (cause) {
    throw new TypeError(`The context of a failure must be JSON: ${(cause as Error).message}`);
  }
  if (text === undefined) throw new TypeError('The context of a failure must be JSON.');
  if (text.length > bytesMax) {
    throw new TypeError(
      `The context of a failure has ${text.length} characters, at most ${bytesMax} are kept.`,
    );
  }
  return JSON.parse(text);
}
