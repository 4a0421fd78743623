/**
 * Settings of SECR: when a failure is answered by a patch, how a patch is tried and judged, and
 * what it may never do.
 */
import { z } from 'zod';
import { resolverSchema, settingEnvelopeSchema, settingKeySchema } from './secr-resolver.ts';
import { count, milliseconds, ratio } from './units.ts';

const weight = (usual: number, meaning: string) =>
  z.number().min(0).max(1_000).default(usual).describe(meaning);

export const patchSettingsSchema = z
  .strictObject({
    canaryMs: milliseconds(1)
      .default(300_000)
      .describe('A patch is tried by a part of its change for this long.'),
    canaryRatio: ratio(0.01, 1)
      .default(0.5)
      .describe('The part of the change that is tried first.'),
    canaryBlindRatio: ratio(0.01, 1)
      .default(0.25)
      .describe('The same for a patch that no recent past could be rehearsed on.'),
    observationMs: milliseconds(1)
      .default(900_000)
      .describe('A patch that is wholly applied is observed for this long, and then judged.'),
    rehearsalMs: milliseconds(1)
      .default(60_000)
      .describe('A rehearsal without an outcome for this long says nothing.'),
    approvalMs: milliseconds(1)
      .default(86_400_000)
      .describe('A patch in quarantine that nobody approves for this long is rejected.'),
    tryCountMax: count(1, 100)
      .default(3)
      .describe('Tries of each step before a patch is rejected, or a rollback needs a person.'),
    retryMs: milliseconds(1)
      .default(60_000)
      .describe('A rollback that was refused is tried again after this.'),
    cooldownMs: milliseconds()
      .default(1_800_000)
      .describe('A setting is left alone for this long after a patch of it has ended.'),
  })
  .describe('The life of a patch.');

export const scoreSettingsSchema = z
  .strictObject({
    profitWeight: weight(1, 'Weight of the profit.'),
    latencyWeight: weight(1, 'Weight of the latency.'),
    errorWeight: weight(1, 'Weight of the share of errors.'),
    stabilityWeight: weight(1, 'Weight of the stability.'),
    recurrenceWeight: weight(2, 'Weight of how often the failure came again.'),
    keepScoreMin: z
      .number()
      .min(-1)
      .max(1)
      .default(0.02)
      .describe('From this composite score on (-1 to 1) a patch is kept.'),
    abortScoreMax: z
      .number()
      .min(-1)
      .max(1)
      .default(-0.3)
      .describe('At this composite score or below a patch is rolled back at once.'),
    sampleCountMin: count(1, 1_000)
      .default(3)
      .describe('Performance samples without which nothing is judged by them.'),
    baselineCount: count(1, 256)
      .default(20)
      .describe('Performance samples before a patch that it is compared with.'),
  })
  .describe('How the outcome of a patch is judged.');

export const budgetSettingsSchema = z
  .strictObject({
    activeCountMax: count(1, 16)
      .default(1)
      .describe('Patches at the same time. More than one confuses who caused what.'),
    keyCountMax: count(1, 8).default(3).describe('Settings that one patch may change.'),
    changeCountMax: count(1, 10_000)
      .default(12)
      .describe('Patches that may begin within `windowMs`.'),
    windowMs: milliseconds(1).default(86_400_000).describe('See `changeCountMax`.'),
    deviationMax: z
      .number()
      .gt(0)
      .max(1_000)
      .default(3)
      .describe(
        'How far all settings together may be from where they were found, in whole envelopes.',
      ),
  })
  .describe('Blast radius: how much may be changed without a person.');

