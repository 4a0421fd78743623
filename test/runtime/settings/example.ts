/** A schema with one of everything, and values for any schema: for the tests of this folder. */
import fc from 'fast-check';
import { z } from 'zod';
import { count, milliseconds, ratio } from '../../../config/units.ts';
import { childOf, literalsOf, unwrap, variantsOf } from '../../../runtime/settings/schema.ts';

const windowSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('count').describe('The last calls.'),
      size: count(1, 100).default(10).describe('Calls in the window.'),
    }),
    z.strictObject({
      kind: z.literal('time').describe('The last while.'),
      durationMs: milliseconds(1, 1_000),
      bucketCount: count(1, 10).default(5),
    }),
  ])
  .default({ kind: 'count', size: 10 })
  .describe('What is judged.');

const partSchema = z
  .strictObject({
    window: windowSchema,
    lowMs: milliseconds(0, 100).default(10).describe('Lowest | first.'),
    highMs: milliseconds(0, 100).default(20),
    note: z.string().max(8).optional(),
  })
  .refine((part) => part.lowMs <= part.highMs, {
    path: ['highMs'],
    message: 'must not be below lowMs',
  });

export const exampleSchema = z.strictObject({
  broker: partSchema.prefault({}),
  parts: z.record(z.string().min(1).max(12), partSchema).default({}),
  login: z
    .strictObject({ user: z.string().default('nobody'), apiKey: z.string().min(3).default('none') })
    .prefault({}),
  mode: z.enum(['fast', 'safe']).default('safe'),
  isOpen: z.boolean().default(true),
  share: ratio().default(0.5),
  levels: z.array(ratio()).max(3).default([0.1, 0.2]),
});

export type Example = z.output<typeof exampleSchema>;

/** How often properties run. */
export const runs = { numRuns: process.env.KINTSUGI_RUNS === 'full' ? 2_000 : 100 };

/** Any value that a schema allows, but for its rules over several settings. */
export function anyOf(schema: z.ZodType): fc.Arbitrary<unknown> {
  const { core, optional } = unwrap(schema);
  const value = coreValue(core);
  return optional && !(core instanceof z.ZodObject) ? fc.option(value, { nil: undefined }) : value;
}

function coreValue(core: z.ZodType): fc.Arbitrary<unknown> {
  if (literalsOf(core).length > 0) return fc.constantFrom(...literalsOf(core));
  if (core instanceof z.ZodBoolean) return fc.boolean();
  if (core instanceof z.ZodNumber) return numberOf(core);
  if (core.def.type === 'string') {
    return fc.string({ minLength: 3, maxLength: 8, unit: 'grapheme-ascii' });
  }
  if (core instanceof z.ZodArray)
    return fc.array(coreValue(core.element as z.ZodType), { maxLength: 3 });
  if (core instanceof z.ZodRecord) {
    const name = fc.string({ minLength: 1, maxLength: 12 }).filter((key) => key !== '__proto__');
    return fc.dictionary(name, anyOf(core.def.valueType as z.ZodType), { maxKeys: 3 });
  }
  const variants = variantsOf(core);
  if (variants.length > 0) return fc.oneof(...variants.map(({ schema }) => coreValue(schema)));
  const shape = (core as z.ZodObject).shape;
  return fc.record(
    Object.fromEntries(Object.keys(shape).map((key) => [key, anyOf(childOf(core, key)!)])),
  );
}

const numberOf = (core: z.ZodNumber): fc.Arbitrary<number> => {
  const low = core.minValue ?? -1e6;
  const high = core.maxValue ?? 1e6;
  return core.format === 'safeint'
    ? fc.integer({ min: low, max: high })
    : fc.double({ min: low, max: high, noNaN: true }).map((value) => value + 0);
};

/** Complete settings of the example. */
export const examples: fc.Arbitrary<Example> = anyOf(exampleSchema)
  .map((value) => exampleSchema.safeParse(value))
  .filter((result) => result.success)
  .map((result) => result.data!);
