/**
 * What a circuit breaker adds to an awaited call, next to two well-known ones, in one process.
 *
 * CPU time of this thread instead of wall time, interleaved rounds and medians, because the machine
 * is shared. Run alone with `node test/bench/breaker.bench.ts`.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  ConsecutiveBreaker,
  CountBreaker,
  circuitBreaker,
  handleAll,
  type IBreaker,
  SamplingBreaker,
  TimeoutStrategy,
  timeout,
  wrap,
} from 'cockatiel';
import Opossum from 'opossum';
import { createActor } from 'xstate';
import { CircuitBreaker } from '../../actors/circuit-breaker.ts';
import type { Call } from '../../actors/guarded-call.ts';
import type { Clock } from '../../actors/ports.ts';
import {
  type CircuitBreakerSettingsInput,
  circuitBreakerSettingsSchema,
} from '../../config/circuit-breaker.ts';
import { circuitBreakerMachine } from '../../machines/circuit-breaker.ts';

type Contender = readonly [name: string, call: () => Promise<unknown>];

const work = async (): Promise<number> => 1;
const broken = async (): Promise<number> => {
  throw new Error('down');
};

const clock: Clock = {
  now: () => Date.now(),
  at(dueMs, wake) {
    const timer = setTimeout(wake, Math.max(0, dueMs - Date.now()));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

function ours(
  callTimeoutMs: number,
  given: CircuitBreakerSettingsInput = {},
  time: Clock = clock,
): CircuitBreaker {
  const settings = circuitBreakerSettingsSchema.parse({ callTimeoutMs, ...given });
  const actor = createActor(circuitBreakerMachine, { input: { settings, seed: 1 } }).start();
  const breaker = new CircuitBreaker({
    name: 'bench',
    clock: time,
    send: (event) => actor.send(event),
    snapshot: () => actor.getSnapshot(),
  });
  actor.subscribe((snapshot) => breaker.observe(snapshot));
  return breaker;
}

const cockatielBreaker = (breaker: IBreaker = new ConsecutiveBreaker(5)) =>
  circuitBreaker(handleAll, { halfOpenAfter: 60_000, breaker });

const countWindow = { window: { kind: 'count', size: 100 } } as const;
const timeWindow = { window: { kind: 'time', durationMs: 10_000, bucketCount: 10 } } as const;
const slow = { slowCallMs: 2_000 };
const shareOf = (size: number) => new CountBreaker({ threshold: 0.5, size });
const sampled = () => new SamplingBreaker({ threshold: 0.5, duration: 10_000 });

const cpuUs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return user + system;
};

async function batch(call: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < 250; i += 1) await call();
}

async function refusedBatch(call: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < 50; i += 1) {
    try {
      await call();
    } catch {}
  }
}

/**
 * Nanoseconds of CPU per call. Some kernels count CPU time in ticks of 4 ms: a sample begins and
 * ends on a tick, so that it is exact to one batch.
 */
