/**
 * When each timer of the clockwork must fire, by arithmetic over the entries of its journal: what
 * was armed when, for how long, and when the process was started again.
 */
import assert from 'node:assert/strict';
import type { InputLine } from '../../runtime/journal/format.ts';
import { type ArmEvent, policyOf, type TimerName } from './clockwork-tree.ts';

interface Pending {
  readonly delayMs: number;
  readonly deadlineMs: number;
}

export class TimerModel {
  /** Times that each timer has fired, by path and name. */
  readonly fired = new Map<string, number>();
  /** Timers that a restart found overdue, moved or dropped. */
  readonly found = { overdue: 0, remaining: 0, restart: 0, drop: 0 };
  readonly #pending = new Map<string, Pending>();
  readonly #isExact: boolean;
  #resumedAt = Number.NEGATIVE_INFINITY;
  #lastAt = 0;

  /** @param isExact whether the clock stops at each due time: then no timer is ever late. */
  constructor(isExact: boolean) {
    this.#isExact = isExact;
  }

  get pendingCount(): number {
    return this.#pending.size;
  }

  /** To be told of every entry, in order. */
  take(input: InputLine): void {
    if (input.kind === 'resume') this.#resume(input.at);
    else if (input.kind === 'timer') this.#fire(input);
    else this.#event(input);
    this.#lastAt = input.at;
  }

  #event({ seq, at, path, event }: InputLine): void {
    if (this.#isExact) {
      for (const [key, { deadlineMs }] of this.#pending) {
        assert(deadlineMs >= at, `Entry ${seq} at ${at} passes '${key}', due at ${deadlineMs}.`);
      }
    }
    const { type, timer, delayMs } = event as ArmEvent;
    if (type === 'ARM')
      this.#pending.set(`${path} ${timer}`, { delayMs, deadlineMs: at + delayMs });
  }

  #fire({ seq, at, path, event }: InputLine): void {
    const key = `${path} ${nameOf(String(event))}`;
    const timer = this.#pending.get(key);
    assert(timer, `Entry ${seq} fires '${key}', which is not set.`);
    const { deadlineMs } = timer;
    for (const [other, { deadlineMs: otherMs }] of this.#pending) {
      assert(otherMs >= deadlineMs, `Entry ${seq} fires '${key}', '${other}' is due earlier.`);
    }
    assert(at >= deadlineMs, `Entry ${seq} fires '${key}' at ${at}, due at ${deadlineMs}.`);
    const dueMs = Math.max(deadlineMs, this.#resumedAt);
    if (this.#isExact) assert.equal(at, dueMs, `Entry ${seq} fires '${key}' late.`);
    this.#pending.delete(key);
    this.fired.set(key, (this.fired.get(key) ?? 0) + 1);
  }

  #resume(at: number): void {
    this.#resumedAt = at;
    for (const [key, timer] of [...this.#pending]) {
      const policy = policyOf(key.split(' ')[1] as TimerName);
      const { delayMs, deadlineMs } = timer;
      if (policy === 'drop') this.#pending.delete(key);
      if (policy === 'restart') this.#pending.set(key, { delayMs, deadlineMs: at + delayMs });
      if (policy === 'remaining') {
        this.#pending.set(key, { delayMs, deadlineMs: at + deadlineMs - this.#lastAt });
      }
      if (policy !== 'deadline') this.found[policy] += 1;
      else if (deadlineMs < at) this.found.overdue += 1;
    }
  }
}

/** XState names the timer of a delayed transition after its delay and its state. */
const nameOf = (id: string): string => /^xstate\.after\.([\w-]+)\./.exec(id)?.[1] ?? id;
