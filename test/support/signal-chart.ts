/** The chart of a breaker on a signal alone, under plain XState, on a clock that tests move. */
import { createActor } from 'xstate';
import {
  type SignalBreakerSettingsInput,
  signalBreakerSettingsSchema,
} from '../../config/signal-breaker.ts';
import {
  type SignalBreakerEmitted,
  type SignalBreakerEvent,
  signalBreakerMachine,
} from '../../machines/signal-breaker.ts';
import { FakeClock } from './fake-clock.ts';

export const parseSignal = (settings: SignalBreakerSettingsInput) =>
  signalBreakerSettingsSchema.parse(settings);

export const signalInput = (settings: SignalBreakerSettingsInput, at = 0) => ({
  name: 'eq',
  settings: parseSignal(settings),
  seed: 7,
  at,
  paths: { self: '/eq', tradingMode: '/mode', alerts: '/alerts' },
});

export function signalChart(settings: SignalBreakerSettingsInput) {
  const clock = new FakeClock(1_000);
  const input = signalInput(settings, 1_000);
  const actor = createActor(signalBreakerMachine, { input, clock: clock.forXState }).start();
  const facts: SignalBreakerEmitted[] = [];
  actor.on('*', (fact) => facts.push(fact));
  const send = (event: object) =>
    actor.send({ at: clock.now(), by: 'ada', why: 'test', ...event } as SignalBreakerEvent);
  return {
    clock,
    facts,
    send,
    /** One after the other, a second apart. */
    sample: (...values: number[]) => {
      for (const value of values) {
        clock.advance(1_000);
        actor.send({ type: 'SIGNAL_SAMPLED', at: clock.now(), value });
      }
    },
    reset: (scope = 'eq') => send({ type: 'RESET', scope }),
    factsOf: (type: SignalBreakerEmitted['type']) => facts.filter((fact) => fact.type === type),
    change: (changed: SignalBreakerSettingsInput) =>
      send({ type: 'SETTINGS_CHANGED', settings: parseSignal(changed) }),
    get state() {
      return actor.getSnapshot().value;
    },
    get context() {
      return actor.getSnapshot().context;
    },
  };
}