async function cost(
  call: () => Promise<unknown>,
  run: typeof batch,
  callsPerBatch: number,
  lengthMs: number,
): Promise<number> {
  let fromUs = cpuUs();
  for (const firstUs = fromUs; fromUs === firstUs; fromUs = cpuUs()) await run(call);
  let batchCount = 0;
  let nowUs = fromUs;
  for (let lastUs = fromUs; nowUs - fromUs < lengthMs * 1_000 || nowUs === lastUs; ) {
    lastUs = nowUs;
    await run(call);
    batchCount += 1;
    nowUs = cpuUs();
  }
  return ((nowUs - fromUs) * 1_000) / (batchCount * callsPerBatch);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Median cost of each contender; rounds are interleaved so that all see the same noise. */
async function measure(
  contenders: readonly Contender[],
  full: boolean,
  refused = false,
): Promise<Map<string, number>> {
  const samples = contenders.map((): number[] => []);
  for (let round = -1; round < (full ? 31 : 9); round += 1) {
    for (const [index, [, call]] of contenders.entries()) {
      const ns = await cost(call, refused ? refusedBatch : batch, refused ? 50 : 250, 60);
      if (round >= 0) samples[index]?.push(ns);
    }
  }
  return new Map(contenders.map(([name], index) => [name, median(samples[index] ?? [])]));
}

/** A closed call by each window, with the nearest one of the others. */
function windowContenders(): Contender[] {
  const byCount = ours(0, countWindow);
  const byTime = ours(0, timeWindow);
  const slowByCount = ours(0, { ...countWindow, ...slow });
  const slowByTime = ours(0, { ...timeWindow, ...slow });
  const theirCount = cockatielBreaker(shareOf(100));
  const theirTime = cockatielBreaker(sampled());
  return [
    ['raw await', work],
    ['kintsugi', () => byCount.execute(work)],
    ['kintsugi, time window', () => byTime.execute(work)],
    ['kintsugi, count window, slow calls', () => slowByCount.execute(work)],
    ['kintsugi, time window, slow calls', () => slowByTime.execute(work)],
    ['cockatiel 4, count window', () => theirCount.execute(work)],
    ['cockatiel 4, time window', () => theirTime.execute(work)],
  ];
}

/** Rejections cost the same by any window: nothing of it is read. */
async function costOfRefusal(full: boolean, given: CircuitBreakerSettingsInput = {}) {
  const mine = ours(0, given);
  const theirs = new Opossum(broken, {
    timeout: false,
    resetTimeout: 3_600_000,
    volumeThreshold: 1,
  });
  const other = cockatielBreaker();
  for (let i = 0; i < 20; i += 1) {
    await Promise.allSettled([mine.execute(broken), theirs.fire(), other.execute(broken)]);
  }
  const contenders: Contender[] = [
    ['kintsugi', () => mine.execute(work)],
    ['opossum 10', () => theirs.fire()],
    ['cockatiel 4', () => other.execute(work)],
  ];
  const costs = await measure(contenders, full, true);
  // Its timers would count as ours while nobody calls.
  theirs.shutdown();
  return costs;
}

function table(title: string, costs: Map<string, number>, baseNs: number): string {
  const mine = (costs.get('kintsugi') ?? Number.NaN) - baseNs;
  const rows = [...costs].map(([name, ns]) => {
    const addedNs = ns - baseNs;
    const times = name === 'raw await' ? '' : `${(addedNs / mine).toFixed(1)}`;
    return `| ${name} | ${ns.toFixed(0)} | ${addedNs.toFixed(0)} | ${times} |`;
  });
  return [
    `| ${title} | ns CPU per call | ns added | times ours |`,
    '|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/**
 * What 10,000 breakers weigh and do while nobody calls, beside what the process does without them.
 * A median, because the collector finishes its work when it likes: with no breaker a stretch of 3 s
 * costs up to 0.2 %, too.
 */
async function idle(): Promise<string> {
  const rows: string[] = [];
  /** None is collected while another kind is weighed. */
  const kept: CircuitBreaker[][] = [];
  const count = 10_000;
  let timerCount = 0;
  const counting: Clock = {
    now: clock.now,
    at: (dueMs, wake) => {
      timerCount += 1;
      return clock.at(dueMs, wake);
    },
  };
  const makers: [string, (() => CircuitBreaker) | undefined][] = [
    ['none', undefined],
    ['consecutive', () => ours(30_000, {}, counting)],
    ['count, 100 results', () => ours(30_000, countWindow, counting)],
    ['time, 10 buckets', () => ours(30_000, timeWindow, counting)],
  ];
  for (const [name, make] of makers) {
    collect();
    const beforeBytes = memoryBytes();
    const all = make ? Array.from({ length: count }, make) : [];
    kept.push(all);
    collect();
    const bytes = make ? (memoryBytes() - beforeBytes) / count : 0;
    const shares: number[] = [];
    for (let slice = 0; slice < 7; slice += 1) {
      const fromUs = cpuUs();
      const fromMs = performance.now();
      await new Promise((resolve) => setTimeout(resolve, idleMs));
      shares.push((cpuUs() - fromUs) / 1_000 / (performance.now() - fromMs));
    }
    const share = median(shares);
    const admitting = all.filter(({ admits }) => admits).length;
    const percent = (share * 100).toFixed(3);
    rows.push(`| ${name} | ${admitting} | ${bytes.toFixed(0)} | ${percent} % | ${timerCount} |`);
  }
  return [
    `| window | idle breakers | bytes each, with actor | CPU of a core | timers |`,
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

const idleMs = 2_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const memoryBytes = (): number => {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

/** A callee that needs the signal makes the breaker create one. */
const workWithSignal = ({ signal }: Call): Promise<number> => (signal.aborted ? broken() : work());

/** Measures, and returns the result as Markdown tables. */
export async function run({ full }: { readonly full: boolean }): Promise<string> {
  const plain = ours(0);
  const timed = ours(3_000);
  const opossum = new Opossum(work, { timeout: false });
  const opossumTimed = new Opossum(work, { timeout: 3_000 });
  const cockatiel = cockatielBreaker();
  const cockatielTimed = wrap(timeout(3_000, TimeoutStrategy.Aggressive), cockatielBreaker());
  const contenders: Contender[] = [
    ['raw await', work],
    ['kintsugi', () => plain.execute(work)],
    ['opossum 10', () => opossum.fire()],
    ['cockatiel 4', () => cockatiel.execute(work)],
  ];
  const timedContenders: Contender[] = [
    ['raw await', work],
    ['kintsugi', () => timed.execute(work)],
    ['kintsugi, callee reads its signal', () => timed.execute(workWithSignal)],
    ['opossum 10', () => opossumTimed.fire()],
    ['cockatiel 4', () => cockatielTimed.execute(work)],
  ];
  const closed = await measure(contenders, full);
  const closedTimed = await measure(timedContenders, full);
  const byWindow = await measure(windowContenders(), full);
  const open = await costOfRefusal(full);
  const openByCount = await costOfRefusal(full, countWindow);
  const openByTime = await costOfRefusal(full, timeWindow);
  for (const breaker of [opossum, opossumTimed]) breaker.shutdown();
  return [
    table('closed, no time limit', closed, closed.get('raw await') ?? 0),
    table('closed, limit 3,000 ms', closedTimed, closedTimed.get('raw await') ?? 0),
    table('closed, windows; ours: count', byWindow, byWindow.get('raw await') ?? 0),
    table('open, refused', open, 0),
    table('open by a count window, refused', openByCount, 0),
    table('open by a time window, refused', openByTime, 0),
    await idle(),
  ].join('\n\n');
}

if (import.meta.main) {
  console.log(await run({ full: process.argv.includes('--full') }));
  process.exit(0);
}
