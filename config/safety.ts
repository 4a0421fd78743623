/** Settings of the safety manager, of its emergency plan, and of order sizes in trouble. */
import { z } from 'zod';
import { count, milliseconds, ratio, score } from './units.ts';

/** The whole plan has to end within this real time, ms. */
export const planLimitMs = 5_000;

const step = (timeoutMs: number, retryCount: number, what: string) =>
  z
    .strictObject({
      timeoutMs: milliseconds(1, planLimitMs)
        .default(timeoutMs)
        .describe('A try without an outcome for this long has failed.'),
      retryCount: count(0, 10).default(retryCount).describe('Tries after the first one.'),
    })
    .prefault({})
    .describe(what);

type Step = { readonly timeoutMs: number; readonly retryCount: number };

/** The longest that a step can take: its tries, and its fallback where it has one, ms. */
const lengthOf = ({ timeoutMs, retryCount }: Step, fallbackCount: 0 | 1): number =>
  timeoutMs * (1 + retryCount + fallbackCount);

export const planSettingsSchema = z
  .strictObject({
    cancelOrders: step(400, 1, 'Cancels working orders; at last those that the host knows of.'),
    reducePosition: step(500, 1, 'Closes the position; at last the one that the host knows of.'),
    flush: step(500, 0, 'Brings the journal to the disk.'),
    stopTree: step(800, 0, 'Stops the trading tree.'),
  })
  .check(({ value, issues }) => {
    const { cancelOrders, reducePosition, flush, stopTree } = value;
    const wholeMs =
      lengthOf(cancelOrders, 1) +
      lengthOf(reducePosition, 1) +
      lengthOf(flush, 0) +
      lengthOf(stopTree, 0);
    if (wholeMs < planLimitMs) return;
    issues.push({
      code: 'custom',
      input: value,
      path: [],
      message: `All tries and fallbacks must end within ${planLimitMs} ms, got ${wholeMs} ms.`,
    });
  });

export const safetySettingsSchema = z
  .strictObject({
    degradedScore: score().default(80).describe('Below this score the system is degraded.'),
    criticalScore: score().default(50).describe('Below this score the system is critical.'),
    emergencyScore: score().default(30).describe('Below this score it is an emergency.'),
    emergencyDownCount: count(1, 1_000)
      .default(2)
      .describe('As many critical components down at once are an emergency; one is critical.'),
    dwellMs: milliseconds()
      .default(60_000)
      .describe('The state gets better only after the evidence was better for this long.'),
    confirmCount: count(1, 100)
      .default(3)
      .describe('Reports in a row by which one source alone starts an emergency.'),
    confirmSourceCount: count(1, 100)
      .default(2)
      .describe('As many sources together start it without further reports.'),
    confirmWithinMs: milliseconds(1)
      .default(60_000)
      .describe('A report that is older than this confirms nothing.'),
    healthSilentMs: milliseconds(1)
      .default(30_000)
      .describe('Health that was reported once and then not for this long is critical.'),
    orderRatio: z
      .strictObject({
        degraded: ratio().default(0.5).describe('While degraded.'),
        critical: ratio().default(0).describe('While critical.'),
      })
      .prefault({})
      .describe('Largest share of its size that an opening order keeps. In an emergency: 0.'),
    plan: planSettingsSchema.prefault({}).describe('The emergency plan, step by step.'),
  })
  .check(({ value, issues }) => {
    const { degradedScore, criticalScore, emergencyScore } = value;
    if (emergencyScore <= criticalScore && criticalScore <= degradedScore) return;
    issues.push({
      code: 'custom',
      input: value,
      path: ['emergencyScore'],
      message:
        'Must be emergencyScore <= criticalScore <= degradedScore, got ' +
        `${emergencyScore}, ${criticalScore}, ${degradedScore}.`,
    });
  });

/** Every setting of the safety manager, defaults filled in. */
export type SafetySettings = z.output<typeof safetySettingsSchema>;

/** What a user may write: everything is optional. */
export type SafetySettingsInput = z.input<typeof safetySettingsSchema>;
