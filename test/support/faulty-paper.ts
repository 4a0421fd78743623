/** Settings of a paper host that meets every fault within a short run. */
import type { SettingsInput } from '../../config/settings.ts';

export const faultyPaper = {
  strategy: { fastBarCount: 3, slowBarCount: 8, thresholdBasisPoints: 1 },
  broker: {
    faults: {
      outageEveryMs: 14_400_000,
      outageDurationMs: 1_200_000,
      errorRatio: 0.02,
      hangRatio: 0.02,
      resetRatio: 0.02,
      partialFillRatio: 0.1,
      rejectedLoginRatio: 0.01,
    },
  },
  market: { gapEveryBarCount: 300, gapBarCount: 12 },
  // Each rehearsal runs the whole run again, and these runs are many.
  secr: { rehearsalEntryCountMax: 0 },
} satisfies SettingsInput['paper'];

export const faulty: SettingsInput = { paper: faultyPaper };
