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
export {
  ActorFailedError,
  BrokerError,
  CallTimeoutError,
  ConfigInvalidError,
  JournalCorruptError,
  JournalHeldError,
  JournalUnavailableError,
  KintsugiError,
  ReplayDivergedError,
  RestartIntensityExceededError,
  RuntimeStoppedError,
  type SettingIssue,
} from './errors.ts';
export { breakerBroker } from './paper/breaker-broker.ts';
export { sessionActor } from './paper/session.ts';
export { paperPaths, paperTree } from './paper/tree.ts';
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
  LogBlock,
  LogHead,
  Notice,
  NoticeReport,
  Notifier,
  OrderReport,
  OrderRequest,
  PatchPort,
  Random,
  RandomStream,
  RecoverySteps,
  Sensor,
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
