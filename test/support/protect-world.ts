/** Callees of every kind behind one protection, and what must hold whatever they do. */
import { expect } from 'vitest';
import type { CallContext, ProtectionMetrics } from '../../actors/protect.ts';
import { type ProtectRigOptions, protectRig, watch } from './protect-rig.ts';

export const behaviours = [
  'value',
  'promise',
  'fails',
  'failsForGood',
  'rejectsUndefined',
  'throws',
  'never',
  'manual',
  'resolvesOnAbort',
  'rejectsOnAbort',
  'callsBack',
  'abortsItself',
] as const;

export type Behaviour = (typeof behaviours)[number];

/** Four attempts in a row, each through a breaker, take their time. */
async function settle(): Promise<void> {
  for (let i = 0; i < 60; i += 1) await Promise.resolve();
}

const passing = () => Object.assign(new Error('down'), { retryable: true });

interface Run {
  readonly call: number;
  readonly atMs: number;
  readonly signal: AbortSignal;
  settle: ((ok: boolean) => void) | undefined;
  isSettled: boolean;
}

interface Made {
  readonly controller: AbortController;
  readonly startMs: number;
  readonly watched: ReturnType<typeof watch>;
  attempts: number;
}

export class ProtectWorld {
  readonly rig: ReturnType<typeof protectRig>;
  readonly made: Made[] = [];
  /** Every call of a callee, in order. */
  readonly runs: Run[] = [];
  readonly #options: ProtectRigOptions<never>;

  constructor(options: ProtectRigOptions<never>) {
    this.#options = options;
    this.rig = protectRig(options);
  }

  get manual(): Run[] {
    return this.runs.filter((run) => run.settle !== undefined && !run.isSettled);
  }

  async call(behaviour: Behaviour): Promise<void> {
    this.#call(behaviour);
    await settle();
  }

