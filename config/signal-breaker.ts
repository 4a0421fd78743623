/** Settings of breakers on signals: what is measured, which limit trips, how they open and end. */
import { z } from 'zod';
import { openBackoffSchema } from './circuit-breaker.ts';
import { count, milliseconds, ratio } from './units.ts';

/** What a kind does unless it is told otherwise. */
interface Preset {
  readonly latch: boolean;
  readonly whenOpen: 'alert' | 'reduceOnly' | 'halt';
  readonly openDurationMs?: number;
  /** Longest open time. */
  readonly maxMs?: number;
}

const common = ({ latch, whenOpen, openDurationMs = 60_000, maxMs = 600_000 }: Preset) => ({
  confirmationCount: count(1, 100)
    .default(3)
    .describe('Readings in a row at the limit or beyond that trip it: one bad tick never does.'),
  latch: z
    .boolean()
    .default(latch)
    .describe('Stays open until a reset that names it; otherwise it tries again by itself.'),
  openDurationMs: milliseconds(1)
    .default(openDurationMs)
    .describe('Time from a trip to the first probe. Without meaning while it latches.'),
  openBackoff: openBackoffSchema
    .prefault({ maxMs })
    .describe('How the open time grows while the probes keep failing.'),
  probeCount: count(1, 1_000)
    .default(3)
    .describe('Readings that a half-open breaker judges to close or to open again.'),
  probeSuccessRatioMin: ratio(0.01)
    .default(1)
    .describe('Share of the probes that has to be within the limit for it to close.'),
  whenOpen: z
    .enum(['alert', 'reduceOnly', 'halt'])
    .default(whenOpen)
    .describe(
      'What follows until it closes: an alert; an alert, and orders may only reduce; an alert, ' +
        'and trading is halted.',
    ),
});

const trips = z
  .enum(['above', 'below'])
  .default('above')
  .describe('The side of the limit, itself included, on which a reading counts against it.');

/** A limit that follows what is usual. */
const adaptiveSchema = z
  .strictObject({
    limitMin: z.number().describe('The limit never falls below this.'),
    limitMax: z.number().describe('The limit never rises above this.'),
    factor: z
      .number()
      .gt(0)
      .max(1_000)
      .default(3)
      .describe('The limit, as a multiple of the baseline: the usual reading.'),
    halfLifeCount: count(1, 1_000_000)
      .default(100)
      .describe(
        'Readings within the limit after which an older one counts half in the baseline; before ' +
          'the first so many nothing moves.',
      ),
    moveRatioMin: ratio().default(0.05).describe('Smaller moves of the limit are not made.'),
    cooldownMs: milliseconds()
      .default(60_000)
      .describe('Least time between two moves; doubled by each trip, halved by each move.'),
    cooldownMaxMs: milliseconds()
      .default(3_600_000)
      .describe('The time between two moves never grows beyond this.'),
  })
  .optional()
  .describe('Lets the limit follow the baseline inside an envelope. Left out: it stays.');

const kind = <K extends string>(name: K, meaning: string) => z.literal(name).describe(meaning);

const connectionSchema = z.strictObject({
  kind: kind('connection', 'samples 1 (heard) and 0 (failed); reads misses in a row.'),
  limit: count(1, 1_000_000)
    .default(1)
    .describe('Misses in a row from which on each further one counts against it.'),
  silenceMs: milliseconds(1)
    .default(30_000)
    .describe('No sample for this long is a miss, and again for as long.'),
  ...common({ latch: false, whenOpen: 'reduceOnly' }),
});

const latencySchema = z.strictObject({
  kind: kind(
    'latency',
    'samples durations; reads a quantile of the newest, once there are enough.',
  ),
  limit: z.number().gt(0).default(1_000).describe('Duration in ms that counts against it.'),
  size: count(2, 1_000).default(100).describe('Newest samples that are judged together.'),
  quantile: ratio()
    .default(0.95)
    .describe('Share of them that is faster. At least one sample must be left above it.'),
  adaptive: adaptiveSchema,
  ...common({ latch: false, whenOpen: 'alert' }),
});

const rateSchema = z.strictObject({
  kind: kind('rate', 'samples numbers of happenings; reads their sum at the end of each period.'),
  limit: z.number().min(0).default(100).describe('Happenings in a period that count against it.'),
  durationMs: milliseconds(1).default(10_000).describe('Length of a period.'),
  trips,
  adaptive: adaptiveSchema,
  ...common({ latch: false, whenOpen: 'alert' }),
});

