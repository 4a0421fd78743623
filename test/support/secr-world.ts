/**
 * A host whose losses depend on its settings, in a way that nobody tells SECR: four failures that
 * come again and again. Each seed has other best settings, and half of the seeds begin with
 * settings that somebody has spoiled.
 */
import type { FailureGroup, FailureSubgroup } from '../../config/secr-taxonomy.ts';
import type { Settings } from '../../config/settings.ts';
import { drawRatio } from '../../machines/policies/random.ts';
import type { PatchOperation } from '../../runtime/settings/patch.ts';

type Draw = () => number;

/** What a recurrence costs under some settings; `best` is this seed's secret. */
interface Plan {
  readonly name: string;
  readonly group: FailureGroup;
  readonly subgroup: FailureSubgroup;
  /** Range from which the best setting is drawn. */
  readonly best: readonly [least: number, most: number];
  /** Money lost by a recurrence of strength 1. */
  readonly loss: (settings: Settings, best: number, shock: number) => number;
  /** The setting that somebody may have spoiled, and its range. */
  readonly spoiled: readonly (readonly [key: string, least: number, most: number])[];
}

const above = (value: number, limit: number): number => Math.max(0, value - limit);

export const plans: readonly Plan[] = [
  {
    ...{ name: 'GPU lag', group: 'PERF', subgroup: 'GPU_LAG', best: [0.55, 0.75] },
    // Trading that waits for workers is dear; analysis that waits is not.
    loss: ({ allocation: { workers } }, best, shock) =>
      (3 * shock * above(best, workers.trading)) / best + above(workers.trading, best),
    spoiled: [],
  },
  {
    ...{ name: 'ICAP collapse', group: 'ENTROPY', subgroup: 'ICAP_COLLAPSE', best: [6, 25] },
    // A narrow corridor trades noise; a wide one, and a small position, earn less.
    loss: ({ paper: { strategy } }, best, shock) => {
      const { thresholdBasisPoints: corridor, quantity } = strategy;
      const noise = (1.5 * shock * quantity * above(best, corridor)) / best;
      return noise + (0.3 * above(corridor, best)) / best + 0.4 * above(1, quantity);
    },
    spoiled: [['/paper/strategy/thresholdBasisPoints', 1, 12]],
  },
  {
    ...{ name: 'order issues', group: 'ORDER', subgroup: 'SLIP_DRIFT', best: [0.3, 0.9] },
    // Large orders move the market; small ones leave money lying.
    loss: ({ paper: { strategy } }, best, shock) =>
      2 * shock * above(strategy.quantity, best) +
      0.5 * above(best, strategy.quantity) +
      0.01 * above(strategy.thresholdBasisPoints, 9),
    spoiled: [['/paper/strategy/quantity', 0.2, 1]],
  },
  {
    ...{ name: 'thermal halt', group: 'THERMAL', subgroup: 'THERMAL_HALT', best: [0.4, 0.85] },
    // Too many workers make it halt; too few do less work.
    loss: ({ allocation: { workerRatio } }, best, shock) =>
      3 * shock * above(workerRatio, best) + 0.6 * above(best, workerRatio),
    spoiled: [['/allocation/workerRatio', 0.3, 1]],
  },
];

export const recurrenceMs = 600_000;
export const sampleCount = 10;

/** One run of a plan under one seed. */
export class World {
  readonly plan: Plan;
  readonly best: number;
  private readonly seed: number;

  constructor(plan: Plan, seed: number) {
    this.plan = plan;
    this.seed = seed;
    const [least, most] = plan.best;
    this.best = least + drawRatio(seed, 0) * (most - least);
  }

  /** What somebody has done to the settings before; nothing for odd seeds. */
  get spoil(): readonly PatchOperation[] {
    if (this.seed % 2 === 1) return [];
    return this.plan.spoiled.map(([path, least, most], index) => ({
      ...{ op: 'replace', path },
      value: Math.round((least + drawRatio(this.seed, 1 + index) * (most - least)) * 1_000) / 1_000,
    }));
  }

  /** Strength of a recurrence, 0.5 to 1.5: the same whatever the settings. */
  private shock(index: number): number {
    return 0.5 + drawRatio(this.seed, 100 + index);
  }

  /** Money that a recurrence costs. */
  harm(settings: Settings, index: number): number {
    return this.plan.loss(settings, this.best, this.shock(index));
  }

  /** How the host does in one part of a recurrence, with noise of a tenth. */
  sample(settings: Settings, index: number, part: number) {
    const noise: Draw = () => drawRatio(this.seed, 10_000 + index * 64 + part) - 0.5;
    const loss = this.harm(settings, index) * (1 + 0.2 * noise());
    return {
      profitDelta: (1 - loss) / sampleCount,
      latencyMs: 100 + 200 * loss,
      errorRatio: Math.min(1, 0.01 + 0.05 * loss),
      stabilityScore: Math.max(0, 100 - 40 * loss),
    };
  }
}
