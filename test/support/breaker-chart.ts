/** The breaker's chart alone, under plain XState, on a clock that tests move. */
import { createActor } from 'xstate';
import {
  type CircuitBreakerSettingsInput,
  circuitBreakerSettingsSchema,
} from '../../config/circuit-breaker.ts';
import {
  type CircuitBreakerEmitted,
  type CircuitBreakerEvent,
  circuitBreakerMachine,
} from '../../machines/circuit-breaker.ts';
import { FakeClock } from './fake-clock.ts';

const parse = (settings: CircuitBreakerSettingsInput) =>
  circuitBreakerSettingsSchema.parse(settings);

export function breakerChart(settings: CircuitBreakerSettingsInput = {}, generation?: number) {
  const clock = new FakeClock(1_000);
  const input = { settings: parse(settings), seed: 7, generation };
  const actor = createActor(circuitBreakerMachine, { input, clock: clock.forXState }).start();
  const facts: CircuitBreakerEmitted[] = [];
  actor.on('*', (fact) => facts.push(fact));
  type Bare<E> = E extends { at: number } ? Omit<E, 'at'> : E;
  const send = (event: Bare<CircuitBreakerEvent>, times = 1) => {
    for (let i = 0; i < times; i += 1) {
      actor.send({ at: clock.now(), ...event } as CircuitBreakerEvent);
    }
  };
  return {
    clock,
    facts,
    send,
    fail: (times = 1) => send({ type: 'CALL_FAILED', why: 'down' }, times),
    succeed: (times = 1) => send({ type: 'CALL_SUCCEEDED', durationMs: 3 }, times),
    isolate: (expiresAtMs?: number) =>
      send({ type: 'ISOLATE', by: 'ada', why: 'deploy', expiresAtMs }),
    reset: () => send({ type: 'RESET', by: 'ada', why: 'fixed' }),
    change: (changed: CircuitBreakerSettingsInput) =>
      send({ type: 'SETTINGS_CHANGED', settings: parse(changed) }),
    get state() {
      return actor.getSnapshot().value;
    },
    get context() {
      return actor.getSnapshot().context;
    },
  };
}
