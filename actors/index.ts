/** Entry `kintsugi/actors`: charts joined to effects, child specifications, ports and errors. */
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
  EventLog,
  HealthChecks,
  LogBlock,
  LogHead,
  Notifier,
  OrderReport,
  OrderRequest,
  Random,
  RandomStream,
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
export { type SafeguardsOptions, safeguardPaths, safeguards } from './safeguards.ts';
export { tensorPaths, tensorSupervisor } from './tensor.ts';
export { TensorJobFailedError, TensorJobInvalidError } from './tensor-errors.ts';
