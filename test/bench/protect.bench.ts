/**
 * What a composed protection adds to an awaited call, next to two well-known ones, in one process.
 *
 * CPU time of this thread instead of wall time. Contenders take turns, and what counts is the
 * median of the ratios within a round: noise of the shared machine hits all of a round alike. Run
 * alone with `node test/bench/protect.bench.ts`.
 */
import {
  bulkhead,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleAll,
  handleWhen,
  isBrokenCircuitError,
  retry,
  TimeoutStrategy,
  timeout,
  wrap,
} from 'cockatiel';
import Opossum from 'opossum';
import { createActor } from 'xstate';
import { CircuitBreaker } from '../../actors/circuit-breaker.ts';
import type { Clock } from '../../actors/ports.ts';
import { type CallContext, type Protection, protection } from '../../actors/protect.ts';
import { ProtectLayers } from '../../actors/protect-layers.ts';
import { circuitBreakerSettingsSchema } from '../../config/circuit-breaker.ts';
import { type ProtectionSettingsInput, protectionSettingsSchema } from '../../config/protect.ts';
import { circuitBreakerMachine } from '../../machines/circuit-breaker.ts';

type Contender = readonly [name: string, call: () => Promise<unknown>];

const work = async (): Promise<number> => 1;
const workWithSignal = ({ signal }: CallContext): number => (signal.aborted ? 0 : 1);
const broken = async (): Promise<number> => {
  throw new Error('down');
};
const never = (): Promise<never> => new Promise(() => {});

const clock: Clock = {
  now: () => Date.now(),
  at(dueMs, wake) {
    const timer = setTimeout(wake, Math.max(0, dueMs - Date.now()));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

function ourBreaker(): CircuitBreaker {
  const settings = circuitBreakerSettingsSchema.parse({ callTimeoutMs: 0 });
  const actor = createActor(circuitBreakerMachine, { input: { settings, seed: 1 } }).start();
  const breaker = new CircuitBreaker({
    name: 'bench',
    clock,
    send: (event) => actor.send(event),
    snapshot: () => actor.getSnapshot(),
  });
  actor.subscribe((snapshot) => breaker.observe(snapshot));
  return breaker;
}

function ours(settings: ProtectionSettingsInput, breaker?: CircuitBreaker): Protection {
  const parsed = protectionSettingsSchema.parse(settings);
  return protection(
    new ProtectLayers({ name: 'bench', clock, seed: 1, settings: parsed, breaker }),
  );
}

const three = { timeoutMs: 3_000, retry: {} };
const all = {
  ...three,
  attemptTimeoutMs: 1_000,
  bulkhead: { concurrencyMax: 10 },
  rateLimit: {
    kind: 'tokenBucket',
    callCountMax: 1_000_000,
    periodMs: 1,
    burstCountMax: 1_000_000,
  },
} as const;

const breakerOptions = () => ({ halfOpenAfter: 3_600_000, breaker: new ConsecutiveBreaker(5) });
const theirLimit = () => timeout(3_000, TimeoutStrategy.Aggressive);
/** As ours: a refusal of the breaker is not tried again. */
const mayPass = handleWhen((error) => !isBrokenCircuitError(error));
const theirRetry = () => retry(mayPass, { maxAttempts: 2, backoff: new ExponentialBackoff() });
const theirThree = () =>
  wrap(theirLimit(), theirRetry(), circuitBreaker(handleAll, breakerOptions()));

const cpuUs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return user + system;
};

async function batch(call: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < 100; i += 1) {
    try {
      await call();
    } catch {}
  }
}

