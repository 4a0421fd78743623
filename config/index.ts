/** What may be set: every public schema and its types. */
export {
  type AlertsSettings,
  type AlertsSettingsInput,
  alertsSettingsSchema,
} from './alerts.ts';
export {
  type AllocationSettings,
  type AllocationSettingsInput,
  allocationSettingsSchema,
  type WorkKind,
} from './allocation.ts';
export {
  type CircuitBreakerSettings,
  type CircuitBreakerSettingsInput,
  circuitBreakerSettingsSchema,
} from './circuit-breaker.ts';
export {
  type DegradationSettings,
  type DegradationSettingsInput,
  degradationSettingsSchema,
} from './degradation.ts';
export {
  type FailoverSettings,
  type FailoverSettingsInput,
  failoverSettingsSchema,
} from './failover-pair.ts';
export {
  type HealthSettings,
  type HealthSettingsInput,
  healthSettingsSchema,
  type ProbeOptions,
  type ProbeOptionsInput,
  probeOptionsSchema,
} from './health.ts';
export {
  type JournalSettings,
  type JournalSettingsInput,
  journalSettingsSchema,
} from './journal.ts';
export { type LogSettings, type LogSettingsInput, logSettingsSchema } from './log.ts';
export {
  type MailboxSettings,
  type MailboxSettingsInput,
  mailboxSettingsSchema,
} from './mailbox.ts';
export { type PaperSettings, type PaperSettingsInput, paperSettingsSchema } from './paper.ts';
export { type PaperAnalysisSettings, paperAnalysisSettingsSchema } from './paper-analysis.ts';
export { type FaultPlans, faultPlansSchema } from './paper-fault-plans.ts';
export { type PaperSecrSettings, paperSecrSettingsSchema } from './paper-secr.ts';
export {
  builtInCapabilities,
  type PostureSettings,
  type PostureSettingsInput,
  postureSettingsSchema,
} from './posture.ts';
export {
  type BulkheadSettings,
  type ProtectionSettings,
  type ProtectionSettingsInput,
  protectionSettingsSchema,
  type RateLimitSettings,
  type RetrySettings,
} from './protect.ts';
export {
  type RecoverySettings,
  type RecoverySettingsInput,
  recoverySettingsSchema,
} from './recovery.ts';
export { type SafetySettings, type SafetySettingsInput, safetySettingsSchema } from './safety.ts';
export { type SecrSettings, type SecrSettingsInput, secrSettingsSchema } from './secr.ts';
export {
  type Resolver,
  type ResolverChange,
  resolverSchema,
  type SettingEnvelope,
  settingEnvelopeSchema,
} from './secr-resolver.ts';
export {
  type FailureGroup,
  type FailureSubgroup,
  failureGroups,
  failureSubgroups,
  failureTaxonomy,
} from './secr-taxonomy.ts';
export { type Settings, type SettingsInput, settingsSchema } from './settings.ts';
export {
  type SignalBreakerSettings,
  type SignalBreakerSettingsInput,
  type SignalKind,
  signalBreakerSettingsSchema,
} from './signal-breaker.ts';
export {
  type AutoShutdown,
  type ChildSettings,
  type ChildSettingsInput,
  childSettingsSchema,
  type RestartBackoff,
  type Strategy,
  type SupervisorSettings,
  type SupervisorSettingsInput,
  supervisorSettingsSchema,
} from './supervision.ts';
export {
  type TensorBackend,
  type TensorOptionsInput,
  type TensorSettings,
  type TensorSettingsInput,
  tensorOptionsSchema,
  tensorSettingsSchema,
} from './tensor.ts';
export {
  checkJob,
  type TensorCheck,
  type TensorCheckOptions,
  type TensorData,
  type TensorDtype,
  type TensorIssue,
  type TensorJob,
  type TensorOp,
  type TensorOperand,
  tensorJobSchema,
} from './tensor-job.ts';
export { checkKernel, type TensorKernel, tensorKernelSchema } from './tensor-kernel.ts';
export { tensorLimits } from './tensor-shapes.ts';
export {
  type TradingModeSettings,
  type TradingModeSettingsInput,
  tradingModeSettingsSchema,
} from './trading-mode.ts';
export { basisPoints, bytes, count, milliseconds, ratio, score, type Unit } from './units.ts';
