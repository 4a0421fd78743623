/**
 * The resolver matrix as it comes: five families. One without a subgroup is inherited by every
 * subgroup of its group.
 */
import type { Resolver, ResolverChange } from './secr-resolver.ts';
import type { FailureGroup, FailureSubgroup } from './secr-taxonomy.ts';

const scale = (key: string, amount: number): ResolverChange => ({ key, by: 'scale', amount });
const add = (key: string, amount: number): ResolverChange => ({ key, by: 'add', amount });
const move = (from: string, key: string, amount: number): ResolverChange => ({
  ...{ key, by: 'moveFrom', amount, from },
});

type Asked = FailureGroup | `${FailureGroup}.${FailureSubgroup}`;

/** The answer to a group, or to one subgroup. */
function answer(to: Asked, meaning: string, ...changes: ResolverChange[]): Resolver {
  const [group, subgroup] = to.split('.') as [FailureGroup, FailureSubgroup?];
  return { group, ...(subgroup && { subgroup }), meaning, changes, enabled: true };
}

const workers = '/allocation/workers';
const queues = '/allocation/queues';
const strategy = '/paper/strategy';
const broker = '/paper/broker';
const passReports = '/health/passReportEveryMs';
const wish = `${strategy}/quantity`;
const corridor = `${strategy}/thresholdBasisPoints`;

/** Throttle the GPU, ease the CPU, use less memory. */
const forPerformance = {
  tradingFirst: answer(
    'PERF',
    'gives trading workers that background work had',
    move(`${workers}/background`, `${workers}/trading`, 0.1),
  ),
  fewerReports: answer('PERF', 'reports what passes half as often', scale(passReports, 2)),
  gpuThrottle: answer(
    'PERF.GPU_LAG',
    'gives trading workers that analysis had',
    move(`${workers}/analytics`, `${workers}/trading`, 0.1),
  ),
  cpuFewerCalls: answer(
    'PERF.CPU_STALL',
    'lets fewer calls of the target run at once',
    scale('/protections/*/bulkhead/concurrencyMax', 0.75),
  ),
  memoryShorterHistory: answer(
    'PERF.RAM_PRESSURE',
    'keeps fewer measured values',
    scale('/health/anomalyValueCount', 0.5),
  ),
  memoryShorterQueues: answer(
    'PERF.RAM_PRESSURE',
    'lets fewer calls of the target wait',
    scale('/protections/*/bulkhead/queueCountMax', 0.5),
    move(`${queues}/background`, `${queues}/trading`, 0.05),
  ),
};

/** Control slippage, smaller orders, other times. */
const forOrders = {
  orderSmaller: answer('ORDER', 'orders less at a time', scale(wish, 0.75)),
  orderFewer: answer('ORDER', 'waits for a clearer wish', add(corridor, 2)),
  slipFewerAndSmaller: answer(
    'ORDER.SLIP_DRIFT',
    'orders less often, and less at a time',
    add(corridor, 4),
    scale(wish, 0.9),
  ),
  batchSooner: answer('ORDER.BATCH_MISS', 'tries again sooner', scale(`${broker}/retryMinMs`, 0.5)),
  fillMuchSmaller: answer('ORDER.PARTIAL_FILL', 'orders half as much', scale(wish, 0.5)),
};

/** Recover ICAP, correct the phase, widen the corridor. */
const forEntropy = {
  entropyWiderCorridor: answer('ENTROPY', 'widens the corridor', scale(corridor, 1.5)),
  icapRecovery: answer(
    'ENTROPY.ICAP_COLLAPSE',
    'trades half as much in a wider corridor',
    scale(wish, 0.5),
    scale(corridor, 1.5),
  ),
  phaseSlower: answer(
    'ENTROPY.PHASE_INVERT',
    'follows the market more slowly',
    scale(`${strategy}/fastBarCount`, 1.25),
    scale(`${strategy}/slowBarCount`, 1.25),
  ),
  phaseFaster: answer(
    'ENTROPY.PHASE_INVERT',
    'follows the market more quickly',
    scale(`${strategy}/fastBarCount`, 0.8),
    scale(`${strategy}/slowBarCount`, 0.8),
  ),
  spikeTolerant: answer(
    'ENTROPY.ENTROPY_SPIKE',
    'flags only stronger anomalies',
    add('/health/anomalyScoreMin', 0.5),
  ),
};

/** Throttle, and let it cool down. */
const forThermal = {
  thermalThrottle: answer(
    'THERMAL',
    'runs fewer workers at once',
    scale('/allocation/workerRatio', 0.8),
  ),
  thermalDeepThrottle: answer(
    'THERMAL.THERMAL_HALT',
    'runs half of the workers',
    scale('/allocation/workerRatio', 0.5),
  ),
  coolingRest: answer(
    'THERMAL.FAN_STALL',
    'does less in the background, and reports less',
    move(`${workers}/background`, `${workers}/trading`, 0.1),
    scale(passReports, 2),
  ),
};

/** Other time limits, other retries. */
const forNetwork = {
  netPatient: answer(
    'NET',
    'waits longer for the broker',
    scale(`${broker}/breaker/callTimeoutMs`, 1.5),
  ),
  netQuick: answer(
    'NET',
    'gives a call to the broker up sooner',
    scale(`${broker}/breaker/callTimeoutMs`, 0.67),
  ),
  netCalmRetry: answer('NET', 'waits longer before a new try', scale(`${broker}/retryMinMs`, 2)),
  timeoutPatientBreaker: answer(
    'NET.API_TIMEOUT',
    'waits longer for calls through the target',
    scale('/breakers/*/callTimeoutMs', 1.5),
  ),
  timeoutPatientCall: answer(
    'NET.API_TIMEOUT',
    'gives each attempt of the target more time',
    scale('/protections/*/attemptTimeoutMs', 1.5),
  ),
  dropMoreAttempts: answer(
    'NET.SOCKET_DROP',
    'makes one attempt more',
    add('/protections/*/retry/attemptCountMax', 1),
  ),
  dropTolerant: answer(
    'NET.SOCKET_DROP',
    'bears one more failure before the breaker opens',
    add(`${broker}/breaker/window/failureCountMax`, 1),
  ),
};

export const builtInResolvers: Readonly<Record<string, Resolver>> = {
  ...forPerformance,
  ...forOrders,
  ...forEntropy,
  ...forThermal,
  ...forNetwork,
};
