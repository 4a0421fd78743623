import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../runtime/clock/system.ts';

const start = 1_000_000;

beforeEach(() => {
  vi.useFakeTimers({ now: start, toFake: ['Date', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the system clock', () => {
  it('gives the time of the machine', () => {
    const clock = systemClock();
    expect(clock.now()).toBe(start);
    vi.setSystemTime(start + 7);
    expect(clock.now()).toBe(start + 7);
  });

  it('stands still while the machine is set back', () => {
    const clock = systemClock();
    clock.now();
    vi.setSystemTime(start - 5_000);
    expect(clock.now()).toBe(start);
    vi.setSystemTime(start + 1);
    expect(clock.now()).toBe(start + 1);
  });

  it('is never earlier than the journal that it continues', () => {
    const clock = systemClock();
    clock.catchUp!(start + 500);
    expect(clock.now()).toBe(start + 500);
    vi.setSystemTime(start + 501);
    expect(clock.now()).toBe(start + 501);
  });

  it('wakes at the due time, not before', () => {
    const wake = vi.fn();
    systemClock().at(start + 10, wake);
    vi.advanceTimersByTime(9);
    expect(wake).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(wake).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(1_000);
    expect(wake).toHaveBeenCalledOnce();
  });

  it.each([start - 50, start, Number.NaN])('wakes soon, but not within the call, for %d', (due) => {
    const wake = vi.fn();
    systemClock().at(due, wake);
    expect(wake).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(wake).toHaveBeenCalledOnce();
  });

  it('wakes who is due together in the order of the calls', () => {
    const order: string[] = [];
    const clock = systemClock();
    for (const name of ['a', 'b', 'c']) clock.at(start + 5, () => order.push(name));
    vi.advanceTimersByTime(5);
    expect(order).toEqual(['a', 'b', 'c']);
  });

  it('waits longer than a timer of the machine can', () => {
    const wake = vi.fn();
    const fiftyDaysMs = 50 * 24 * 3_600_000;
    systemClock().at(start + fiftyDaysMs, wake);
    vi.advanceTimersByTime(fiftyDaysMs - 1);
    expect(wake).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(wake).toHaveBeenCalledOnce();
  });

  it('does not wake what was withdrawn, also twice and also while its gate is shut', async () => {
    const wake = vi.fn();
    const clock = systemClock();
    const withdraw = clock.at(start + 5, wake);
    withdraw();
    withdraw();
    const gate = Promise.withResolvers<void>();
    clock.at(start + 5, wake, gate.promise)();
    gate.resolve();
    await gate.promise;
    vi.advanceTimersByTime(100);
    expect(wake).not.toHaveBeenCalled();
  });

  it.each(['resolve', 'reject'] as const)(
    'waits for a gate to %s before it wakes',
    async (settle) => {
      const wake = vi.fn();
      const gate = Promise.withResolvers<void>();
      systemClock().at(start + 5, wake, gate.promise);
      vi.advanceTimersByTime(100);
      expect(wake).not.toHaveBeenCalled();
      gate[settle]();
      await gate.promise.catch(() => {});
      await Promise.resolve();
      vi.advanceTimersByTime(1);
      expect(wake).toHaveBeenCalledOnce();
    },
  );
});
