/**
 * Which resolver next? Discounted Thompson sampling: each resolver of a subgroup has a Beta
 * distribution over how well it does; one draw of each, and the highest is tried. What did well is
 * drawn more often, what is little known now and then. Each new verdict discounts the older ones,
 * because markets and machines change.
 *
 * @see V. Raj and S. Kalyani, Taming Non-stationary Bandits: A Bayesian Approach (2017),
 *   https://arxiv.org/abs/1707.09727
 * @see S. Agrawal and N. Goyal, Analysis of Thompson Sampling for the Multi-armed Bandit Problem
 *   (COLT 2012): rewards between 0 and 1
 */
import type { LearningSettings } from '../../config/secr.ts';
import { logarithm, wholePower } from './elementary.ts';
import { drawRatio } from './random.ts';

/** Sums of rewards and of what was missing of 1, discounted; without the prior of 1 and 1. */
export interface Trust {
  readonly gained: number;
  readonly missed: number;
}

/** By resolver. */
export type Trusts = Readonly<Record<string, Trust>>;

const unknown: Trust = { gained: 0, missed: 0 };

/** The mean of the distribution: 0.5 for a resolver that nobody has tried. */
export const trustOf = (trust: Trust | undefined): number => {
  const { gained, missed } = trust ?? unknown;
  return (1 + gained) / (2 + gained + missed);
};

/** A composite score as a reward from 0 to 1; 0.5 is no difference, and null no verdict. */
export const rewardOf = (score: number, { rewardGain }: LearningSettings): number =>
  Math.max(0, Math.min(1, 0.5 + (rewardGain * score) / 2));

/** After a verdict on one of the resolvers of a subgroup. */
export function trustsAfter(
  trusts: Trusts,
  resolver: string,
  reward: number,
  { discountRatio }: LearningSettings,
): Trusts {
  const discounted = Object.entries(trusts).map(([name, { gained, missed }]) => [
    name,
    { gained: gained * discountRatio, missed: missed * discountRatio },
  ]);
  const all: Record<string, Trust> = Object.fromEntries(discounted);
  const { gained, missed } = all[resolver] ?? unknown;
  return { ...all, [resolver]: { gained: gained + reward, missed: missed + (1 - reward) } };
}

/** Whether it has had its chances and did badly. */
export const isDistrusted = (trust: Trust | undefined, settings: LearningSettings): boolean =>
  trust !== undefined &&
  trust.gained + trust.missed >= settings.verdictCountMin &&
  trustOf(trust) < settings.trustMin;

/** A source of draws in [0, 1). */
type Draw = () => number;

/** Marsaglia's polar method: a normal draw of uniform ones, by points inside a circle. */
function normal(draw: Draw): number {
  // One try in five fails: a hundred never do, but a chart must not be able to hang.
  for (let tries = 0; tries < 100; tries += 1) {
    const [u, v] = [2 * draw() - 1, 2 * draw() - 1];
    const s = u * u + v * v;
    if (s > 0 && s < 1) return u * Math.sqrt((-2 * logarithm(s)) / s);
  }
  return 0;
}

/**
 * A draw of a Gamma distribution with this shape, from 1 on.
 *
 * @see G. Marsaglia and W. W. Tsang, A Simple Method for Generating Gamma Variables (2000)
 */
function gamma(shape: number, draw: Draw): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  // One try in twenty fails: a hundred never do, but a chart must not be able to hang.
  for (let tries = 0; tries < 100; tries += 1) {
    const x = normal(draw);
    const v = wholePower(1 + c * x, 3);
    if (v <= 0) continue;
    if (logarithm(1 - draw()) < 0.5 * x * x + d - d * v + d * logarithm(v)) return d * v;
  }
  return d;
}

/**
 * The resolver to try; undefined when there is none. Those that are distrusted are left out as long
 * as there are others.
 *
 * @param seed of the actor's own stream. @param number which choice it is, from 0: the same seed
 *   and number choose the same.
 */
export function chosenResolver(
  trusts: Trusts,
  names: readonly string[],
  settings: LearningSettings,
  { seed, number }: { readonly seed: number; readonly number: number },
): string | undefined {
  const trusted = names.filter((name) => !isDistrusted(trusts[name], settings));
  // Each choice has room for all draws that it could need.
  let n = number * 2 ** 20;
  const draw = () => drawRatio(seed, n++);
  let best: { readonly name: string; readonly value: number } | undefined;
  for (const name of trusted.length > 0 ? trusted : names) {
    const { gained, missed } = trusts[name] ?? unknown;
    const [a, b] = [gamma(1 + gained, draw), gamma(1 + missed, draw)];
    const value = a / (a + b);
    if (!best || value > best.value) best = { name, value };
  }
  return best?.name;
}
