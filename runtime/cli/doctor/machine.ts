/** The computer itself: processors, memory, clocks, loopback network. */
import { createServer } from 'node:net';
import { availableParallelism, freemem, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Finding } from './finding.ts';

const gibibyte = 1024 ** 3;
/** Less than this and a day's journal in memory leaves little for the rest. */
const freeBytesMin = gibibyte / 4;

export function checkProcessors(processorCount: number = availableParallelism()): Finding {
  const name = 'processors';
  const found = `${processorCount} usable`;
  if (processorCount > 1) return { name, status: 'ok', found };
  return {
    name,
    status: 'warn',
    found,
    advice: 'With one processor the disk and the tree wait for each other.',
  };
}

export function checkMemory(
  freeBytes: number = freemem(),
  totalBytes: number = totalmem(),
): Finding {
  const words = (bytes: number): string => `${(bytes / gibibyte).toFixed(1)} GiB`;
  const found = `${words(freeBytes)} free of ${words(totalBytes)}`;
  if (freeBytes >= freeBytesMin) return { name: 'memory', status: 'ok', found };
  return {
    name: 'memory',
    status: 'warn',
    found,
    advice: 'Free some memory, or use another machine.',
  };
}

export interface ClockReadings {
  /** Wall time that passed less monotonic time that passed, ms. */
  readonly driftMs: number;
  /** Smallest step of the monotonic clock that was seen, ms. */
  readonly resolutionMs: number;
}

export function checkClock({ driftMs, resolutionMs }: ClockReadings): Finding {
  const step = resolutionMs < 0.001 ? '< 1 us' : `${resolutionMs.toFixed(3)} ms`;
  const found = `resolution ${step}, wall clock ${driftMs.toFixed(1)} ms off the monotonic one`;
  if (Math.abs(driftMs) > 20) {
    const advice = 'The wall clock is being set while we look: check NTP or the virtual machine.';
    return { name: 'clock', status: 'warn', found, advice };
  }
  if (resolutionMs <= 1) return { name: 'clock', status: 'ok', found };
  return { name: 'clock', status: 'warn', found, advice: 'Latencies are measured coarsely here.' };
}

/** Compares the two clocks of the machine over a tenth of a second. */
export async function readClocks(): Promise<ClockReadings> {
  const wallMs = Date.now();
  const monotonicMs = performance.now();
  let resolutionMs = Number.POSITIVE_INFINITY;
  for (let sample = 0; sample < 1_000; sample += 1) {
    const before = performance.now();
    const stepMs = performance.now() - before;
    if (stepMs > 0) resolutionMs = Math.min(resolutionMs, stepMs);
  }
  await sleep(100);
  return { driftMs: Date.now() - wallMs - (performance.now() - monotonicMs), resolutionMs };
}

/** Whether a server can be opened that only this machine reaches. */
export async function checkLoopback(host = '127.0.0.1'): Promise<Finding> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port: 0 }, resolve);
    });
    return { name: 'loopback', status: 'ok', found: `a port on ${host} can be opened` };
  } catch (error) {
    const found = `no port on ${host} can be opened: ${(error as Error).message}`;
    const advice = 'Allow loopback sockets: the paper broker and the page need them.';
    return { name: 'loopback', status: 'fail', found, advice };
  } finally {
    server.close();
  }
}
