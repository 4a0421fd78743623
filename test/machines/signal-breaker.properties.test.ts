import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { initialTransition, type SnapshotFrom, transition } from 'xstate';
import { isPassCertain } from '../../machines/policies/probe-verdict.ts';
import { isBreach, referenceOf } from '../../machines/policies/signal-gauge.ts';
import {
  signalBreakerMachine as machine,
  type SignalBreakerEvent,
} from '../../machines/signal-breaker.ts';
import { confirmationsAfter, flawOf, probesAfter } from '../../machines/signal-breaker-samples.ts';
import { describeEdge } from '../../runtime/testing/expect-invariant.ts';
import { expectSound } from '../../runtime/testing/expect-sound.ts';
import { type Edge, walk } from '../../runtime/testing/walk.ts';
import { parseSignal, signalInput } from '../support/signal-chart.ts';

type Snapshot = SnapshotFrom<typeof machine>;
type Step = Edge<typeof machine>;

const full = process.env['KINTSUGI_RUNS'] === 'full';

/** So steep that the limit is at one end of its envelope or the other. */
const adaptive = fc.constantFrom(undefined, {
  ...{ limitMin: 2, limitMax: 4, factor: 1_000, halfLifeCount: 1 },
  ...{ moveRatioMin: 0, cooldownMs: 0 },
});
const trips = fc.constantFrom('above' as const, 'below' as const);

const settings = fc
  .record({
    signal: fc.oneof(
      fc.record({ kind: fc.constant('gauge' as const), limit: fc.constant(3), trips, adaptive }),
      fc.constant({ kind: 'drawdown' as const, limit: 0.4 }),
      fc.constant({ kind: 'loss' as const, limit: 1 }),
      fc.record({
        kind: fc.constant('latency' as const),
        limit: fc.constant(3),
        size: fc.constant(2),
        quantile: fc.constant(0.5),
        adaptive,
      }),
      fc.constant({ kind: 'connection' as const, silenceMs: 10 }),
      fc.record({
        kind: fc.constant('rate' as const),
        limit: fc.constant(2),
        durationMs: fc.constant(10),
        trips,
      }),
    ),
    latch: fc.boolean(),
    confirmationCount: fc.integer({ min: 1, max: 3 }),
    openDurationMs: fc.integer({ min: 1, max: 20 }),
    openBackoff: fc.record({ factor: fc.constantFrom(1, 2), maxMs: fc.constantFrom(20, 40) }),
    probeCount: fc.integer({ min: 1, max: 2 }),
    probeSuccessRatioMin: fc.constantFrom(0.5, 1),
  })
  .map(({ signal, ...rest }) => parseSignal({ ...signal, ...rest } as never));

const signed = { at: 100, by: 'ada', why: 'test' };

/** Everything that can reach it: readings on both sides, bad samples, looks, and all orders. */
const events: SignalBreakerEvent[] = [
  ...[0, 1, 5].map((value) => ({ type: 'SIGNAL_SAMPLED' as const, at: 100, value })),
  { type: 'SIGNAL_SAMPLED', at: 100, value: Number.NaN },
  { type: 'SIGNAL_SAMPLED', at: 100, value: -1 },
  { type: 'SIGNAL_SAMPLED', at: 100, value: 5, sampledAtMs: 50 },
  { type: 'LOOK_DUE', at: 1_000 },
  { type: 'LOOK_DUE', at: 100 },
  ...(['ISOLATE', 'DISABLE', 'METRICS_ONLY'] as const).flatMap((type) => [
    { type, ...signed },
    { type, ...signed, expiresAtMs: 150 },
  ]),
  { type: 'ORDER_EXPIRED', at: 150 },
  { type: 'ENABLE', ...signed },
  { type: 'RESET', ...signed, scope: 'eq' },
  { type: 'RESET', ...signed, scope: 'other' },
  { type: 'RESET', ...signed, scope: 'eq', by: '' },
];

/** Counts beyond these change no verdict any more. */
const gaugeKey = ({ gauge }: Snapshot['context']) => {
  if (gauge.kind === 'connection') return [Math.min(gauge.missCount, 3), gauge.lastMs];
  return gauge.kind === 'rate' ? [Math.min(gauge.count, 3), gauge.startMs] : gauge;
};

const phaseOf = ({ value }: Snapshot): string =>
  typeof value === 'string' ? value : `dry.${value.metricsOnly}`;

/** What guards and delays read in a state. The rest follows from it, or grows without end. */
const key = (snapshot: Snapshot): string => {
  const { context } = snapshot;
  const { probeSuccessCount, probeFailureCount, order, latchedBy } = context;
  const phase = phaseOf(snapshot);
  const isRebasable = context.gauge.kind === 'drawdown' || context.gauge.kind === 'loss';
  return JSON.stringify([
    ...[phase, gaugeKey(context), context.threshold.limit, order?.expiresAtMs, latchedBy !== null],
    phase.endsWith('closed') ? context.confirmations.length : context.openCount,
    phase.endsWith('halfOpen') && [probeSuccessCount, probeFailureCount],
    isRebasable && context.value,
  ]);
};

