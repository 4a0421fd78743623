/** A clock that moves only when told, synchronously, and stops at each due time on its way. */
import type { Clock } from '../../actors/ports.ts';

interface Request {
  readonly dueMs: number;
  readonly wake: () => void;
}

export class FakeClock implements Clock {
  #nowMs: number;
  /** In order of due time; ties in order of request. */
  #requests: Request[] = [];

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  /** Requests that have neither woken nor been withdrawn. */
  get pendingCount(): number {
    return this.#requests.length;
  }

  at(dueMs: number, wake: () => void, gate?: Promise<unknown>): () => void {
    if (gate) throw new TypeError('FakeClock is synchronous and cannot wait for a gate.');
    const request = { dueMs: Math.max(dueMs, this.#nowMs), wake };
    const after = this.#requests.findIndex((other) => other.dueMs > request.dueMs);
    this.#requests.splice(after < 0 ? this.#requests.length : after, 0, request);
    return () => {
      this.#requests = this.#requests.filter((other) => other !== request);
    };
  }

  /** Moves the time on by `ms` and wakes whatever is due by then, in order. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (let next = this.#requests[0]; next && next.dueMs <= endMs; next = this.#requests[0]) {
      this.#requests.shift();
      this.#nowMs = next.dueMs;
      next.wake();
    }
    this.#nowMs = endMs;
  }

  /** The same clock in the shape that XState's `createActor` takes. */
  get forXState() {
    return {
      setTimeout: (wake: (...args: never[]) => void, ms: number) =>
        this.at(this.#nowMs + ms, wake as () => void),
      clearTimeout: (withdraw: unknown) => (withdraw as (() => void) | undefined)?.(),
    };
  }
}
