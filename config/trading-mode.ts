/** Settings of the trading mode. */
import { z } from 'zod';

export const tradingModeSettingsSchema = z
  .strictObject({
    reconcileAtStart: z
      .boolean()
      .default(true)
      .describe(
        'Whether nothing opens after a start until position and working orders were compared ' +
          'with the broker. After a restart of the process too.',
      ),
  })
  .describe('Trading mode: open, reduce only, halted, reconciling.');

/** Complete settings. */
export type TradingModeSettings = z.output<typeof tradingModeSettingsSchema>;

/** What a user may write: everything is optional. */
export type TradingModeSettingsInput = z.input<typeof tradingModeSettingsSchema>;
