/** Asks the clock for the next due timer, and turns timers that are due into entries. */
import type { Clock } from '../actors/ports.ts';
import type { Engine } from './engine/engine.ts';

export class Alarm {
  private readonly engine: Engine;
  private readonly clock: Clock;
  private request: { readonly dueMs: number; readonly withdraw: () => void } | undefined;

  constructor(engine: Engine, clock: Clock) {
    this.engine = engine;
    this.clock = clock;
  }

  /** Asks for the timer that is due next. */
  set(): void {
    const next = this.engine.timers.next();
    if (next) this.setFor(next.deadlineMs);
  }

  /** A request that comes too early does no harm, so an earlier one is left as it is. */
  setFor(dueMs: number): void {
    if (this.request && this.request.dueMs <= dueMs) return;
    this.withdraw();
    this.request = { dueMs, withdraw: this.clock.at(dueMs, () => this.fire()) };
  }

  withdraw(): void {
    this.request?.withdraw();
    this.request = undefined;
  }

  private fire(): void {
    this.request = undefined;
    const { engine } = this;
    // Somebody moved the clock in the middle of a turn, or while being told of it.
    if (engine.isBusy) {
      queueMicrotask(() => this.set());
      return;
    }
    const now = this.clock.now();
    for (let next = engine.timers.next(); next; next = engine.timers.next()) {
      if (next.deadlineMs > now || engine.mode !== 'live') break;
      const path = engine.paths.of(next.source);
      engine.submit({ kind: 'timer', path, event: next.id, cause: next.cause });
      // Nobody under the path has taken it: left where it is, it would be due for ever.
      if (engine.timers.next() === next) engine.timers.take(next.source, next.id);
    }
    this.set();
  }
}
