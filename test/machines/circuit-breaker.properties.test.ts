import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SnapshotFrom } from 'xstate';
import {
  type CircuitBreakerSettings,
  circuitBreakerSettingsSchema,
} from '../../config/circuit-breaker.ts';
import {
  type CircuitBreakerEvent,
  circuitBreakerMachine as machine,
} from '../../machines/circuit-breaker.ts';
import { neededSuccessCount } from '../../machines/policies/probe-verdict.ts';
import { expectInvariant } from '../../runtime/testing/expect-invariant.ts';
import { expectSound } from '../../runtime/testing/expect-sound.ts';
import type { Edge } from '../../runtime/testing/walk.ts';

type Snapshot = SnapshotFrom<typeof machine>;

const settings = fc
  .record({
    window: fc.record({
      kind: fc.constant('consecutive' as const),
      failureCountMax: fc.integer({ min: 1, max: 3 }),
    }),
    openDurationMs: fc.integer({ min: 1, max: 20 }),
    openBackoff: fc.record({
      factor: fc.constantFrom(1, 1.5, 2),
      maxMs: fc.integer({ min: 20, max: 60 }),
      jitterRatio: fc.constantFrom(0, 0.3, 1),
    }),
    probeCount: fc.integer({ min: 1, max: 3 }),
    probeSuccessRatioMin: fc.constantFrom(0.01, 0.5, 0.75, 1),
  })
  .map((drawn) => circuitBreakerSettingsSchema.parse(drawn));

const input = (drawn: CircuitBreakerSettings) => ({ settings: drawn, seed: 3, generation: 5 });
const at = 100;

/** Everything that can reach the breaker: current, undated and late results, and both orders. */
const events = ({ context }: Snapshot): CircuitBreakerEvent[] => {
  const { generation } = context;
  return [
    { type: 'CALL_SUCCEEDED', at },
    { type: 'CALL_FAILED', at, generation },
    { type: 'CALL_SUCCEEDED', at, generation: generation - 1 },
    { type: 'CALL_FAILED', at, generation: generation - 1 },
    { type: 'CALLS_COUNTED', at, generation, failureCount: context.failureCount + 1 },
    { type: 'CALLS_COUNTED', at, generation: generation - 1, failureCount: 99 },
    { type: 'ISOLATE', at, by: 'ada', why: 'test' },
    { type: 'ISOLATE', at, by: 'ada', why: 'test', expiresAtMs: at + 50 },
    { type: 'ISOLATION_EXPIRED', at: at + 50 },
    { type: 'RESET', at, by: 'ada', why: 'test' },
  ];
};

/** What guards and delays read. The rest follows from it, or grows without end. */
const key = ({ value, context }: Snapshot): string => {
  const { failureCount, probeSuccessCount, probeFailureCount, openCount, isolation } = context;
  return JSON.stringify([
    value,
    failureCount,
    probeSuccessCount,
    probeFailureCount,
    openCount,
    isolation,
  ]);
};

const always = (holds: (edge: Edge<typeof machine>) => boolean) =>
  expectInvariant(machine, { settings, input, events, key, holds, runs: 12 });

const isLate = ({ from, event }: Edge<typeof machine>) =>
  'generation' in event && event.generation === from.context.generation - 1;

