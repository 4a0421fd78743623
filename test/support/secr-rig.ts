/** SECR in a test runtime: one resolver that everybody knows, short windows, facts in a list. */
import type { SettingsInput } from '../../config/settings.ts';
import type { Fact, RuntimeOptions } from '../../runtime/options.ts';
import type { FailureReport } from '../../runtime/secr.ts';
import { testRuntime } from '../../runtime/testing/test-runtime.ts';

export const timeout: FailureReport = { group: 'NET', subgroup: 'API_TIMEOUT', severity: 1 };
export const good = { profitDelta: 1, latencyMs: 100, errorRatio: 0.01, stabilityScore: 95 };
export const bad = { profitDelta: -5, latencyMs: 900, errorRatio: 0.4, stabilityScore: 20 };

/** What `netPatient` changes. */
export const patientKey = '/paper/broker/breaker/callTimeoutMs';

const others = ['netQuick', 'netCalmRetry', 'timeoutPatientBreaker', 'timeoutPatientCall'];

type Own = NonNullable<NonNullable<SettingsInput['secr']>['resolvers']>;

const off: Own[string] = {
  ...{ group: 'NET' as const, meaning: 'off', enabled: false },
  changes: [{ key: patientKey, by: 'set', amount: 1 }],
};

/** `netPatient` alone answers timeouts: 10 s become 15 s. */
export const onePatient = (secr: NonNullable<SettingsInput['secr']> = {}): SettingsInput => ({
  secr: {
    ...secr,
    resolvers: {
      ...Object.fromEntries(others.map((name) => [name, off])),
      ...secr.resolvers,
    },
    patch: { canaryMs: 1_000, observationMs: 5_000, ...secr.patch },
  },
});

export async function secrRuntime(
  settings: SettingsInput = onePatient(),
  options: Pick<RuntimeOptions, 'ports'> = {},
) {
  const t = await testRuntime({ settings, ...options });
  const facts: Fact[] = [];
  t.runtime.on('*', (fact) => facts.push(fact));
  const { secr } = t.runtime;
  return Object.assign(t, {
    facts,
    secr,
    told: (type: string) => facts.filter((fact) => fact.type === type),
    perform: (sample: typeof good, times = 1) => {
      for (let i = 0; i < times; i += 1) secr.updatePerformanceFeedback(sample);
    },
    live: () => t.runtime.settings.current,
    callTimeoutMs: () => t.runtime.settings.current.paper.broker.breaker.callTimeoutMs,
  });
}
