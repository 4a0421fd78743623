/**
 * The breaker without a fast path, as a model: every result is one event to the plain chart, every
 * call has a timer of its own. Slow, and too simple to be wrong in the same way as the handle.
 */
import { createActor } from 'xstate';
import type { CircuitBreakerSettingsInput } from '../../config/circuit-breaker.ts';
import { circuitBreakerMachine } from '../../machines/circuit-breaker.ts';
import { countsOf, recordBy } from '../../machines/policies/call-record.ts';
import { parse } from './breaker-rig.ts';
import { FakeClock } from './fake-clock.ts';

interface NaiveCall {
  readonly generation: number;
  readonly isProbe: boolean;
  readonly isCounted: boolean;
  readonly startedAtMs: number;
  fate: 'running' | 'answered' | 'aborted';
}

export class NaiveBreaker {
  readonly clock = new FakeClock(1_000);
  readonly #calls: NaiveCall[] = [];
  readonly #actor;

  constructor(settings: CircuitBreakerSettingsInput) {
    const input = { settings: parse(settings), seed: 7 };
    const clock = this.clock.forXState;
    this.#actor = createActor(circuitBreakerMachine, { input, clock }).start();
  }

  get snapshot() {
    return this.#actor.getSnapshot();
  }

  get probesInFlight(): number {
    return this.#probes().filter(({ fate }) => fate === 'running').length;
  }

  /** What the chart decides by, also when only facts follow from it. */
  get phase(): string {
    const { value } = this.snapshot;
    return typeof value === 'string' ? value : value.metricsOnly;
  }

  get isOnlyMeasured(): boolean {
    return typeof this.snapshot.value !== 'string';
  }

  get admits(): boolean {
    if (this.isOnlyMeasured || this.phase !== 'halfOpen') return this.snapshot.hasTag('admits');
    return this.#hasProbeSlot;
  }

  /** What the window holds by now. */
  get counts() {
    const { calls, settings } = this.snapshot.context;
    if (this.phase !== 'closed') return countsOf(null);
    return countsOf(recordBy(calls, settings.window, this.clock.now()));
  }

  get #hasProbeSlot(): boolean {
    const { probeCount, probeConcurrencyMax } = this.snapshot.context.settings;
    const started = this.#probes().filter(({ fate }) => fate !== 'aborted').length;
    const inFlight = this.probesInFlight;
    return inFlight < probeConcurrencyMax && (started < probeCount || inFlight === 0);
  }

  /**
   * Returns the call's number, or undefined when it was refused. A call whose start nobody needed
   * to note, `canAbort` being false, is never slow, even if settings that arrive later ask for it.
   */
  start(canAbort = false): number | undefined {
    if (!this.admits) return undefined;
    const { generation, settings } = this.snapshot.context;
    const isProbe = this.phase === 'halfOpen' && this.#hasProbeSlot;
    const isCounted = isProbe || this.phase === 'closed';
    const isTimed = canAbort || isProbe || settings.callTimeoutMs + settings.slowCallMs > 0;
    const startedAtMs = isTimed ? this.clock.now() : Number.POSITIVE_INFINITY;
    const call: NaiveCall = { generation, isProbe, isCounted, startedAtMs, fate: 'running' };
    const limitMs = settings.callTimeoutMs || (isProbe ? settings.openDurationMs : 0);
    if (limitMs > 0) {
      this.clock.at(this.clock.now() + limitMs, () => this.#answer(call, false));
    }
    return this.#calls.push(call) - 1;
  }

  finish(number: number, ok: boolean): void {
    const call = this.#calls[number];
    if (call) this.#answer(call, ok);
  }

  isRunning(number: number): boolean {
    return this.#calls[number]?.fate === 'running';
  }

  abort(number: number): void {
    const call = this.#calls[number];
    if (call?.fate === 'running') call.fate = 'aborted';
  }

  order(type: 'ISOLATE' | 'DISABLE' | 'METRICS_ONLY', expiresAtMs: number | undefined): void {
    this.#actor.send({ type, at: this.clock.now(), by: 'ada', why: 'test', expiresAtMs });
  }

  release(type: 'RESET' | 'ENABLE'): void {
    this.#actor.send({ type, at: this.clock.now(), by: 'ada', why: 'test' });
  }

  change(settings: CircuitBreakerSettingsInput): void {
    const at = this.clock.now();
    this.#actor.send({ type: 'SETTINGS_CHANGED', at, settings: parse(settings) });
  }

  #probes(): NaiveCall[] {
    const { generation } = this.snapshot.context;
    return this.#calls.filter((call) => call.isProbe && call.generation === generation);
  }

  #answer(call: NaiveCall, ok: boolean): void {
    if (call.fate !== 'running') return;
    call.fate = 'answered';
    if (!call.isCounted) return;
    const { generation } = call;
    const type = ok ? 'CALL_SUCCEEDED' : 'CALL_FAILED';
    const at = this.clock.now();
    this.#actor.send({ type, at, generation, durationMs: at - call.startedAtMs });
  }
}