const lossSchema = z.strictObject({
  kind: kind('loss', 'samples profit and loss; reads what was lost since the start or a reset.'),
  limit: z.number().gt(0).default(1_000).describe("Loss in the account's money that trips it."),
  ...common({ latch: true, whenOpen: 'halt' }),
});

const drawdownSchema = z.strictObject({
  kind: kind('drawdown', 'samples equity; reads the share lost since its peak, or since a reset.'),
  limit: ratio(0.0001).default(0.04).describe('Drawdown that trips it.'),
  ...common({ latch: true, whenOpen: 'halt' }),
});

const volatilitySchema = z.strictObject({
  kind: kind('volatility', 'samples prices; reads realised volatility as a multiple of the usual.'),
  limit: z
    .number()
    .gt(1)
    .max(1_000)
    .default(5)
    .describe('Multiple of the usual volatility that counts against it.'),
  windowCount: count(4, 1_000)
    .default(20)
    .describe(
      'Newest returns that are measured; the two largest, as of one bad tick, are left out.',
    ),
  historyCount: count(2, 10_000)
    .default(500)
    .describe('Earlier windows, side by side, whose median is the usual volatility.'),
  historyCountMin: count(1, 10_000)
    .default(72)
    .describe('With fewer windows nothing is usual yet, and nothing is judged.'),
  adaptive: adaptiveSchema,
  ...common({
    latch: false,
    whenOpen: 'reduceOnly',
    openDurationMs: 900_000,
    maxMs: 7_200_000,
  }),
});

const gaugeSchema = z.strictObject({
  kind: kind('gauge', 'reads each sample as it is: a temperature, a queue.'),
  limit: z.number().describe('Value that counts against it.'),
  trips,
  adaptive: adaptiveSchema,
  ...common({ latch: false, whenOpen: 'alert' }),
});

/** A kind with its defaults is a preset: `{ kind: 'drawdown' }` says all that has to be said. */
export const signalBreakerSettingsSchema = z
  .discriminatedUnion('kind', [
    connectionSchema,
    latencySchema,
    rateSchema,
    lossSchema,
    drawdownSchema,
    volatilitySchema,
    gaugeSchema,
  ])
  .check(({ value, issues }) => {
    const add = (path: string[], input: unknown, message: string) =>
      issues.push({ code: 'custom', input, path, message });
    const { openDurationMs } = value;
    const { maxMs } = value.openBackoff;
    if (maxMs < openDurationMs) {
      const message = `Must be at least openDurationMs (${openDurationMs}), got ${maxMs}.`;
      add(['openBackoff', 'maxMs'], maxMs, message);
    }
    if (value.kind === 'latency' && Math.ceil(value.quantile * value.size) >= value.size) {
      const { size, quantile } = value;
      const message = `Must leave at least one of ${size} samples above, got ${quantile}.`;
      add(['quantile'], quantile, message);
    }
    if (value.kind === 'volatility' && value.historyCountMin > value.historyCount) {
      const { historyCount, historyCountMin } = value;
      const message = `Must be at most historyCount (${historyCount}), got ${historyCountMin}.`;
      add(['historyCountMin'], historyCountMin, message);
    }
    const adaptive = 'adaptive' in value ? value.adaptive : undefined;
    if (!adaptive) return;
    const { limitMin, limitMax, cooldownMs, cooldownMaxMs } = adaptive;
    const { limit } = value;
    if (limit < limitMin || limit > limitMax) {
      const message = `Must lie in the envelope from ${limitMin} to ${limitMax}, got ${limit}.`;
      add(['limit'], limit, message);
    }
    if (cooldownMaxMs < cooldownMs) {
      const message = `Must be at least cooldownMs (${cooldownMs}), got ${cooldownMaxMs}.`;
      add(['adaptive', 'cooldownMaxMs'], cooldownMaxMs, message);
    }
  })
  .describe('A breaker on a signal.');

/** Complete settings, as a breaker lives by them. */
export type SignalBreakerSettings = z.output<typeof signalBreakerSettingsSchema>;

/** Settings as people write them: whatever is left out takes the default of its kind. */
export type SignalBreakerSettingsInput = z.input<typeof signalBreakerSettingsSchema>;

/** What can be measured; each is a preset. `gauge` alone has to be told its limit. */
export type SignalKind = SignalBreakerSettings['kind'];

/** How a limit follows the baseline. */
export type AdaptiveSettings = NonNullable<z.output<typeof adaptiveSchema>>;
