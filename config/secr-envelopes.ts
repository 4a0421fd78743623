/**
 * How far each setting may be moved without a person. A setting without an envelope is never
 * touched; `*` stands for one name, as that of a breaker.
 */
import type { SettingEnvelope } from './secr-resolver.ts';

const between = (min: number, max: number, step = 1): SettingEnvelope => ({ min, max, step });

export const builtInEnvelopes: Readonly<Record<string, SettingEnvelope>> = {
  '/allocation/workerRatio': between(0.3, 1, 0.001),
  '/allocation/workers/trading': between(0.3, 0.8, 0.001),
  '/allocation/workers/analytics': between(0.05, 0.5, 0.001),
  '/allocation/workers/background': between(0.05, 0.5, 0.001),
  '/allocation/queues/trading': between(0.3, 0.8, 0.001),
  '/allocation/queues/analytics': between(0.05, 0.5, 0.001),
  '/allocation/queues/background': between(0.05, 0.5, 0.001),
  '/health/passReportEveryMs': between(15_000, 600_000),
  '/health/anomalyValueCount': between(16, 128),
  '/health/anomalyScoreMin': between(2.5, 8, 0.001),
  '/breakers/*/callTimeoutMs': between(500, 60_000),
  '/breakers/*/openDurationMs': between(5_000, 600_000),
  '/protections/*/timeoutMs': between(500, 120_000),
  '/protections/*/attemptTimeoutMs': between(200, 60_000),
  '/protections/*/retry/attemptCountMax': between(1, 6),
  '/protections/*/retry/minMs': between(20, 5_000),
  '/protections/*/bulkhead/concurrencyMax': between(2, 64),
  '/protections/*/bulkhead/queueCountMax': between(0, 256),
  '/protections/*/rateLimit/callCountMax': between(5, 10_000),
  '/paper/broker/breaker/callTimeoutMs': between(2_000, 30_000),
  '/paper/broker/breaker/openDurationMs': between(15_000, 300_000),
  '/paper/broker/breaker/window/failureCountMax': between(2, 10),
  '/paper/broker/retryMinMs': between(250, 8_000),
  '/paper/broker/retryMaxMs': between(15_000, 300_000),
  '/paper/broker/heartbeatMs': between(60_000, 900_000),
  '/paper/feed/staleAfterMs': between(120_000, 1_800_000),
  '/paper/strategy/quantity': between(0.05, 1, 0.001),
  '/paper/strategy/thresholdBasisPoints': between(1, 50, 0.001),
  '/paper/strategy/fastBarCount': between(30, 300),
  '/paper/strategy/slowBarCount': between(301, 1_440),
};