  #call(behaviour: Behaviour): Promise<unknown> {
    const number = this.made.length;
    const controller = new AbortController();
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.made.push({
      controller,
      startMs: this.rig.clock.now(),
      watched: watch(promise),
      attempts: 0,
    });
    const callee = (context: CallContext) => this.#begin(number, context, behaviour);
    const result = this.rig.call(callee, { signal: controller.signal });
    resolve(result);
    return result;
  }

  #begin(number: number, context: CallContext, behaviour: Behaviour): unknown {
    const made = this.made[number]!;
    const { clock } = this.rig;
    const { timeoutMs, bulkhead, retry } = this.#options;
    made.attempts += 1;
    expect(context.attempt).toBe(made.attempts);
    expect(made.attempts).toBeLessThanOrEqual(retry ? (retry.attemptCountMax ?? 3) : 1);
    expect(made.controller.signal.aborted).toBe(false);
    expect(context.signal.aborted).toBe(false);
    if (timeoutMs) expect(clock.now()).toBeLessThan(made.startMs + timeoutMs);
    const run: Run = {
      call: number,
      atMs: clock.now(),
      signal: context.signal,
      settle: undefined,
      isSettled: false,
    };
    this.runs.push(run);
    const active = this.runs.filter((other) => !other.isSettled && !other.signal.aborted);
    expect(active.length).toBeLessThanOrEqual(bulkhead?.concurrencyMax ?? Number.MAX_VALUE);
    return this.#behave(run, made, behaviour);
  }

  #behave(run: Run, made: Made, behaviour: Behaviour): unknown {
    const end = <T>(result: T): T => {
      run.isSettled = true;
      return result;
    };
    const later = Promise.withResolvers<unknown>();
    const finish = (ok: boolean) => {
      run.isSettled = true;
      if (ok) later.resolve('late');
      else later.reject(passing());
    };
    switch (behaviour) {
      case 'value':
        return end('value');
      case 'promise':
        return end(Promise.resolve('promise'));
      case 'fails':
        return end(Promise.reject(passing()));
      case 'failsForGood':
        return end(Promise.reject(new Error('no')));
      case 'rejectsUndefined':
        return end(Promise.reject(undefined));
      case 'throws':
        run.isSettled = true;
        throw passing();
      case 'manual':
        run.settle = finish;
        return later.promise;
      case 'resolvesOnAbort':
      case 'rejectsOnAbort':
        run.signal.addEventListener('abort', () => finish(behaviour === 'resolvesOnAbort'));
        return later.promise;
      case 'callsBack':
        this.#call('promise').catch(() => {});
        return end(Promise.resolve('called back'));
      case 'abortsItself':
        made.controller.abort('self');
        return later.promise;
      default:
        return later.promise;
    }
  }

  async finish(index: number, ok: boolean): Promise<void> {
    const open = this.manual;
    open[index % Math.max(1, open.length)]?.settle?.(ok);
    await settle();
  }

  async abort(index: number): Promise<void> {
    this.made[index % Math.max(1, this.made.length)]?.controller.abort('given up');
    await settle();
  }

  /** Goes from one due time to the next, as promises may settle between them. */
  async advance(ms: number): Promise<void> {
    for (let i = 0; i < ms; i += 5) {
      this.rig.clock.advance(Math.min(5, ms - i));
      await settle();
    }
  }

  check(): void {
    const metrics = this.rig.call.metrics();
    this.#checkSums(metrics);
    this.#checkRate();
    expect(metrics.attemptCount).toBe(this.runs.length);
    const { bulkhead } = this.#options;
    expect(metrics.runningCount).toBeLessThanOrEqual(bulkhead?.concurrencyMax ?? 0);
    expect(metrics.queuedCount).toBeLessThanOrEqual(bulkhead?.queueCountMax ?? 0);
    const firsts = this.runs.map(({ call }) => call);
    const order = [...new Set(firsts)];
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  }

  #checkSums(metrics: ProtectionMetrics): void {
    const { startedCount, succeededCount, failedCount, rejectedCount, inFlightCount } = metrics;
    expect(startedCount).toBe(succeededCount + failedCount + rejectedCount + inFlightCount);
    const sum = (counts: object) => Object.values(counts).reduce((all, count) => all + count, 0);
    expect(sum(metrics.failed)).toBe(failedCount);
    expect(sum(metrics.rejected)).toBe(rejectedCount);
    expect(startedCount).toBe(this.made.length);
    const open = this.made.filter(({ watched }) => watched.outcome === undefined);
    expect(inFlightCount).toBe(open.length);
    const values = this.made.filter(({ watched }) => watched.outcome && 'value' in watched.outcome);
    expect(succeededCount).toBe(values.length);
    const begun = this.made.filter(({ attempts, watched }) => attempts > 0 && watched.outcome);
    expect(succeededCount + failedCount).toBe(begun.length);
    const { retry } = this.#options;
    const { budgetCountMax = 100, budgetRatio = 0.2 } = retry ?? {};
    const retryCountMax = retry ? budgetCountMax + budgetRatio * startedCount : 0;
    expect(metrics.retryCount).toBeLessThanOrEqual(retryCountMax);
  }

  #checkRate(): void {
    const { rateLimit } = this.#options;
    if (!rateLimit) return;
    const { kind, callCountMax = 100, periodMs = 1_000, burstCountMax = 10 } = rateLimit;
    const times = this.runs.map(({ atMs }) => atMs);
    for (const [to, toMs] of times.entries()) {
      if (kind === 'slidingWindow') {
        const fromMs = times[to - callCountMax] ?? Number.NEGATIVE_INFINITY;
        expect(toMs - fromMs).toBeGreaterThanOrEqual(periodMs);
        continue;
      }
      for (const [from, fromMs] of times.slice(0, to).entries()) {
        const earned = ((toMs - fromMs) * callCountMax) / periodMs;
        expect(to - from + 1).toBeLessThanOrEqual(burstCountMax + earned + 1e-6);
      }
    }
  }

  /** Ends whatever is open, and looks for what was left behind. */
  async end(): Promise<void> {
    await this.advance(400);
    for (const { controller } of this.made) controller.abort('the end');
    for (const run of this.manual) run.settle?.(true);
    await settle();
    await this.advance(400);
    this.check();
    const metrics = this.rig.call.metrics();
    const stuck = this.runs.filter(({ isSettled }) => !isSettled);
    expect(metrics).toMatchObject({
      inFlightCount: 0,
      runningCount: 0,
      queuedCount: 0,
      limitedCount: 0,
      abandonedCount: stuck.length,
    });
    expect(stuck.every(({ signal }) => signal.aborted)).toBe(true);
    expect(this.rig.layers.pausing.size).toBe(0);
    this.rig.clock.advance(10_000);
    expect(this.rig.clock.pendingCount).toBe(0);
    expect(['available', undefined]).toContain(this.rig.bulkhead?.getSnapshot().value);
    expect(['flowing', undefined]).toContain(this.rig.rateLimit?.getSnapshot().value);
  }
}
