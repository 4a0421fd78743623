/** Looks into zod schemas: what a setting allows, and which schema lies at a path. */
import { z } from 'zod';

/** A schema without its wrappers, and what the wrappers said. */
export interface Unwrapped {
  readonly core: z.ZodType;
  /** May be left out. */
  readonly optional: boolean;
  readonly unit: string | undefined;
  readonly meaning: string | undefined;
}

/** Takes off `default`, `optional` and the like; the outermost unit and description win. */
export function unwrap(schema: z.ZodType): Unwrapped {
  let core = schema;
  let optional = false;
  let unit: string | undefined;
  let meaning: string | undefined;
  for (;;) {
    const meta = core.meta();
    unit ??= typeof meta?.unit === 'string' ? meta.unit : undefined;
    meaning ??= meta?.description;
    if (core instanceof z.ZodDefault || core instanceof z.ZodPrefault) {
      optional = true;
    } else if (core instanceof z.ZodOptional) {
      optional = true;
    } else if (!(core instanceof z.ZodReadonly || core instanceof z.ZodNullable)) {
      return { core, optional, unit, meaning };
    }
    core = core.def.innerType as z.ZodType;
  }
}

export const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Own property only: a setting named `constructor` is not everybody's. */
export const own = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;

/** The name that tells the variants of a union apart, as in `kind`. */
export const discriminatorOf = (core: z.ZodType): string | undefined =>
  core instanceof z.ZodDiscriminatedUnion ? core.def.discriminator : undefined;

/** The variants of a discriminated union with the value of their discriminator. */
export function variantsOf(
  core: z.ZodType,
): { readonly name: string; readonly schema: z.ZodObject }[] {
  if (!(core instanceof z.ZodDiscriminatedUnion)) return [];
  const key = core.def.discriminator;
  return core.options.flatMap((option) => {
    const schema = unwrap(option as z.ZodType).core;
    if (!(schema instanceof z.ZodObject)) return [];
    const tag = unwrap(schema.shape[key] as z.ZodType).core;
    return [...literalsOf(tag)].map((name) => ({ name: String(name), schema }));
  });
}

/** The variant that a value says it is. */
export const variantOf = (core: z.ZodType, value: unknown): z.ZodObject | undefined => {
  const tag = own(value, discriminatorOf(core) ?? '');
  return variantsOf(core).find(({ name }) => name === tag)?.schema;
};

/** The fixed values that a literal or an enum allows. */
export function literalsOf(core: z.ZodType): readonly unknown[] {
  if (core instanceof z.ZodLiteral) return core.def.values;
  if (core instanceof z.ZodEnum) return core.options;
  return [];
}

/** The names that a mapping may have; `undefined` when it takes any name, or is no mapping. */
export function keysOf(schema: z.ZodType, value: unknown): readonly string[] | undefined {
  const { core } = unwrap(schema);
  if (core instanceof z.ZodObject) return Object.keys(core.shape);
  if (!(core instanceof z.ZodDiscriminatedUnion)) return undefined;
  const variant = variantOf(core, value);
  if (variant) return Object.keys(variant.shape);
  return [...new Set(variantsOf(core).flatMap(({ schema }) => Object.keys(schema.shape)))];
}

/**
 * The schema one step below. A union goes by the variant that `value` says it is; when it says
 * none, by the first variant that has the key.
 */
export function childOf(schema: z.ZodType, key: string, value?: unknown): z.ZodType | undefined {
  const { core } = unwrap(schema);
  if (core instanceof z.ZodObject) return own(core.shape, key) as z.ZodType | undefined;
  if (core instanceof z.ZodRecord) return core.def.valueType as z.ZodType;
  if (core instanceof z.ZodArray) return core.def.element as z.ZodType;
  const variant =
    variantOf(core, value) ??
    variantsOf(core).find(({ schema: candidate }) => Object.hasOwn(candidate.shape, key))?.schema;
  return variant && childOf(variant, key);
}

/** The schema and the value at a path, as far as the schema goes. */
export function lookUp(
  schema: z.ZodType,
  value: unknown,
  path: readonly string[],
): { readonly schema: z.ZodType | undefined; readonly value: unknown } {
  let here: z.ZodType | undefined = schema;
  let there = value;
  for (const key of path) {
    here = here && childOf(here, key, there);
    there = own(there, key);
  }
  return { schema: here, value: there };
}
