/** Entry `kintsugi/machines`: every chart, to be run under plain XState or under the runtime. */

export {
  type AlertContext,
  type AlertEmitted,
  type AlertEvent,
  type AlertInput,
  alertMachine,
} from './alert.ts';
export {
  type AlertsContext,
  type AlertsEmitted,
  type AlertsEvent,
  type AlertsInput,
  alertsMachine,
} from './alerts.ts';
export {
  type BulkheadContext,
  type BulkheadEmitted,
  type BulkheadEvent,
  type BulkheadInput,
  bulkheadMachine,
} from './bulkhead.ts';
export {
  type CircuitBreakerContext,
  type CircuitBreakerEmitted,
  type CircuitBreakerEvent,
  type CircuitBreakerInput,
  circuitBreakerMachine,
} from './circuit-breaker.ts';
export {
  type DegradationContext,
  type DegradationEmitted,
  type DegradationEvent,
  type DegradationInput,
  degradationMachine,
} from './degradation.ts';
export {
  type DoorsContext,
  type DoorsEmitted,
  type DoorsEvent,
  type DoorsInput,
  doorsMachine,
} from './doors.ts';
export {
  type EmergencyOutcome,
  type EmergencyPlanContext,
  type EmergencyPlanEmitted,
  type EmergencyPlanEvent,
  type EmergencyPlanInput,
  emergencyPlanMachine,
} from './emergency-plan.ts';
export {
  type FailoverPairContext,
  type FailoverPairEmitted,
  type FailoverPairEvent,
  type FailoverPairInput,
  failoverPairMachine,
} from './failover-pair.ts';
export {
  type FailureLogContext,
  type FailureLogEvent,
  type FailureLogInput,
  type FailureRow,
  failureLogMachine,
} from './failure-log.ts';
export {
  type HealthMonitorContext,
  type HealthMonitorEmitted,
  type HealthMonitorEvent,
  type HealthMonitorInput,
  healthMonitorMachine,
} from './health-monitor.ts';
export {
  type HealthProbeContext,
  type HealthProbeEmitted,
  type HealthProbeEvent,
  type HealthProbeInput,
  healthProbeMachine,
} from './health-probe.ts';
export {
  type AccountContext,
  type AccountEmitted,
  type AccountEvent,
  type AccountInput,
  accountMachine,
} from './paper/account.ts';
export {
  type AnalysisContext,
  type AnalysisEmitted,
  type AnalysisEvent,
  type AnalysisInput,
  type AnalysisOutcome,
  type AnalysisRequest,
  analysisMachine,
  type MarketReading,
} from './paper/analysis.ts';
export type { Bar } from './paper/bar.ts';
export {
  type FeedMonitorContext,
  type FeedMonitorEmitted,
  type FeedMonitorEvent,
  type FeedMonitorInput,
  feedMonitorMachine,
} from './paper/feed-monitor.ts';
export {
  type SessionContext,
  type SessionEmitted,
  type SessionEvent,
  type SessionInput,
  sessionMachine,
} from './paper/session.ts';
export {
  type StrategyContext,
  type StrategyEvent,
  type StrategyInput,
  strategyMachine,
} from './paper/strategy.ts';
export {
  type PatchContext,
  type PatchEmitted,
  type PatchEvent,
  type PatchInput,
  patchMachine,
  type Rehearsal,
} from './patch.ts';
export { port, sourcePort } from './port.ts';
export {
  type PostureChanged,
  type PostureChangedFact,
  type PostureContext,
  type PostureEmitted,
  type PostureEvent,
  type PostureInput,
  type PostureSubscriberRefused,
  postureMachine,
} from './posture.ts';
export {
  type RateLimitContext,
  type RateLimitEmitted,
  type RateLimitEvent,
  type RateLimitInput,
  rateLimitMachine,
} from './rate-limit.ts';
export {
  type RecoveryContext,
  type RecoveryEmitted,
  type RecoveryEvent,
  type RecoveryInput,
  type RecoveryPlan,
  recoveryMachine,
  type StepOutcome,
  type StepRequest,
} from './recovery.ts';
export {
  type SafetyContext,
  type SafetyEmitted,
  type SafetyEvent,
  type SafetyInput,
  safetyMachine,
} from './safety.ts';
export {
  type SecrContext,
  type SecrEmitted,
  type SecrEvent,
  type SecrInput,
  secrMachine,
  type TrainingRecord,
} from './secr.ts';
export {
  type SignalBreakerContext,
  type SignalBreakerEmitted,
  type SignalBreakerEvent,
  type SignalBreakerInput,
  signalBreakerMachine,
} from './signal-breaker.ts';
export {
  type SupervisorContext,
  type SupervisorEmitted,
  type SupervisorEvent,
  type SupervisorInput,
  supervisorMachine,
} from './supervisor.ts';
export {
  type TensorGpuContext,
  type TensorGpuEvent,
  type TensorGpuInput,
  tensorGpuMachine,
} from './tensor-gpu.ts';
export {
  type TensorJobContext,
  type TensorJobEmitted,
  type TensorJobEvent,
  type TensorJobInput,
  tensorJobMachine,
} from './tensor-job.ts';
export {
  type TensorPoolContext,
  type TensorPoolEmitted,
  type TensorPoolEvent,
  type TensorPoolInput,
  tensorPoolMachine,
} from './tensor-pool.ts';
export {
  type TensorSlotContext,
  type TensorSlotEvent,
  type TensorSlotInput,
  tensorSlotMachine,
} from './tensor-slot.ts';
export {
  type TradingModeContext,
  type TradingModeEmitted,
  type TradingModeEvent,
  type TradingModeInput,
  tradingModeMachine,
} from './trading-mode.ts';
