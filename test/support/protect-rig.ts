/** A protection with its charts under plain XState, on a clock that tests move. */
import { createActor } from 'xstate';
import { type ProtectionFunctions, protection } from '../../actors/protect.ts';
import { ProtectLayers } from '../../actors/protect-layers.ts';
import type { CircuitBreakerSettingsInput } from '../../config/circuit-breaker.ts';
import { type ProtectionSettingsInput, protectionSettingsSchema } from '../../config/protect.ts';
import {
  type BulkheadEmitted,
  type BulkheadEvent,
  bulkheadMachine,
} from '../../machines/bulkhead.ts';
import {
  type RateLimitEmitted,
  type RateLimitEvent,
  rateLimitMachine,
} from '../../machines/rate-limit.ts';
import { breakerRig } from './breaker-rig.ts';
import { FakeClock } from './fake-clock.ts';

export interface ProtectRigOptions<F> extends ProtectionSettingsInput, ProtectionFunctions<F> {
  readonly breaker?: CircuitBreakerSettingsInput;
}

export function protectRig<F = never>(options: ProtectRigOptions<F> = {}) {
  const { fallback, isRetryable, breaker, ...given } = options;
  const clock = new FakeClock(1_000);
  const settings = protectionSettingsSchema.parse(given);
  const guard = breaker && breakerRig({ callTimeoutMs: 0, ...breaker }, clock);
  const facts: (BulkheadEmitted | RateLimitEmitted)[] = [];
  const bulkhead =
    settings.bulkhead &&
    createActor(bulkheadMachine, { input: { settings: settings.bulkhead } }).start();
  const rateLimit =
    settings.rateLimit &&
    createActor(rateLimitMachine, { input: { settings: settings.rateLimit } }).start();
  bulkhead?.on('*', (fact) => facts.push(fact));
  rateLimit?.on('*', (fact) => facts.push(fact));
  const layers = new ProtectLayers({
    name: 'quotes',
    clock,
    seed: 7,
    settings,
    breaker: guard?.breaker,
    send: (chart, event) => {
      if (chart === 'bulkhead') bulkhead?.send(event as BulkheadEvent);
      else rateLimit?.send(event as RateLimitEvent);
    },
  });
  const call = protection<F>(layers, { fallback, isRetryable });
  return { call, clock, layers, facts, breaker: guard?.breaker, bulkhead, rateLimit };
}

/** What became of a promise. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** Notes the end of a call; `outcome` stays undefined until then. */
export function watch(promise: Promise<unknown>): { outcome: Outcome | undefined } {
  const watched: { outcome: Outcome | undefined } = { outcome: undefined };
  promise.then(
    (value) => {
      watched.outcome = { value };
    },
    (error: unknown) => {
      watched.outcome = { error };
    },
  );
  return watched;
}

export const never = () => new Promise<never>(() => {});

/** A failure that may pass. */
export const passing = () => Promise.reject(Object.assign(new Error('down'), { retryable: true }));

export const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error('Expected a rejection.');
    },
    (error: unknown) => error,
  );
