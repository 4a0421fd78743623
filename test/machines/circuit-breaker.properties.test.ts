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
import { isGoodProbe, tripsAfter } from '../../machines/circuit-breaker-counts.ts';
import { type CallCounts, tripReason } from '../../machines/policies/call-counts.ts';
import { countsOf, ratioEvidence } from '../../machines/policies/call-record.ts';
import { neededSuccessCount } from '../../machines/policies/probe-verdict.ts';
import { expectInvariant } from '../../runtime/testing/expect-invariant.ts';
import { expectSound } from '../../runtime/testing/expect-sound.ts';
import type { Edge } from '../../runtime/testing/walk.ts';

type Snapshot = SnapshotFrom<typeof machine>;

const settings = fc
  .record({
    windows: fc.oneof(
      fc.record({
        window: fc.record({
          kind: fc.constant('consecutive' as const),
          failureCountMax: fc.integer({ min: 1, max: 3 }),
        }),
      }),
      fc.record({
        window: fc.constantFrom(
          { kind: 'count' as const, size: 1 },
          { kind: 'count' as const, size: 2 },
          { kind: 'time' as const, durationMs: 20, bucketCount: 2 },
        ),
        failureRatioMax: fc.constantFrom(0.4, 1),
        slowCallMs: fc.constantFrom(0, 5),
        slowCallRatioMax: fc.constantFrom(0.5, 1),
        callCountMin: fc.integer({ min: 1, max: 2 }),
      }),
    ),
    openDurationMs: fc.integer({ min: 1, max: 20 }),
    openBackoff: fc.record({
      factor: fc.constantFrom(1, 1.5, 2),
      maxMs: fc.integer({ min: 20, max: 60 }),
      jitterRatio: fc.constantFrom(0, 0.3, 1),
    }),
    probeCount: fc.integer({ min: 1, max: 2 }),
    probeSuccessRatioMin: fc.constantFrom(0.01, 0.5, 0.75, 1),
  })
  .map(({ windows, ...rest }) => circuitBreakerSettingsSchema.parse({ ...windows, ...rest }));

const input = (drawn: CircuitBreakerSettings) => ({ settings: drawn, seed: 3, generation: 5 });
const at = 100;

const by = 'ada';
const why = 'test';

/** Everything that can reach the breaker: current, undated and late results, and all orders. */
const events = ({ context }: Snapshot): CircuitBreakerEvent[] => {
  const { generation } = context;
  return [
    { type: 'CALL_SUCCEEDED', at },
    { type: 'CALL_SUCCEEDED', at, durationMs: 6 },
    { type: 'CALL_FAILED', at, generation },
    { type: 'CALL_FAILED', at: at + 10, generation, durationMs: 6 },
    { type: 'CALL_SUCCEEDED', at, generation: generation - 1 },
    { type: 'CALL_FAILED', at, generation: generation - 1 },
    { type: 'CALLS_COUNTED', at, generation, failureCount: context.failureCount + 1 },
    { type: 'CALLS_COUNTED', at, generation, failureCount: 0, calls: foreign },
    { type: 'CALLS_COUNTED', at, generation: generation - 1, failureCount: 99 },
    ...(['ISOLATE', 'DISABLE', 'METRICS_ONLY'] as const).flatMap((type) => [
      { type, at, by, why },
      { type, at, by, why, expiresAtMs: at + 50 },
    ]),
    { type: 'ORDER_EXPIRED', at: at + 50 },
    { type: 'ENABLE', at, by, why },
    { type: 'RESET', at, by, why },
    { type: 'PREDICATE_FAILED', at, predicate: 'isFailure', why },
  ];
};

/** A window that only fits a breaker of its kind. */
const foreign = { kind: 'count' as const, results: '0130' };

/** Counts beyond these change no verdict any more with the ratios that are drawn. */
const capped = ({ callCount, failureCount, slowCount }: CallCounts) =>
  [callCount, failureCount, slowCount].map((one) => Math.min(one, 2));

/** Only a closed state reads its window. */
const windowKey = (snapshot: Snapshot) => {
  const { calls } = snapshot.context;
  if (!phaseOf(snapshot).endsWith('closed')) return null;
  return calls?.kind === 'time' ? calls.buckets.map(capped) : calls?.results;
};

/** What guards and delays read. The rest follows from it, or grows without end. */
const key = (snapshot: Snapshot): string => {
  const { value, context } = snapshot;
  const { failureCount, probeSuccessCount, probeFailureCount, openCount, order } = context;
  return JSON.stringify([
    value,
    failureCount,
    windowKey(snapshot),
    probeSuccessCount,
    probeFailureCount,
    openCount,
    order,
  ]);
};

const isOrder = ({ type }: { readonly type: string }) =>
  type === 'ISOLATE' || type === 'DISABLE' || type === 'METRICS_ONLY';

/** What the chart decides by: its state, or that of its dry run. */
const phaseOf = ({ value }: Snapshot): string =>
  typeof value === 'string' ? value : `dry.${value.metricsOnly}`;