describe('circuit breaker, on every edge', () => {
  it('is sound', () => {
    const tried = circuitBreakerSettingsSchema.parse({
      window: { kind: 'consecutive', failureCountMax: 3 },
      probeCount: 2,
      openBackoff: { maxMs: 120_000 },
    });
    const exclusiveTags = ['admits', 'refuses'];
    const edges = expectSound(machine, { input: input(tried), events, key, exclusiveTags });
    expect(edges.length).toBeGreaterThan(100);
  });

  it('refuses calls exactly when open or isolated', () =>
    always(({ to }) => to.hasTag('refuses') === (to.value === 'open' || to.value === 'isolated')));

  it('begins a new generation exactly when a state is entered', () =>
    always(({ from, event, to }) => {
      const isEntered = from.value !== to.value || event.type === 'ISOLATE';
      return to.context.generation - from.context.generation === (isEntered ? 1 : 0);
    }));

  it('changes nothing for a late result', () =>
    always((edge) => !isLate(edge) || JSON.stringify(edge.from) === JSON.stringify(edge.to)));

  it('leaves closed only by a full run of failures or by an operator', () =>
    always(({ from, event, to }) => {
      if (from.value !== 'closed' || to.value === 'closed') return true;
      const { failureCount, settings } = from.context;
      const isFull = failureCount + 1 >= settings.window.failureCountMax;
      return to.value === (event.type === 'ISOLATE' ? 'isolated' : isFull ? 'open' : 'nowhere');
    }));

  it('never holds a full run of failures while closed', () =>
    always(
      ({ to: { value, context } }) =>
        value !== 'closed' || context.failureCount < context.settings.window.failureCountMax,
    ));

  it('is closed with clean counts', () =>
    always(({ from, to }) => {
      if (to.value !== 'closed' || from.value === 'closed') return true;
      const { failureCount, probeSuccessCount, probeFailureCount, openCount } = to.context;
      return failureCount + probeSuccessCount + probeFailureCount + openCount === 0;
    }));

  it('half opens with no probe counted', () =>
    always(({ from, to }) => {
      if (to.value !== 'halfOpen' || from.value === 'halfOpen') return true;
      return to.context.probeSuccessCount + to.context.probeFailureCount === 0;
    }));

  it('leaves half open exactly when the verdict is certain', () =>
    always(({ from, event, to }) => {
      if (from.value !== 'halfOpen' || event.type === 'ISOLATE' || event.type === 'RESET') {
        return true;
      }
      const { probeSuccessCount, probeFailureCount, settings } = from.context;
      const counts = 'generation' in event || event.type === 'CALL_SUCCEEDED';
      const isCurrent = counts && !isLate({ from, event, to }) && event.type !== 'CALLS_COUNTED';
      const successes = probeSuccessCount + (isCurrent && event.type === 'CALL_SUCCEEDED' ? 1 : 0);
      const failures = probeFailureCount + (isCurrent && event.type === 'CALL_FAILED' ? 1 : 0);
      const needed = neededSuccessCount(settings);
      if (successes >= needed) return to.value === 'closed';
      return to.value === (failures > settings.probeCount - needed ? 'open' : 'halfOpen');
    }));

  it('leaves open only by its delay or by an operator', () =>
    always(({ from, event, to }) => {
      if (from.value !== 'open' || to.value === 'open') return true;
      if (event.type === 'RESET') return to.value === 'closed';
      if (event.type === 'ISOLATE') return to.value === 'isolated';
      return to.value === 'halfOpen' && (event.type as string).startsWith('xstate.after.');
    }));

  it('leaves isolation only by a reset or by its own expiry', () =>
    always(({ from, event, to }) => {
      if (from.value !== 'isolated' || to.value === 'isolated') return true;
      if (event.type === 'RESET') return to.value === 'closed';
      const isTemporary = from.context.isolation?.expiresAtMs != null;
      return to.value === 'halfOpen' && event.type === 'ISOLATION_EXPIRED' && isTemporary;
    }));

  it('says who isolated it exactly while isolated', () =>
    always(({ to }) => (to.context.isolation !== null) === (to.value === 'isolated')));

  it('opens for a time between the shortened and the nominal one, first exactly', () =>
    always(({ from, to }) => {
      if (to.value !== 'open' || from.value === 'open') return true;
      const { openDurationMs, openUntilMs, openedAtMs, settings } = to.context;
      const { factor, maxMs, jitterRatio } = settings.openBackoff;
      const earlier = from.context.openCount;
      const nominalMs = Math.min(maxMs, settings.openDurationMs * factor ** earlier);
      const lowestMs = earlier === 0 ? nominalMs : nominalMs * (1 - jitterRatio);
      return (
        openUntilMs === openedAtMs + openDurationMs &&
        openDurationMs >= Math.max(1, Math.floor(lowestMs)) &&
        openDurationMs <= Math.ceil(nominalMs)
      );
    }));
});
