/** What is beneath the face of a runtime: for tests of snapshots, timers and the engine. */
import type { Kernel } from '../../runtime/kernel.ts';
import type { Runtime } from '../../runtime/runtime.ts';

export const inside = (runtime: Runtime): Kernel =>
  (runtime as unknown as { kernel: Kernel }).kernel;
