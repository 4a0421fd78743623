/** The meet of all regions: who is the most restrictive wins, and nobody widens. */
import type { PostureSettings } from '../../config/posture.ts';

/** A region as it last said. */
export interface RegionState {
  readonly state: string;
  readonly why: string;
  /** Logical ms. */
  readonly at: number;
}

export type Regions = Readonly<Record<string, RegionState>>;

/** One thing that one region takes away. */
export interface Forbidden {
  readonly capability: string;
  readonly region: string;
  readonly state: string;
  readonly why: string;
}

export interface Meet {
  /** By region, then in the order of its rule; a capability comes once for each who forbids it. */
  readonly forbidden: readonly Forbidden[];
  /** Shares below 1 of what is not forbidden. */
  readonly quality: Readonly<Record<string, number>>;
}

export interface PostureRule {
  readonly forbids: readonly string[];
  readonly quality: Readonly<Record<string, number>>;
}

const own = <T>(map: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(map, name) ? map[name] : undefined;

/** What a state of a region means; one that no table knows takes `unknownForbids`. */
export function ruleOf(settings: PostureSettings, region: string, state: string): PostureRule {
  const { degradation, safety, tradingMode, otherRegions, unknownForbids } = settings;
  const tables: Readonly<Record<string, Readonly<Record<string, PostureRule>>>> = {
    ...otherRegions,
    degradation,
    safety,
    tradingMode,
  };
  const rule = own(own(tables, region) ?? {}, state);
  return rule ?? { forbids: unknownForbids, quality: {} };
}

export function meetOf(settings: PostureSettings, regions: Regions): Meet {
  const forbidden: Forbidden[] = [];
  const quality: Record<string, number> = {};
  for (const region of Object.keys(regions).sort()) {
    const { state, why } = regions[region]!;
    const rule = ruleOf(settings, region, state);
    for (const capability of new Set(rule.forbids)) {
      forbidden.push({ capability, region, state, why });
    }
    for (const [capability, share] of Object.entries(rule.quality)) {
      if (share < 1) quality[capability] = Math.min(share, quality[capability] ?? 1);
    }
  }
  for (const { capability } of forbidden) delete quality[capability];
  return { forbidden, quality };
}

/** The capabilities that a meet takes away, each once, sorted. */
export const namesOf = ({ forbidden }: Pick<Meet, 'forbidden'>): readonly string[] =>
  [...new Set(forbidden.map(({ capability }) => capability))].sort();

/** Whether two meets give the same answers, whoever is behind them. */
export function isSameAnswer(a: Meet, b: Meet): boolean {
  const face = (meet: Meet) =>
    JSON.stringify([namesOf(meet), Object.entries(meet.quality).sort(byName)]);
  return face(a) === face(b);
}

const byName = ([a]: readonly [string, number], [b]: readonly [string, number]) => (a < b ? -1 : 1);

/** Whether an override holds while the regions are as they are. */
export function isInForce(
  { region, states }: PostureSettings['overrides'][number],
  regions: Regions,
): boolean {
  if (region === undefined) return true;
  const at = own(regions, region);
  return at !== undefined && (states.length === 0 || states.includes(at.state));
}
