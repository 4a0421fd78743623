/** One resolver: the change of settings that it proposes for a kind of failure; and envelopes. */
import { z } from 'zod';
import { type FailureGroup, failureGroups, failureSubgroups } from './secr-taxonomy.ts';

/**
 * Groups of settings that no resolver may touch: what keeps people and money safe, and the rules
 * that patches are judged by.
 */
const untouchable = /^\/(?:secr|safety|alerts|posture|tradingMode|degradation|journal|log)(?:\/|$)/;

/** JSON pointer of one setting; `*` stands for a name. */
const keySchema = z
  .string()
  .max(256)
  .regex(/^(?:\/[^/~]+)+$/, 'must be a JSON pointer to one setting')
  .refine((key) => !untouchable.test(key), 'names a setting that only people may change');

export const settingEnvelopeSchema = z
  .strictObject({
    min: z.number().describe('The least value.'),
    max: z.number().describe('The greatest value.'),
    step: z.number().gt(0).default(1).describe('Values are multiples of this.'),
  })
  .refine(({ min, max }) => min <= max, { path: ['max'], message: 'must not be below min' })
  .describe('How far a setting may be moved without a person.');

const changeSchema = z
  .strictObject({
    key: keySchema.describe('JSON pointer of the setting; `*` is the target of the failure.'),
    by: z
      .enum(['scale', 'add', 'set', 'moveFrom'])
      .describe(
        '`scale` multiplies by `amount`, `add` adds it, `set` sets it, `moveFrom` takes it from ' +
          'the setting `from` and adds it here.',
      ),
    amount: z.number().describe('By how much.'),
    from: keySchema.optional().describe('The setting that gives. Only for `moveFrom`.'),
  })
  .refine(({ by, from }) => (by === 'moveFrom') === (from !== undefined), {
    path: ['from'],
    message: 'belongs to moveFrom, and moveFrom needs it',
  });

const groups = failureGroups as [FailureGroup, ...FailureGroup[]];

export const resolverSchema = z
  .strictObject({
    group: z.enum(groups).describe('Group of failures that it answers.'),
    subgroup: z
      .enum(failureSubgroups as [string, ...string[]])
      .optional()
      .describe('Subgroup that it answers. Not set: all of the group inherit it.'),
    meaning: z.string().min(1).max(200).describe('What it does, in words.'),
    changes: z.array(changeSchema).min(1).max(8).describe('What it changes.'),
    enabled: z.boolean().default(true).describe('Whether it is used.'),
  })
  .describe('A resolver.');

export { keySchema as settingKeySchema };

/** How far a setting may be moved. */
export type SettingEnvelope = z.output<typeof settingEnvelopeSchema>;

export type ResolverChange = z.output<typeof changeSchema>;

/** A resolver, its defaults filled in. */
export type Resolver = z.output<typeof resolverSchema>;
