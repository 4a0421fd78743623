/** A breaker's handle joined to its chart under plain XState, on a clock that tests move. */
import { createActor } from 'xstate';
import {
  CircuitBreaker,
  type CircuitBreakerView,
  type CircuitOpenError,
} from '../../actors/circuit-breaker.ts';
import {
  type CircuitBreakerSettingsInput,
  circuitBreakerSettingsSchema,
} from '../../config/circuit-breaker.ts';
import { type CircuitBreakerEvent, circuitBreakerMachine } from '../../machines/circuit-breaker.ts';
import { FakeClock } from './fake-clock.ts';

export const parse = (settings: CircuitBreakerSettingsInput) =>
  circuitBreakerSettingsSchema.parse(settings);

/** Lets every promise that can settle do so. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 8; i += 1) await Promise.resolve();
}

export function breakerRig(
  settings: CircuitBreakerSettingsInput = {},
  clock = new FakeClock(1_000),
) {
  const input = { settings: parse(settings), seed: 7 };
  const actor = createActor(circuitBreakerMachine, { input, clock: clock.forXState }).start();
  const sent: CircuitBreakerEvent[] = [];
  const queue: CircuitBreakerEvent[] = [];
  let isInTurn = false;
  const send = (event: CircuitBreakerEvent) => {
    sent.push(event);
    if (isInTurn) queue.push(event);
    else actor.send(event);
  };
  const snapshot = (): CircuitBreakerView => actor.getSnapshot();
  const breaker = new CircuitBreaker({ name: 'broker', clock, send, snapshot });
  actor.subscribe((next) => breaker.observe(next));
  return {
    actor,
    breaker,
    clock,
    /** Everything that the handle has sent. */
    sent,
    send,
    change: (changed: CircuitBreakerSettingsInput) =>
      send({ type: 'SETTINGS_CHANGED', at: clock.now(), settings: parse(changed) }),
    /** From now on events wait, as they do inside a turn of the runtime. */
    beginTurn: () => {
      isInTurn = true;
    },
    endTurn: () => {
      isInTurn = false;
      for (const event of queue.splice(0)) actor.send(event);
    },
    fail: async (times = 1) => {
      for (let i = 0; i < times; i += 1) {
        await breaker.execute(() => Promise.reject(new Error('down'))).catch(() => {});
      }
    },
    succeed: async (times = 1) => {
      for (let i = 0; i < times; i += 1) await breaker.execute(async () => 'ok');
    },
  };
}

/** A call whose result the test decides, later. */
export function openCall(breaker: CircuitBreaker, options?: { readonly signal?: AbortSignal }) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let signal: AbortSignal | undefined;
  let isStarted = false;
  const result = breaker.execute((call) => {
    isStarted = true;
    signal = call.signal;
    return promise;
  }, options);
  const outcome = result.then(
    (value) => ({ value, error: undefined as unknown }),
    (error: unknown) => ({ value: undefined, error }),
  );
  return { isStarted, signal: signal as AbortSignal | undefined, outcome, resolve, reject };
}

/** The error of a call that must not be admitted. */
export const refusal = (breaker: CircuitBreaker): Promise<CircuitOpenError> =>
  breaker
    .execute(async () => 'ok')
    .then(
      () => {
        throw new Error('The call was admitted.');
      },
      (error) => error,
    );
