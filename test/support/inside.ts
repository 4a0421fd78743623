/** What is beneath the face of a runtime: for tests of snapshots, timers and the engine. */
import type { Lifecycle } from '../../runtime/lifecycle.ts';
import type { Runtime } from '../../runtime/runtime.ts';

export const inside = (runtime: Runtime): Lifecycle =>
  (runtime as unknown as { life: Lifecycle }).life;
