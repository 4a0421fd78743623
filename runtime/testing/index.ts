/** Entry `kintsugi/testing`: what unit tests of machines and of trees need. */
export { type SimulatedClock, simulatedClock } from '../clock/simulated.ts';
export { expectInvariant, type InvariantOptions } from './expect-invariant.ts';
export { expectSound, type SoundOptions } from './expect-sound.ts';
export { type TestRuntime, testRuntime } from './test-runtime.ts';
export { AmbientAccessError } from './traps.ts';
export { type Edge, type WalkOptions, walk } from './walk.ts';