/** Every edge of charts whose settings fast-check draws, walked once for all that is to hold. */
const drawn = fc.sample(settings, full ? 8 : 3);
const edges = drawn.flatMap((one) => walk(machine, { input: signalInput(one), events, key }));

const always = (holds: (edge: Step) => boolean) => {
  const broken = edges.find((edge) => !holds(edge));
  expect(broken && describeEdge(broken)).toBeUndefined();
};

const argsOf = ({ from, event }: Step) => ({ context: from.context, event });
const isEntered = ({ from, event, to }: Step, phase: string) =>
  phaseOf(to).endsWith(phase) && (phaseOf(from) !== phaseOf(to) || event.type === 'ISOLATE');
const isScopedReset = ({ event }: Step) =>
  event.type === 'RESET' && event.scope === 'eq' && event.by !== '';

describe('a breaker on a signal, on every edge', () => {
  it('is sound', () => {
    for (const one of [
      { kind: 'gauge' as const, limit: 3, latch: false },
      { kind: 'drawdown' as const, limit: 0.4, latch: false },
    ]) {
      const input = signalInput({ ...one, confirmationCount: 2, probeCount: 1 });
      const exclusiveTags = ['admits', 'refuses'];
      const sound = expectSound(machine, { input, events, key, exclusiveTags });
      expect(sound.length).toBeGreaterThan(500);
    }
  });

  it('refuses exactly when it is open or isolated', () =>
    always(({ to }) => to.hasTag('refuses') === (to.value === 'open' || to.value === 'isolated')));

  it('never holds as many readings as trip it while closed, and keeps them in a row', () =>
    always(({ to: { value, context } }) => {
      const { confirmations, settings: drawn } = context;
      const inARow = confirmations.every((one) => isBreach(drawn, one.measured, one.limit));
      return inARow && (value !== 'closed' || confirmations.length < drawn.confirmationCount);
    }));

  it('trips exactly by so many readings in a row, in a dry run too', () =>
    always((edge) => {
      const { from, to } = edge;
      if (!phaseOf(from).endsWith('closed') || 'by' in edge.event) return true;
      if (edge.event.type === 'ORDER_EXPIRED') return true;
      const { confirmationCount } = from.context.settings;
      const confirmed = confirmationsAfter(argsOf(edge)).length >= confirmationCount;
      return phaseOf(to).endsWith('open') === confirmed;
    }));

  it('opens with evidence that trips again', () =>
    always((edge) => {
      if (!isEntered(edge, 'open') || !phaseOf(edge.from).endsWith('closed')) return true;
      const { evidence, latchedBy, settings: drawn } = edge.to.context;
      if ('by' in edge.event || edge.event.type === 'ORDER_EXPIRED') return evidence === latchedBy;
      return (
        evidence?.kind === 'signal' &&
        evidence.confirmations.length === drawn.confirmationCount &&
        evidence.confirmations.every(({ measured, limit }) => isBreach(drawn, measured, limit))
      );
    }));

  it('is not closed, and not half open, once it has latched, but by a reset that names it', () =>
    always((edge) => {
      const { from, to } = edge;
      if (to.context.latchedBy) return to.value !== 'closed' && to.value !== 'halfOpen';
      return !from.context.latchedBy || (isScopedReset(edge) && to.value === 'closed');
    }));

  it('latches whenever it opens and its settings say so', () =>
    always(({ to: { value, context } }) => {
      return value !== 'open' || (context.latchedBy !== null) === context.settings.latch;
    }));

  it('measures from the last sample on after a reset', () =>
    always((edge) => {
      if (!isScopedReset(edge)) return true;
      const { context, value } = edge.to;
      const reference = referenceOf(context.gauge);
      const last = edge.from.context.value;
      const isFresh = context.confirmations.length === 0 && value === 'closed';
      const { kind } = context.settings;
      if (kind === 'loss') return isFresh && reference === (last ?? 0);
      // A new account begins above 0: of one that is lost no peak is left.
      const peak = last !== null && last > 0 ? last : null;
      return isFresh && (kind !== 'drawdown' || reference === peak);
    }));

  it('is changed by no bad sample, and by no reset that names something else', () =>
    always((edge) => {
      const { from, event, to } = edge;
      const isBad = flawOf(argsOf(edge)) !== null;
      if (!isBad && (event.type !== 'RESET' || isScopedReset(edge))) return true;
      const counted = to.context.rejectedCount - from.context.rejectedCount;
      return key(from) === key(to) && counted === (isBad ? 1 : 0);
    }));

  it('never lets its limit out of the envelope, nor move it without one', () =>
    always(({ to: { context } }) => {
      const drawn = context.settings;
      const rule = 'adaptive' in drawn ? drawn.adaptive : undefined;
      const { limit } = context.threshold;
      return rule ? limit >= rule.limitMin && limit <= rule.limitMax : limit === drawn.limit;
    }));

  it('closes by probes exactly when enough were within the limit', () =>
    always((edge) => {
      const { from, to } = edge;
      if (!phaseOf(from).endsWith('halfOpen') || 'by' in edge.event) return true;
      if (edge.event.type === 'ORDER_EXPIRED') return true;
      const { probeSuccessCount } = probesAfter(argsOf(edge));
      const isPassed =
        probeSuccessCount > from.context.probeSuccessCount &&
        isPassCertain(from.context.settings, probeSuccessCount);
      return phaseOf(to).endsWith('closed') === isPassed;
    }));

  it('leaves open only by its delay, a reset that names it, or another order', () =>
    always((edge) => {
      const { from, event, to } = edge;
      if (from.value !== 'open' || to.value === 'open') return true;
      if ('by' in event) return event.type !== 'RESET' || isScopedReset(edge);
      return (event.type as string).startsWith('xstate.after.') && to.value === 'halfOpen';
    }));

  it('asks others for a restriction from its opening to its end, and never in a dry run', () =>
    always(({ to }) => {
      const isRestricted = ['open', 'isolated', 'halfOpen'].includes(String(to.value));
      return (to.context.asked !== null) === isRestricted;
    }));

  it('says who ordered it exactly while it is held by an order', () =>
    always(({ to: { value, context } }) => {
      const isHeld = ['isolated', 'disabled'].includes(String(value)) || typeof value !== 'string';
      return (context.order !== null) === isHeld;
    }));
});

