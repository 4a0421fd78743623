/** Settings of what the paper host reports of its own health: gauges, their limits and weights. */
import { z } from 'zod';
import { count, milliseconds, ratio } from './units.ts';

const hourMs = 3_600_000;

interface Defaults {
  readonly weight: number;
  readonly critical?: boolean;
  readonly everyMs?: number;
}

/** What all gauges have; each adds its limit. */
const gaugeShape = ({ weight, critical = false, everyMs = hourMs }: Defaults) => ({
  everyMs: milliseconds(1_000)
    .default(everyMs)
    .describe('While it goes on passing or failing, it is reported this often.'),
  weight: z.number().gt(0).max(1_000).default(weight).describe('Its share in the score.'),
  critical: z
    .boolean()
    .default(critical)
    .describe('Whether the host cannot do its work without it.'),
  failureCountMax: count(1, 1_000)
    .default(3)
    .describe('Values above the limit in a row after which it is down.'),
});

export const paperHealthSettingsSchema = z.strictObject({
  changeEveryMs: milliseconds(1_000)
    .default(60_000)
    .describe(
      'A gauge that begins or ends to fail is reported `failureCountMax` times this often.',
    ),
  broker: z
    .strictObject({
      max: milliseconds().default(60_000).describe('It may be unusable for this long.'),
      ...gaugeShape({ weight: 4, critical: true }),
    })
    .prefault({})
    .describe('How long the session has been without a working broker, ms.'),
  // Its silence stops openings by itself, and two critical ones down start the emergency plan.
  feed: z
    .strictObject({
      max: milliseconds().default(300_000).describe('It may be silent for this long.'),
      ...gaugeShape({ weight: 3 }),
    })
    .prefault({})
    .describe('How long no bar has come, ms.'),
  orderLatency: z
    .strictObject({
      max: milliseconds().default(5_000).describe('An order may take this long.'),
      windowMs: milliseconds(1_000).default(900_000).describe('For this long an order counts.'),
      ...gaugeShape({ weight: 1 }),
    })
    .prefault({})
    .describe('From the sending of an order to its fill, the slowest one, ms; 0 without orders.'),
  drawdown: z
    .strictObject({
      max: ratio().default(0.1).describe('The equity may fall this far.'),
      ...gaugeShape({ weight: 2, everyMs: hourMs / 4 }),
    })
    .prefault({})
    .describe('How far the equity is below its peak, as a share of it; looked at when reported.'),
});

/** What the paper host reports of its health, defaults filled in. */
export type PaperHealthSettings = z.output<typeof paperHealthSettingsSchema>;
