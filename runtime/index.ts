/** Entry `kintsugi`: what hosts embed. */
export { child, dynamicSupervisor, supervisor } from '../actors/child.ts';
export {
  type CallPredicates,
  CircuitBreaker,
  CircuitDownError,
  CircuitIsolatedError,
  CircuitOpenError,
} from '../actors/circuit-breaker.ts';
export { effectKey } from '../actors/effect-key.ts';
export { EpochFence } from '../actors/epoch-fence.ts';
export {
  ActorFailedError,
  CallTimeoutError,
  ConfigInvalidError,
  FencedError,
  JournalCorruptError,
  JournalHeldError,
  JournalUnavailableError,
  KintsugiError,
  NotActiveError,
  ReplayDivergedError,
  RestartIntensityExceededError,
  RuntimeStoppedError,
} from '../actors/errors.ts';
export type { OperatorOrder } from '../actors/operator-order.ts';
export type {
  CallContext,
  Protection,
  ProtectionMetrics,
  ProtectOptions,
} from '../actors/protect.ts';
export {
  BulkheadFullError,
  FallbackFailedError,
  RateLimitedError,
  RetriesExhaustedError,
} from '../actors/protect-errors.ts';
export {
  type RecoveryComponent,
  type RecoveryPlanInput,
  RecoveryRefusedError,
  type StepScope,
} from '../actors/recovery.ts';
export { ResetRefusedError } from '../actors/safety.ts';
export { type SignalBreaker, sampleSignal, signalPath } from '../actors/signal-breaker.ts';
export { TensorJobFailedError, TensorJobInvalidError } from '../actors/tensor-errors.ts';
export type { TensorJob } from '../config/tensor-job.ts';
export { type SimulatedClock, simulatedClock } from './clock/simulated.ts';
export { systemClock } from './clock/system.ts';
export { createRuntime } from './create-runtime.ts';
export type { Degradation } from './degradation.ts';
export { NotInJournalError } from './explain/errors.ts';
export { type EntryQuery, type ExplainOptions, explain } from './explain/explain.ts';
export type { Explanation } from './explain/explanation.ts';
export type { Story, StoryQuery } from './explain/story.ts';
export { type AuditExportOptions, exportAudit } from './export/audit.ts';
export { type AuditDamage, type AuditReport, verifyAudit } from './export/audit-verify.ts';
export { type EntryOptions, readEntries } from './export/entries.ts';
export type { JournalEntry } from './export/entry.ts';
export { type ExportOptions, exportJournal } from './export/export.ts';
export { type TailOptions, tailJournal } from './export/tail.ts';
export type { FailoverOptions } from './failover/failover.ts';
export type { ActiveScope, FailoverPair, FailoverState } from './failover/pair.ts';
export type { LocalSide, RemoteSide, SideScope } from './failover/sides.ts';
export type { GaugeOptions, Health, ProbeInput } from './health.ts';
export type { Check } from './health-checks.ts';
export type { ComponentReport, HealthReport } from './health-report.ts';
export { type FollowOptions, followJournal } from './journal/follow.ts';
export type { InputLine, TurnLine } from './journal/format.ts';
export type { Journal } from './journal/journal.ts';
export { memoryJournal } from './journal/memory-log.ts';
export { type ReadLine, type ReadOptions, readJournal } from './journal/read.ts';
export { type JournalReport, type VerifyOptions, verifyJournal } from './journal/verify.ts';
export { type FileLeasesOptions, fileLeases } from './lease/file-leases.ts';
export { memoryLeases } from './lease/memory-leases.ts';
export { MachineChangedError } from './machine-hashes.ts';
export type { Fact, RuntimeOptions } from './options.ts';
export type { PatchRule, Rehearse } from './patch-port.ts';
export type { Asker, Capability, Posture, PostureView } from './posture.ts';
export type {
  EndedRecovery,
  Recovery,
  RecoveryOptions,
  RecoveryReport,
  RecoveryStatus,
} from './recovery.ts';
export { type ComparedRuns, journalRehearsal, rehearsalOf, settingsOf } from './rehearsal.ts';
export type { Divergence } from './replay/divergence.ts';
export { type ReplayOptions, type ReplayResult, replayJournal } from './replay/replay.ts';
export type { Runtime } from './runtime.ts';
export {
  type FailureReport,
  type PatchProposal,
  PatchRefusedError,
  type Secr,
} from './secr.ts';
export { type SimulatedSensorOptions, simulatedSensors } from './sensors/simulated.ts';
export { systemSensors } from './sensors/system.ts';
export type { SignalBreakerGiven } from './signals.ts';
export type { TensorResult } from './tensor/result.ts';
export type { Tensor, TensorMetrics, TensorRunOptions } from './tensor/tensor.ts';
export type { TradingMode } from './trading-mode.ts';
export type { ActorView, TreeView } from './view.ts';
export type { FirstDifference, Pair, SettingDifference } from './what-if/comparison.ts';
export type {
  AskedEffect,
  ModelledAnswer,
  ToldEvent,
  WhatIfFact,
  WhatIfModel,
  WhatIfView,
  WhatIfWatcher,
} from './what-if/model.ts';
export { type WhatIfOptions, type WhatIfResult, whatIf } from './what-if/what-if.ts';
