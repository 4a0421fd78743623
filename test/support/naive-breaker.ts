/**
 * The breaker without a fast path, as a model: every result is one event to the plain chart, every
 * call has a timer of its own. Slow, and too simple to be wrong in the same way as the handle.
 */
import { createActor } from 'xstate';
import type { CircuitBreakerSettingsInput } from '../../config/circuit-breaker.ts';
import { circuitBreakerMachine } from '../../machines/circuit-breaker.ts';
import { parse } from './breaker-rig.ts';
import { FakeClock } from './fake-clock.ts';

interface NaiveCall {
  readonly generation: number;
  readonly isProbe: boolean;
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

  get admits(): boolean {
    if (this.snapshot.value !== 'halfOpen') return this.snapshot.hasTag('admits');
    const { probeCount, probeConcurrencyMax } = this.snapshot.context.settings;
    const started = this.#probes().filter(({ fate }) => fate !== 'aborted').length;
    const inFlight = this.probesInFlight;
    return inFlight < probeConcurrencyMax && (started < probeCount || inFlight === 0);
  }

  /** Returns the call's number, or undefined when it was refused. */
  start(): number | undefined {
    if (!this.admits) return undefined;
    const { generation, settings } = this.snapshot.context;
    const isProbe = this.snapshot.value === 'halfOpen';
    const call: NaiveCall = { generation, isProbe, fate: 'running' };
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

  abort(number: number): void {
    const call = this.#calls[number];
    if (call?.fate === 'running') call.fate = 'aborted';
  }

  isolate(expiresAtMs: number | undefined): void {
    this.#actor.send({
      type: 'ISOLATE',
      at: this.clock.now(),
      by: 'ada',
      why: 'test',
      expiresAtMs,
    });
  }

  reset(): void {
    this.#actor.send({ type: 'RESET', at: this.clock.now(), by: 'ada', why: 'test' });
  }

  change(settings: CircuitBreakerSettingsInput): void {
    this.#actor.send({ type: 'SETTINGS_CHANGED', settings: parse(settings) });
  }

  #probes(): NaiveCall[] {
    const { generation } = this.snapshot.context;
    return this.#calls.filter((call) => call.isProbe && call.generation === generation);
  }

  #answer(call: NaiveCall, ok: boolean): void {
    if (call.fate !== 'running') return;
    call.fate = 'answered';
    const { generation } = call;
    const type = ok ? 'CALL_SUCCEEDED' : 'CALL_FAILED';
    this.#actor.send({ type, at: this.clock.now(), generation });
  }
}
