/**
 * What fault plans do to the paper host, as pure functions of settings, seed and time.
 *
 * Nothing is remembered, so that a run that is continued is in the same trouble. Only the four
 * basic operations are used, so that an effect is the same on any machine.
 */
import type { AllocationSettings } from '../../config/allocation.ts';
import type { FeeSettings } from '../../config/paper.ts';
import type { FaultSettings } from '../../config/paper-broker.ts';
import type { FaultPlans } from '../../config/paper-fault-plans.ts';
import type { Bar } from '../../machines/paper/bar.ts';
import { drawRatio } from '../../machines/policies/random.ts';
import { seedOf } from '../random.ts';
import { episodeAt } from './episodes.ts';

/** Where and when. */
export interface FaultMoment {
  readonly plans: FaultPlans;
  readonly seed: number;
  /** Logical ms. */
  readonly at: number;
}

/** An episode that is under way. */
interface Trouble {
  /** 0.5 to 1.5. */
  readonly strength: number;
  readonly doneRatio: number;
}

/** What the plan of this name does now; undefined when it does nothing. */
function troubleOf(name: keyof FaultPlans, { plans, seed, at }: FaultMoment): Trouble | undefined {
  const plan = plans[name];
  if (!plan.enabled) return undefined;
  const planSeed = seedOf(seed, `faultPlans/${name}`);
  const episode = episodeAt(planSeed, at, plan);
  if (!episode) return undefined;
  const strength = 0.5 + drawRatio(seedOf(planSeed, 'strength'), episode.number);
  return { strength, doneRatio: episode.doneRatio };
}

/** Plans whose episodes are under way. */
export const troublesAt = (moment: FaultMoment): readonly (keyof FaultPlans)[] =>
  (Object.keys(moment.plans) as (keyof FaultPlans)[]).filter((name) => troubleOf(name, moment));

/** The computer that the host runs on, while plans say how it does. */
export interface Computer {
  readonly temperatureCelsius: number;
  /** How long what trading sends waits for a worker, ms. */
  readonly backlogMs: number;
  /** How long an analysis waits. */
  readonly analysisDelayMs: number;
}

const surroundingCelsius = 25;
/** What all workers at work add. */
const workCelsius = 45;
const slowFromCelsius = 80;
const haltCelsius = 95;
/** Shares of the workers that trading and analysis need. */
const tradingNeedRatio = 0.2;
const analysisNeedRatio = 0.1;
/** Waits when there are no workers at all. */
const backlogMaxMs = 30_000;
const analysisDelayMaxMs = 120_000;

const waitMs = (capacity: number, need: number, mostMs: number): number =>
  capacity >= need ? 0 : Math.round(mostMs * (1 - capacity / need));

/**
 * A computer that grows warm with its workers, slows down when it is hot, and lets work wait that
 * it has too few workers for. Without a plan that touches it, it has all the workers it needs.
 */
export function computerAt(
  moment: FaultMoment,
  { workerRatio, workers }: AllocationSettings,
): Computer {
  const { gpuLag, thermalHalt } = moment.plans;
  const [lag, heat] = [troubleOf('gpuLag', moment), troubleOf('thermalHalt', moment)];
  // Warmest in the middle.
  const shape = heat ? 1 - 2 * Math.abs(heat.doneRatio - 0.5) : 0;
  const rise = heat ? thermalHalt.riseCelsius * heat.strength * shape : 0;
  const temperatureCelsius = surroundingCelsius + workCelsius * workerRatio + rise;
  if (!gpuLag.enabled && !thermalHalt.enabled) {
    return { temperatureCelsius, backlogMs: 0, analysisDelayMs: 0 };
  }
  const slow = (temperatureCelsius - slowFromCelsius) / (haltCelsius - slowFromCelsius);
  const speed = 1 - Math.min(1, Math.max(0, slow));
  const more = lag ? (gpuLag.needRatio - tradingNeedRatio) * lag.strength : 0;
  const has = (share: number) => share * workerRatio * speed;
  return {
    temperatureCelsius,
    backlogMs: waitMs(has(workers.trading), tradingNeedRatio + more, backlogMaxMs),
    analysisDelayMs: waitMs(has(workers.analytics), analysisNeedRatio + more, analysisDelayMaxMs),
  };
}

/** How the broker fails, from the host's side of the wire: what leaves late is answered late. */
export function faultsUnder(
  moment: FaultMoment,
  faults: FaultSettings,
  allocation: AllocationSettings,
): FaultSettings {
  const { orderIssues } = moment.plans;
  const orders = troubleOf('orderIssues', moment);
  const delayMs =
    computerAt(moment, allocation).backlogMs + (orders ? orderIssues.delayMs * orders.strength : 0);
  if (delayMs === 0 && !orders) return faults;
  const base = faults.enabled ? faults : { ...faults, ...faultless };
  const roomRatio =
    1 - base.errorRatio - base.hangRatio - base.resetRatio - base.rejectedLoginRatio;
  const partial = base.partialFillRatio + (orders ? orderIssues.partialFillRatio : 0);
  return {
    ...base,
    partialFillRatio: Math.min(partial, roomRatio),
    latencyMedianMs: base.latencyMedianMs + delayMs,
    latencyTailMs: base.latencyTailMs + delayMs,
  };
}

/** A broker that a user has told to work, before a plan makes it fail after all. */
const faultless = {
  enabled: true,
  ...{ outageDurationMs: 0, errorRatio: 0, hangRatio: 0, resetRatio: 0 },
  ...{ partialFillRatio: 0, rejectedLoginRatio: 0 },
};

/** What an order of this quantity costs: a thin book is worse the more is taken from it. */
export function feesUnder(moment: FaultMoment, fees: FeeSettings, quantity: number): FeeSettings {
  const orders = troubleOf('orderIssues', moment);
  if (!orders) return fees;
  const more = moment.plans.orderIssues.slippageBasisPoints * orders.strength * quantity;
  return { ...fees, slippageBasisPoints: fees.slippageBasisPoints + more };
}

/** The bar as the host sees it; the market itself, at which orders are filled, is as it was. */
export function barUnder(moment: FaultMoment, bar: Bar): Bar {
  const collapse = troubleOf('icapCollapse', moment);
  if (!collapse) return bar;
  const { amplitudeBasisPoints, periodMs } = moment.plans.icapCollapse;
  // A triangle from -1 to 1 and back: no sine, whose last bit differs between machines.
  const phase = (bar.at % periodMs) / periodMs;
  const swing = 1 - 4 * Math.abs(phase - 0.5);
  const factor = 1 + (swing * collapse.strength * amplitudeBasisPoints) / 10_000;
  const { at, open, high, low, close, volume } = bar;
  return {
    ...{ at, volume, open: open * factor, high: high * factor },
    ...{ low: low * factor, close: close * factor },
  };
}