/** Nanoseconds of CPU per call; begins and ends on a tick, where CPU time comes in ticks. */
async function cost(call: () => Promise<unknown>): Promise<number> {
  let fromUs = cpuUs();
  for (const firstUs = fromUs; fromUs === firstUs; fromUs = cpuUs()) await batch(call);
  let batchCount = 0;
  let nowUs = fromUs;
  for (let lastUs = fromUs; nowUs - fromUs < 60_000 || nowUs === lastUs; ) {
    lastUs = nowUs;
    await batch(call);
    batchCount += 1;
    nowUs = cpuUs();
  }
  return ((nowUs - fromUs) * 1_000) / (batchCount * 100);
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** The first contender is the base that is taken off, the second one is ours. */
async function table(title: string, contenders: readonly Contender[], full: boolean) {
  const samples = contenders.map((): number[] => []);
  for (let round = -1; round < (full ? 31 : 9); round += 1) {
    for (const [index, [, call]] of contenders.entries()) {
      const ns = await cost(call);
      if (round >= 0) samples[index]?.push(ns);
    }
  }
  const [base = [], mine = []] = samples;
  const rows = contenders.map(([name], index) => {
    const added = (samples[index] ?? []).map((ns, round) => ns - (base[round] ?? 0));
    const ratios = added.map((ns, round) => ns / ((mine[round] ?? 0) - (base[round] ?? 0)));
    const times = index === 0 ? '' : median(ratios).toFixed(1);
    const ns = median(samples[index] ?? []).toFixed(0);
    return `| ${name} | ${ns} | ${median(added).toFixed(0)} | ${times} |`;
  });
  const head = `| ${title} | ns CPU per call | ns added | times ours |`;
  return [head, '|---|---|---|---|', ...rows].join('\n');
}

/** A caught rejection of a function without any layer: what nobody can do without. */
const refused = Promise.reject(new Error('refused'));
refused.catch(() => {});
const base: Contender = ['raw await', work];
const refusedBase: Contender = ['raw await of one rejected promise', () => refused];

async function tripped(): Promise<Contender[]> {
  const breaker = ourBreaker();
  const mine = ours(three, breaker);
  const other = theirThree();
  const theirs = new Opossum(broken, {
    timeout: 3_000,
    resetTimeout: 3_600_000,
    volumeThreshold: 1,
  });
  for (let i = 0; i < 5; i += 1) {
    await breaker.execute(broken).catch(() => {});
    await Promise.allSettled([theirs.fire(), other.execute(broken)]);
  }
  return [
    refusedBase,
    ['kintsugi', () => mine(work)],
    ['cockatiel 4', () => other.execute(work)],
    ['opossum 10, no retry', () => theirs.fire()],
  ];
}

function full(): Contender[] {
  const mine = ours({ ...all, bulkhead: { concurrencyMax: 1 } }, ourBreaker());
  const plain = ours({ bulkhead: { concurrencyMax: 1 } });
  const other = wrap(theirLimit(), bulkhead(1), theirRetry());
  const theirs = new Opossum(never, { timeout: false, capacity: 1 });
  for (const call of [() => plain(never), () => other.execute(never), () => theirs.fire()]) {
    void call();
  }
  void mine(never).catch(() => {});
  return [
    refusedBase,
    ['kintsugi', () => plain(work)],
    ['cockatiel 4', () => other.execute(work)],
    ['opossum 10, no retry', () => theirs.fire()],
  ];
}

function limited(): Contender[] {
  const mine = ours({ ...three, rateLimit: { callCountMax: 1, periodMs: 3_600_000 } });
  void mine(work);
  return [refusedBase, ['kintsugi', () => mine(work)]];
}

/** Measures, and returns the result as Markdown tables. */
export async function run(options: { readonly full: boolean }): Promise<string> {
  const none = ours({});
  const mine = ours(three, ourBreaker());
  const whole = ours(all, ourBreaker());
  const other = theirThree();
  const otherWhole = wrap(
    theirLimit(),
    bulkhead(10),
    theirRetry(),
    circuitBreaker(handleAll, breakerOptions()),
    timeout(1_000, TimeoutStrategy.Aggressive),
  );
  const opossum = new Opossum(work, { timeout: 3_000, capacity: 10 });
  const composed: Contender[] = [
    base,
    ['kintsugi', () => mine(work)],
    ['kintsugi, callee reads its signal', () => mine(workWithSignal)],
    ['kintsugi, no layer at all', () => none(work)],
    ['cockatiel 4', () => other.execute(work)],
    ['opossum 10, no retry', () => opossum.fire()],
  ];
  const everything: Contender[] = [
    base,
    ['kintsugi', () => whole(work)],
    ['cockatiel 4, no rate limit', () => otherWhole.execute(work)],
    ['opossum 10, limit, breaker and capacity', () => opossum.fire()],
  ];
  const tables = [
    await table('limit, retry and breaker; success', composed, options.full),
    await table('all layers; success', everything, options.full),
    await table('limit, retry and breaker; open', await tripped(), options.full),
    await table('bulkhead full', full(), options.full),
    await table('rate limited', limited(), options.full),
  ];
  opossum.shutdown();
  return tables.join('\n\n');
}

if (import.meta.main) {
  console.log(await run({ full: process.argv.includes('--full') }));
  process.exit(0);
}
