/** Sensors of this process and machine. Each reads when it is asked, and rests in between. */
import { statfs } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import type { Sensor } from '../../actors/ports.ts';

/** What `systemSensors` measures, by the name of each quantity. */
export type SystemSensors = {
  /** Share of one core that this process used since it was last read; above 1 with many threads. */
  readonly processCpuRatio: Sensor;
  /** Share of the machine's memory that is in use. */
  readonly systemMemoryRatio: Sensor;
  /** How late a timer of this process comes that is due at once, ms. */
  readonly eventLoopDelayMs: Sensor;
  /** Share of the time since it was last read in which the event loop was busy. */
  readonly eventLoopBusyRatio: Sensor;
  /** Share of the disk that is in use. */
  readonly diskUsedRatio: Sensor;
};

/** @param options.diskPath any file or folder on the disk, default the working folder. */
export function systemSensors({ diskPath = '.' }: { diskPath?: string } = {}): SystemSensors {
  return {
    processCpuRatio: cpuSensor(),
    systemMemoryRatio: { read: async () => 1 - freemem() / totalmem() },
    eventLoopDelayMs: { read: loopDelay },
    eventLoopBusyRatio: busySensor(),
    diskUsedRatio: { read: () => diskUse(diskPath) },
  };
}

function cpuSensor(): Sensor {
  let last = { cpu: process.cpuUsage(), atMs: performance.now() };
  return {
    read: async () => {
      const now = { cpu: process.cpuUsage(), atMs: performance.now() };
      const usedUs = now.cpu.user + now.cpu.system - last.cpu.user - last.cpu.system;
      const elapsedMs = now.atMs - last.atMs;
      last = now;
      return elapsedMs > 0 ? usedUs / 1_000 / elapsedMs : 0;
    },
  };
}

function busySensor(): Sensor {
  let last: EventLoopUtilization = performance.eventLoopUtilization();
  return {
    read: async () => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, last);
      last = now;
      return utilization;
    },
  };
}

function loopDelay(): Promise<number> {
  const startMs = performance.now();
  return new Promise((resolve) => {
    setImmediate(() => resolve(Math.max(0, performance.now() - startMs)));
  });
}

async function diskUse(path: string): Promise<number> {
  const { blocks, bavail } = await statfs(path);
  return blocks > 0 ? 1 - bavail / blocks : 0;
}
