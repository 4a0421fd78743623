/**
 * Makes the checks of probes at the edge: cadence, time limit, and what is worth an entry. The
 * functions stay in memory, by the id of their probe: a host gives them again after a restart.
 */
import type { CheckOutcome, Clock, HealthChecks } from '../actors/ports.ts';
import { errorText } from './error-text.ts';

/**
 * Looks at a component once. Passed: nothing, true, or a finite number, which is kept as a measured
 * value. Failed: false, another number, a throw, a rejection, or no outcome within the time limit.
 */
export type Check = (options: { readonly signal: AbortSignal }) => unknown;

type Probe = Parameters<HealthChecks['watch']>[0];

const whyLengthMax = 200;

export class CheckTable implements HealthChecks {
  /** Given by a runtime; a replay has none and checks nothing. */
  clock: Clock | undefined;
  private readonly checks = new Map<string, Check>();
  private readonly loops = new Set<CheckLoop>();

  set(id: string, check: Check): void {
    this.checks.set(id, check);
  }

  delete(id: string): void {
    this.checks.delete(id);
  }

  watch(probe: Probe, tell: (outcome: CheckOutcome) => void): () => void {
    const { clock } = this;
    if (probe.isGauge || !clock) return () => {};
    const loop = new CheckLoop(probe, clock, () => this.checks.get(probe.id), tell);
    this.loops.add(loop);
    return () => {
      this.loops.delete(loop);
      loop.stop();
    };
  }

  /** Checks everything now, whatever the cadence; resolves when each check has ended. */
  async checkAll(): Promise<void> {
    await Promise.all([...this.loops].map((loop) => loop.look()));
  }
}

interface Run {
  readonly abort: AbortController;
  readonly ended: Promise<void>;
  isLate: boolean;
}

class CheckLoop {
  private readonly probe: Probe;
  private readonly clock: Clock;
  private readonly find: () => Check | undefined;
  private readonly tell: (outcome: CheckOutcome) => void;
  private isStopped = false;
  private withdrawNext: () => void;
  /** The check that runs: at most one, however long it hangs. */
  private running: Run | undefined;
  /** Passes that were not told of yet. */
  private passCount = 0;
  /** When a pass was told of last; undefined after a failure and at the start. */
  private toldAtMs: number | undefined;

  constructor(
    probe: Probe,
    clock: Clock,
    find: () => Check | undefined,
    tell: (outcome: CheckOutcome) => void,
  ) {
    this.probe = probe;
    this.clock = clock;
    this.find = find;
    this.tell = tell;
    this.withdrawNext = clock.at(clock.now(), () => this.next());
  }

  stop(): void {
    this.isStopped = true;
    this.withdrawNext();
    this.running?.abort.abort(new Error('The probe has ended.'));
  }

  /** Checks now, and tells the outcome however it is; the cadence begins anew. */
  async look(): Promise<void> {
    this.withdrawNext();
    this.toldAtMs = undefined;
    this.next();
    await this.running?.ended;
  }

  private next(): void {
    if (this.isStopped) return;
    const { everyMs } = this.probe;
    this.withdrawNext = this.clock.at(this.clock.now() + everyMs, () => this.next());
    if (this.running?.isLate) this.fail('the check before still hangs');
    else if (!this.running) this.run();
  }

  private run(): void {
    const check = this.find();
    if (!check) {
      this.fail('no check was given since the start of the process');
      return;
    }
    const { timeoutMs } = this.probe;
    const { promise: ended, resolve: noteEnd } = Promise.withResolvers<void>();
    const run: Run = { abort: new AbortController(), ended, isLate: false };
    this.running = run;
    const withdraw = this.clock.at(this.clock.now() + timeoutMs, () => {
      run.isLate = true;
      const why = `no outcome within ${timeoutMs} ms`;
      this.fail(why);
      noteEnd();
      run.abort.abort(new Error(why));
    });
    const end = (judge: () => void) => {
      withdraw();
      this.running = undefined;
      if (!run.isLate) judge();
      noteEnd();
    };
    new Promise((resolve) => resolve(check({ signal: run.abort.signal }))).then(
      (value) => end(() => this.judge(value)),
      (error: unknown) => end(() => this.fail(errorText(error))),
    );
  }

  private judge(value: unknown): void {
    if (value === undefined || value === true) this.pass();
    else if (typeof value === 'number' && Number.isFinite(value)) this.measure(value);
    else this.fail(`the check gave ${textOf(value)}, not true or a finite number`);
  }

  private pass(): void {
    const now = this.clock.now();
    this.passCount += 1;
    const { toldAtMs } = this;
    if (toldAtMs !== undefined && now - toldAtMs < this.probe.passReportEveryMs) return;
    const count = this.passCount;
    this.passCount = 0;
    this.toldAtMs = now;
    this.send({ type: 'CHECK_PASSED', at: now, count });
  }

  private measure(value: number): void {
    this.send({ type: 'CHECK_PASSED', at: this.clock.now(), value });
  }

  private fail(why: string): void {
    const passedCount = this.passCount;
    this.passCount = 0;
    this.toldAtMs = undefined;
    const passed = passedCount > 0 ? { passedCount } : {};
    const text = why.slice(0, whyLengthMax);
    this.send({ type: 'CHECK_FAILED', at: this.clock.now(), why: text, ...passed });
  }

  private send(outcome: CheckOutcome): void {
    if (!this.isStopped) this.tell(outcome);
  }
}

function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return 'something that has no text';
  }
}
