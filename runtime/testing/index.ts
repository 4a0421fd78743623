/** Entry `kintsugi/testing`: what unit tests of machines and of trees need. */
export { type SimulatedClock, simulatedClock } from '../clock/simulated.ts';
export { type TestRuntime, testRuntime } from './test-runtime.ts';
export { AmbientAccessError } from './traps.ts';