const always = (holds: (edge: Edge<typeof machine>) => boolean) =>
  expectInvariant(machine, { settings, input, events, key, holds, runs: 6 });

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

  it('admits or refuses in every state, and never both', () =>
    always(({ to }) => to.hasTag('refuses') !== to.hasTag('admits')));

  it('begins a new generation exactly when a state is entered', () =>
    always(({ from, event, to }) => {
      const isEntered = phaseOf(from) !== phaseOf(to) || isOrder(event);
      return to.context.generation - from.context.generation === (isEntered ? 1 : 0);
    }));

  it('changes nothing for a late result', () =>
    always((edge) => !isLate(edge) || JSON.stringify(edge.from) === JSON.stringify(edge.to)));

  it('leaves closed only by a window that trips or by an operator', () =>
    always(({ from, event, to }) => {
      if (from.value !== 'closed' || to.value === 'closed') return true;
      if (isOrder(event)) return to.value !== 'open';
      return to.value === 'open' && tripsAfter(from.context, event);
    }));

  it('never holds a window that trips while closed', () =>
    always(({ to: { value, context } }) => {
      const { window } = context.settings;
      if (value !== 'closed') return true;
      return window.kind === 'consecutive'
        ? context.failureCount < window.failureCountMax
        : ratioEvidence(context.settings, context.calls) === null;
    }));

  it('keeps the record of its own kind of window, and no run beside it', () =>
    always(({ to: { context } }) => {
      const { window } = context.settings;
      if (window.kind === 'consecutive') return context.calls === null;
      const isOwn = context.calls?.kind === window.kind && context.failureCount === 0;
      return isOwn && (window.kind === 'time' || countsOf(context.calls).callCount <= window.size);
    }));

  it('opens with evidence that trips again, and with the probes or the window it names', () =>
    always(({ from, to }) => {
      if (!phaseOf(to).endsWith('open') || phaseOf(from) === phaseOf(to)) return true;
      const { evidence, settings } = to.context;
      if (evidence?.kind !== 'ratio') return evidence !== null;
      return (
        tripReason(settings, evidence) === evidence.reason &&
        evidence.failureRatio === evidence.failureCount / evidence.callCount &&
        evidence.slowCallRatio === evidence.slowCount / evidence.callCount
      );
    }));

  it('is closed with clean counts', () =>
    always(({ from, to }) => {
      if (to.value !== 'closed' || from.value === 'closed') return true;
      const { failureCount, calls, probeSuccessCount, probeFailureCount, openCount } = to.context;
      const { callCount } = countsOf(calls);
      return failureCount + callCount + probeSuccessCount + probeFailureCount + openCount === 0;
    }));

  it('half opens with no probe counted', () =>
    always(({ from, to }) => {
      if (!phaseOf(to).endsWith('halfOpen') || phaseOf(from) === phaseOf(to)) return true;
      return to.context.probeSuccessCount + to.context.probeFailureCount === 0;
    }));

  it('leaves half open exactly when the verdict is certain, in a dry run too', () =>
    always(({ from, event, to }) => {
      if (!phaseOf(from).endsWith('halfOpen') || 'by' in event || event.type === 'ORDER_EXPIRED') {
        return true;
      }
      const { probeSuccessCount, probeFailureCount, settings } = from.context;
      const isResult = event.type === 'CALL_SUCCEEDED' || event.type === 'CALL_FAILED';
      const counts = isResult && !isLate({ from, event, to });
      const isGood = counts && isGoodProbe(from.context, event);
      const successes = probeSuccessCount + (isGood ? 1 : 0);
      const failures = probeFailureCount + (counts && !isGood ? 1 : 0);
      const needed = neededSuccessCount(settings);
      const dry = typeof from.value === 'string' ? '' : 'dry.';
      if (successes >= needed) return phaseOf(to) === `${dry}closed`;
      const isLost = failures > settings.probeCount - needed;
      return phaseOf(to) === `${dry}${isLost ? 'open' : 'halfOpen'}`;
    }));

  it('leaves open only by its delay or by an operator', () =>
    always(({ from, event, to }) => {
      if (from.value !== 'open' || to.value === 'open') return true;
      if (event.type === 'RESET') return to.value === 'closed';
      if (isOrder(event)) return true;
      return to.value === 'halfOpen' && (event.type as string).startsWith('xstate.after.');
    }));

  it('leaves an order only by another one or by its own expiry', () =>
    always(({ from, event, to }) => {
      const { order } = from.context;
      if (!order || isOrder(event) || to.context.order === order) return true;
      const isIsolated = from.value === 'isolated';
      if (event.type === 'RESET') return to.value === 'closed';
      if (event.type === 'ENABLE') return !isIsolated && to.value === 'closed';
      const isDue = event.type === 'ORDER_EXPIRED' && order.expiresAtMs !== null;
      return isDue && to.value === (isIsolated ? 'halfOpen' : 'closed');
    }));

  it('says who ordered it exactly while it is held by an order', () =>
    always(({ to }) => {
      const isHeld = ['isolated', 'disabled'].includes(String(to.value));
      return (to.context.order !== null) === (isHeld || typeof to.value !== 'string');
    }));

  it('counts nothing while it is disabled', () =>
    always(({ from, event, to }) => {
      if (from.value !== 'disabled' || 'by' in event || event.type === 'ORDER_EXPIRED') return true;
      return JSON.stringify(from.context) === JSON.stringify(to.context);
    }));

  it('opens for a time between the shortened and the nominal one, first exactly', () =>
    always(({ from, to }) => {
      if (!phaseOf(to).endsWith('open') || phaseOf(from) === phaseOf(to)) return true;
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
