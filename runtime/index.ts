/** Entry `kintsugi`: what hosts embed. */
export { child, supervisor } from '../actors/child.ts';
export { simulatedClock } from './clock/simulated.ts';
export { systemClock } from './clock/system.ts';
export { createRuntime } from './create-runtime.ts';
export { memoryJournal } from './journal/memory-log.ts';
export { readJournal } from './journal/read.ts';
export { type JournalReport, verifyJournal } from './journal/verify.ts';
export type { Fact, RuntimeOptions } from './options.ts';
export type { Divergence } from './replay/divergence.ts';
export { type ReplayOptions, type ReplayResult, replayJournal } from './replay/replay.ts';
export type { Runtime } from './runtime.ts';
export type { ActorView, TreeView } from './view.ts';
