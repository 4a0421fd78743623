/**
 * The resolver matrix: which resolvers answer a failure, and what each would change now. A subgroup
 * has its own resolvers and inherits those of its group.
 */
import type { Resolver, ResolverChange } from '../../config/secr-resolver.ts';
import {
  type Envelopes,
  envelopeOf,
  escaped,
  type SettingValues,
  stepped,
  stepsTowards,
} from './setting-envelope.ts';

/** By name. */
export type Resolvers = Readonly<Record<string, Resolver>>;

export interface FailureKind {
  readonly group: string;
  readonly subgroup: string;
}

/** One change, as JSON Patch writes it. */
export interface SettingChange {
  readonly op: 'replace';
  readonly path: string;
  readonly value: number;
}

/** What a resolver would change now, and from what. */
export interface Change {
  readonly operations: readonly SettingChange[];
  readonly from: SettingValues;
}

/** What a change is made from. */
export interface Ground {
  readonly values: SettingValues;
  readonly envelopes: Envelopes;
  /** Name that `*` stands for: of a breaker, of a protected call. */
  readonly target: string | null;
}

/** Names of the resolvers for a failure, its own before the inherited ones. */
export function resolversFor(resolvers: Resolvers, kind: FailureKind): readonly string[] {
  const names = Object.keys(resolvers).sort();
  const answers = (name: string, subgroup: string | undefined) => {
    const resolver = resolvers[name]!;
    const { enabled, group } = resolver;
    return enabled && group === kind.group && resolver.subgroup === subgroup;
  };
  const own = names.filter((name) => answers(name, kind.subgroup));
  return [...own, ...names.filter((name) => answers(name, undefined))];
}

const targeted = (key: string, target: string | null): string | undefined => {
  if (!key.includes('/*')) return key;
  return target === null ? undefined : key.replace('/*', `/${escaped(target)}`);
};

const aimOf = ({ by, amount }: ResolverChange, value: number): number => {
  if (by === 'scale') return value * amount;
  return by === 'set' ? amount : value + amount;
};

/** Steps by pointer that one change asks for; undefined when it cannot be made. */
function movesOf(change: ResolverChange, ground: Ground): readonly [string, number][] | undefined {
  const { values, envelopes, target } = ground;
  const key = targeted(change.key, target);
  const value = key === undefined ? undefined : values[key];
  const envelope = key === undefined ? undefined : envelopeOf(envelopes, key);
  if (key === undefined || value === undefined || !envelope) return undefined;
  const count = stepsTowards(value, aimOf(change, value), envelope);
  if (change.from === undefined) return [[key, count]];
  const giver = targeted(change.from, target);
  const given = giver === undefined ? undefined : values[giver];
  const limit = giver === undefined ? undefined : envelopeOf(envelopes, giver);
  if (giver === undefined || given === undefined || !limit) return undefined;
  // What is given is what is taken: the smaller of both rooms, in steps of the receiver.
  const room = -stepsTowards(given, given - count * envelope.step, limit);
  const moved = Math.min(count, Math.floor((room * limit.step) / envelope.step + 1e-9));
  const taken = Math.round((moved * envelope.step) / limit.step);
  return moved <= 0
    ? [[key, 0]]
    : [
        [key, moved],
        [giver, -taken],
      ];
}

/**
 * The patch of a resolver. Undefined when a setting that it names is not set, has no envelope or
 * lies outside of it, or when nothing would move: all at their bounds.
 */
export function changeOf(resolver: Resolver, ground: Ground): Change | undefined {
  const steps = new Map<string, number>();
  for (const change of resolver.changes) {
    const moves = movesOf(change, ground);
    if (moves === undefined) return undefined;
    for (const [key, count] of moves) steps.set(key, (steps.get(key) ?? 0) + count);
  }
  const { values, envelopes } = ground;
  const moved = [...steps].filter(([, count]) => count !== 0);
  if (moved.length === 0) return undefined;
  const operations = moved.map(([path, count]) => {
    const envelope = envelopeOf(envelopes, path)!;
    const aim = stepped(values[path]!, count, envelope);
    const value = stepped(values[path]!, stepsTowards(values[path]!, aim, envelope), envelope);
    return { op: 'replace' as const, path, value };
  });
  const from = Object.fromEntries(moved.map(([path]) => [path, values[path]!]));
  return { operations, from };
}
