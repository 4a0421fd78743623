/** Sensors that are drawn from a seed, for simulations and tests. */
import type { Sensor } from '../../actors/ports.ts';
import { seededRandom } from '../random.ts';
import type { SystemSensors } from './system.ts';

export interface SimulatedSensorOptions {
  readonly seed: number;
  /** Middle of each quantity; left out ones have that of a calm machine. */
  readonly levels?: Partial<Readonly<Record<keyof SystemSensors, number>>>;
  /** How far values stray from the middle, as a share of it; default 0.1. */
  readonly noiseRatio?: number;
}

const calm: Readonly<Record<keyof SystemSensors, number>> = {
  processCpuRatio: 0.2,
  systemMemoryRatio: 0.5,
  eventLoopDelayMs: 1,
  eventLoopBusyRatio: 0.1,
  diskUsedRatio: 0.4,
};

/** The same seed gives the same readings, sensor by sensor, in the order in which each is read. */
export function simulatedSensors({
  seed,
  levels = {},
  noiseRatio = 0.1,
}: SimulatedSensorOptions): SystemSensors {
  const random = seededRandom(seed);
  const sensor = (name: keyof SystemSensors): Sensor => {
    const stream = random.stream(`sensors/${name}`);
    const level = levels[name] ?? calm[name];
    return { read: async () => level * (1 + noiseRatio * (2 * stream.next() - 1)) };
  };
  return {
    processCpuRatio: sensor('processCpuRatio'),
    systemMemoryRatio: sensor('systemMemoryRatio'),
    eventLoopDelayMs: sensor('eventLoopDelayMs'),
    eventLoopBusyRatio: sensor('eventLoopBusyRatio'),
    diskUsedRatio: sensor('diskUsedRatio'),
  };
}