/** A life of the chart alone: the states after each event. */
function lifeOf(given: Parameters<typeof signalInput>[0], sent: readonly SignalBreakerEvent[]) {
  let [snapshot] = initialTransition(machine, signalInput(given));
  return sent.map((event) => {
    [snapshot] = transition(machine, snapshot, event);
    return snapshot;
  });
}

const sampled = (values: readonly number[]): SignalBreakerEvent[] =>
  values.flatMap((value, i) => [
    { type: 'SIGNAL_SAMPLED', at: i * 10, value },
    { type: 'LOOK_DUE', at: i * 10 + 9 },
  ]);

const wild = fc.oneof(
  fc.double(),
  fc.double({ min: 0, max: 1_000 }),
  fc.constantFrom(0, -0, 1e308, -1e308, 5e-324, Number.NaN, Number.POSITIVE_INFINITY),
);

describe('a breaker on a signal, whatever it is told', () => {
  it('keeps an adaptive limit inside its envelope', () => {
    const rule = fc.record({
      limitMin: fc.double({ min: 1, max: 10, noNaN: true }),
      width: fc.double({ min: 0, max: 1e6, noNaN: true }),
      factor: fc.double({ min: 0.001, max: 1_000, noNaN: true }),
      halfLifeCount: fc.integer({ min: 1, max: 5 }),
      cooldownMs: fc.integer({ min: 0, max: 30 }),
    });
    fc.assert(
      fc.property(rule, fc.array(wild, { maxLength: 60 }), ({ width, ...drawn }, values) => {
        const { limitMin } = drawn;
        const limitMax = limitMin + width;
        const given = { ...drawn, limitMax, moveRatioMin: 0 };
        const life = lifeOf(
          { kind: 'gauge', limit: limitMin, latch: false, openDurationMs: 1, adaptive: given },
          sampled(values),
        );
        for (const { context } of life) {
          expect(context.threshold.limit).toBeGreaterThanOrEqual(limitMin);
          expect(context.threshold.limit).toBeLessThanOrEqual(limitMax);
        }
      }),
      { numRuns: full ? 400 : 60 },
    );
  });

  /** Calm readings of each signal; between two of them time goes on. */
  const calm: [Parameters<typeof signalInput>[0], fc.Arbitrary<number>][] = [
    [{ kind: 'drawdown', limit: 0.04 }, fc.double({ min: 99, max: 100.9, noNaN: true })],
    [{ kind: 'loss', limit: 10 }, fc.double({ min: -9, max: 9, noNaN: true })],
    [{ kind: 'gauge', limit: 10 }, fc.double({ min: -9, max: 9, noNaN: true })],
    [{ kind: 'latency', limit: 10, size: 5, quantile: 0.7 }, fc.double({ min: 0, max: 9 })],
    [{ kind: 'rate', limit: 10, durationMs: 10 }, fc.double({ min: 0, max: 9 })],
    [{ kind: 'connection', silenceMs: 100 }, fc.constant(1)],
    [
      { kind: 'volatility', windowCount: 6, historyCount: 4, historyCountMin: 1, limit: 9 },
      fc.constantFrom(100, 101, 100.5, 101.5),
    ],
  ];

  it.each(calm)('is never tripped by one bad tick: %j', (given, values) => {
    const series = fc.array(values, { minLength: 12, maxLength: 30 });
    fc.assert(
      fc.property(series, fc.nat(), wild, (quiet, index, tick) => {
        const place = 1 + (index % (quiet.length - 1));
        const spoilt = [...quiet.slice(0, place), tick, ...quiet.slice(place)];
        const states = lifeOf(given, sampled(spoilt)).map(({ value }) => value);
        expect(new Set(states)).toEqual(new Set(['closed']));
      }),
      { numRuns: full ? 400 : 60 },
    );
  });
});
