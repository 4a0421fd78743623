import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SharedBuffers } from '../../../runtime/tensor/shared-buffers.ts';

describe('memory of jobs', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is used again by a job of the same size, and by no other', () => {
    const buffers = new SharedBuffers();
    const first = buffers.take(16);
    buffers.give(first);
    expect(buffers.take(8)).not.toBe(first);
    expect(buffers.take(16)).toBe(first);
    expect(buffers.take(16)).not.toBe(first);
    expect(buffers.freeBytes).toBe(0);
  });

  it('is kept only up to a bound, and makes place for what comes now', () => {
    const buffers = new SharedBuffers();
    const half = 32 * 1024 ** 2;
    for (let count = 0; count < 2; count += 1) buffers.give(new SharedArrayBuffer(half));
    expect(buffers.freeBytes).toBe(2 * half);
    buffers.give(new SharedArrayBuffer(8));
    expect(buffers.freeBytes).toBe(8);
    buffers.give(new SharedArrayBuffer(2 * half + 8));
    expect(buffers.freeBytes).toBe(8);
  });

  it('is let go when no job has needed it for half a minute', () => {
    const buffers = new SharedBuffers();
    buffers.give(new SharedArrayBuffer(8));
    vi.advanceTimersByTime(29_000);
    buffers.give(new SharedArrayBuffer(8));
    vi.advanceTimersByTime(29_000);
    expect(buffers.freeBytes).toBe(16);
    vi.advanceTimersByTime(1_001);
    expect(buffers.freeBytes).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
