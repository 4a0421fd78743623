/** A synthetic market: endless bars that follow from a seed, with regimes and gaps in the data. */
import type { MarketSettings } from '../../config/paper-market.ts';
import type { Bar } from '../../machines/paper/bar.ts';
import { seededRandom } from '../random.ts';

/** How each regime bends the settings; the next one is drawn with equal chances. */
const regimes = [
  { name: 'calm', drift: 0, volatility: 1 },
  { name: 'rising', drift: 1, volatility: 1.2 },
  { name: 'falling', drift: -1, volatility: 1.4 },
  { name: 'stormy', drift: 0, volatility: 3 },
] as const;

/**
 * Bars without end. The same seed and settings give the same bars on any machine.
 *
 * @param options.afterMs hand out only bars after this time, ms: a market that is continued. The
 *   bars before are made again and thrown away, about a million in a second.
 */
export async function* syntheticMarket(
  seed: number,
  settings: MarketSettings,
  options: { readonly afterMs?: number } = {},
): AsyncGenerator<Bar, never> {
  const { afterMs = Number.NEGATIVE_INFINITY } = options;
  for (const bar of walk(seed, settings)) {
    if (bar.at > afterMs) yield bar;
  }
  throw new RangeError('The synthetic market never ends.');
}

function* walk(seed: number, settings: MarketSettings): Generator<Bar> {
  const { barMs, volatilityRatio, driftRatio } = settings;
  const random = seededRandom(seed).stream('/paper/market');
  const next = () => random.next();
  let at = Date.parse(settings.startAt);
  let price = settings.price;
  let regime: (typeof regimes)[number] = regimes[0];
  for (;;) {
    if (next() < 1 / settings.regimeBarCount) regime = regimes[Math.floor(next() * 4)]!;
    const volatility = volatilityRatio * regime.volatility;
    const open = price;
    const close = moved(open, driftRatio * regime.drift + volatility * normal(next));
    const high = moved(Math.max(open, close), (volatility * next()) / 2);
    const low = moved(Math.min(open, close), (-volatility * next()) / 2);
    const volume = Math.round(1_000_000 * (0.2 + next() * regime.volatility)) / 1_000;
    yield { at, open, high, low, close, volume };
    price = close;
    at += barMs * (1 + gap());
  }

  /** Bars that are missing before the next one. */
  function gap(): number {
    if (next() >= 1 / settings.gapEveryBarCount) return 0;
    return Math.round(settings.gapBarCount * (0.5 + next()));
  }
}

/** Whole cents, at least one, so that what is written to a file is what was traded. */
const moved = (price: number, ratio: number) =>
  Math.max(1, Math.round(price * (1 + Math.max(-0.5, ratio)) * 100)) / 100;

/**
 * Close to the standard normal distribution: a sum of four uniform draws. Only additions and
 * multiplications, because logarithms and cosines may differ in the last bit between machines.
 */
const normal = (next: () => number) => (next() + next() + next() + next() - 2) * 1.7320508075688772;
