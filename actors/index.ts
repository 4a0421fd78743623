/** Entry `kintsugi/actors`: charts joined to effects, child specifications, ports and errors. */
export { type AlertRow, Alerts, alertsChild } from './alerts.ts';
export {
  type AnySpec,
  type ChildScope,
  type ChildSpec,
  child,
  dynamicSupervisor,
  type Restart,
  type SupervisorSpec,
  supervisor,
} from './child.ts';
export {
  type CallPredicates,
  CircuitBreaker,
  CircuitDownError,
  CircuitIsolatedError,
  CircuitOpenError,
  circuitBreakerChild,
} from './circuit-breaker.ts';
export { emergencyPlanChild } from './emergency-plan.ts';
export { EpochFence } from './epoch-fence.ts';
export {
  ActorFailedError,
  BrokerError,
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
  type SettingIssue,
} from './errors.ts';
export { type FailoverPorts, failoverPairActor } from './failover-pair.ts';
export { breakerBroker } from './paper/breaker-broker.ts';
export { sessionActor } from './paper/session.ts';
export { paperPaths, paperTree } from './paper/tree.ts';
export type { PatchPort } from './patch-port.ts';
export type {
  AppendOutcome,
  Broker,
  BrokerAccount,
  CallOptions,
  CheckOutcome,
  Clock,
  EmergencyPort,
  EmergencyRequest,
  EmergencyStepReport,
  EventLog,
  HealthChecks,
  Lease,
  LeaseOutcome,
  LeaseStore,
  LogBlock,
  LogHead,
  Notice,
  NoticeReport,
  Notifier,
  OrderReport,
  OrderRequest,
  Random,
  RandomStream,
  RecoverySteps,
  Sensor,
  TensorBackends,
} from './ports.ts';
export type {
  CallContext,
  Protection,
  ProtectionMetrics,
  ProtectOptions,
} from './protect.ts';
export {
  BulkheadFullError,
  FallbackFailedError,
  isRetryableError,
  RateLimitedError,
  RetriesExhaustedError,
} from './protect-errors.ts';
export {
  type RecoveryComponent,
  type RecoveryPlanInput,
  RecoveryRefusedError,
  type RecoveryStepFunction,
  type StepScope,
} from './recovery.ts';
export { type SafeguardsOptions, safeguardPaths, safeguards } from './safeguards.ts';
export { ResetRefusedError, Safety, safetyChild } from './safety.ts';
export {
  SignalBreaker,
  type SignalBreakerState,
  sampleSignal,
  signalBreakerChild,
  signalPath,
} from './signal-breaker.ts';
export { tensorPaths, tensorSupervisor } from './tensor.ts';
export { TensorJobFailedError, TensorJobInvalidError } from './tensor-errors.ts';