export const learningSettingsSchema = z
  .strictObject({
    discountRatio: ratio(0.5, 1)
      .default(0.95)
      .describe('What each new verdict leaves of the older ones of its subgroup.'),
    rewardGain: z
      .number()
      .min(0.1)
      .max(100)
      .default(2)
      .describe('How much a composite score moves the reward away from one half.'),
    trustMin: ratio()
      .default(0.25)
      .describe('A resolver that is trusted less than this needs the approval of a person.'),
    verdictCountMin: count(1, 1_000)
      .default(3)
      .describe('Verdicts (discounted) without which nobody is distrusted.'),
  })
  .describe('What is learned from verdicts.');

export const adaptiveThresholdSettingsSchema = z
  .strictObject({
    initial: z.number().default(0.5).describe('Where the threshold begins.'),
    min: z.number().default(0.2).describe('The least threshold.'),
    max: z.number().default(0.9).describe('The greatest threshold.'),
    pressureGain: z
      .number()
      .min(0)
      .max(10)
      .default(0.2)
      .describe('How much the pressure of ENTROPY failures raises it.'),
    marketGain: z
      .number()
      .min(0)
      .max(10)
      .default(0.1)
      .describe('How much a wild market raises it: volatility up, volume down, momentum.'),
    feedbackGain: z
      .number()
      .min(0)
      .max(10)
      .default(0.1)
      .describe('How much profit lowers it, and loss raises it.'),
    stepMin: z.number().gt(0).default(0.01).describe('Smaller moves are not made.'),
    stepMax: z.number().gt(0).default(0.1).describe('No move is larger.'),
    cooldownMs: milliseconds()
      .default(300_000)
      .describe('Time between two moves: against swinging.'),
  })
  .refine(({ min, initial, max }) => min <= initial && initial <= max, {
    path: ['initial'],
    message: 'must lie between min and max',
  })
  .refine(({ stepMin, stepMax }) => stepMin <= stepMax, {
    path: ['stepMax'],
    message: 'must not be below stepMin',
  })
  .describe('The adaptive ICAP threshold.');

export const secrSettingsSchema = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Whether failures are answered by patches.'),
    halfLifeMs: milliseconds(1)
      .default(600_000)
      .describe('In this time the pressure of a failure falls to one half.'),
    actPressureMin: z
      .number()
      .min(0)
      .max(1_000)
      .default(1)
      .describe(
        'Pressure of a subgroup from which on it is answered by a patch: one failure of severity ' +
          '1, or several lesser ones that follow each other.',
      ),
    retentionCount: count(100, 100_000)
      .default(10_000)
      .describe('Failures that are remembered. Whole hundreds; counts from the next start on.'),
    trainingCount: count(1, 10_000)
      .default(500)
      .describe('Verdicts that are kept as training data.'),
    contextBytesMax: count(16, 65_536)
      .default(4_096)
      .describe('Longest context of a failure, as JSON.'),
    patch: patchSettingsSchema.prefault({}),
    score: scoreSettingsSchema.prefault({}),
    budget: budgetSettingsSchema.prefault({}),
    learning: learningSettingsSchema.prefault({}),
    threshold: adaptiveThresholdSettingsSchema.prefault({}),
    resolvers: z
      .record(z.string().regex(/^[A-Za-z][\w.-]{0,63}$/), resolverSchema)
      .default({})
      .describe('Own resolvers by name; the name of a built-in one replaces it.'),
    envelopes: z
      .record(settingKeySchema, settingEnvelopeSchema)
      .default({})
      .describe('Own envelopes by JSON pointer; they replace built-in ones.'),
  })
  .describe('SECR: answers failures by patches of settings, judges them, and learns.');

/** Complete settings. */
export type SecrSettings = z.output<typeof secrSettingsSchema>;
export type PatchSettings = SecrSettings['patch'];
export type ScoreSettings = SecrSettings['score'];
export type BudgetSettings = SecrSettings['budget'];
export type LearningSettings = SecrSettings['learning'];
export type AdaptiveThresholdSettings = SecrSettings['threshold'];

/** What a user may write: everything is optional. */
export type SecrSettingsInput = z.input<typeof secrSettingsSchema>;
