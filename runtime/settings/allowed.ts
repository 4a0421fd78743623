/** Says in words what a setting allows. */
import { z } from 'zod';
import { discriminatorOf, literalsOf, unwrap, variantsOf } from './schema.ts';

const isBound = (limit: number | null | undefined): limit is number =>
  typeof limit === 'number' && Math.abs(limit) < Number.MAX_SAFE_INTEGER;

/** As in `from 1 to 60000`; '' without bounds. Bounds that cannot be reached as well say so. */
function range(low: number | null | undefined, high: number | null | undefined): string {
  if (isBound(low) && isBound(high)) return `from ${low} to ${high}`;
  if (isBound(low)) return `${low} or more`;
  return isBound(high) ? `${high} or less` : '';
}

function numberWords(core: z.ZodNumber): string {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = core._zod.bag;
  const open = [
    isBound(exclusiveMinimum) ? `above ${exclusiveMinimum}` : '',
    isBound(exclusiveMaximum) ? `below ${exclusiveMaximum}` : '',
  ];
  const noun = core.isInt || core.format === 'safeint' ? 'a whole number' : 'a number';
  return [noun, range(minimum, maximum), ...open].filter(Boolean).join(' ');
}

/** Formats, as dates, are other classes of zod than plain texts; all of them say `string` here. */
export const isText = (core: z.ZodType): core is z.ZodString => core.def.type === 'string';

function textWords(core: z.ZodString): string {
  const { minLength: low, maxLength: high, format } = core;
  const size = low !== null && low === high ? `${low}` : range(low, high);
  const ending = size === '' ? '' : ` of ${size} characters`;
  if (format === 'datetime') return 'an ISO 8601 time in UTC, as "2024-01-01T00:00:00Z"';
  const pattern = format === 'regex' ? core._zod.bag.patterns : undefined;
  const matching = pattern ? ` matching ${[...pattern].join(' and ')}` : '';
  return `a text${ending}${matching || (format && format !== 'regex' ? ` (${format})` : '')}`;
}

/** Kind of value in one word or two, for the reference. */
export function typeName(schema: z.ZodType): string {
  const { core } = unwrap(schema);
  if (core instanceof z.ZodNumber)
    return core.isInt || core.format === 'safeint' ? 'integer' : 'number';
  if (core instanceof z.ZodBoolean) return 'boolean';
  if (isText(core)) return 'text';
  if (core instanceof z.ZodArray) return 'list';
  return literalsOf(core).length > 0 ? 'choice' : 'mapping';
}

const quoted = (values: readonly unknown[]): string =>
  values.map((value) => JSON.stringify(value) ?? String(value)).join(', ');

/** Everything that a setting allows, as in `a whole number from 0 to 10 (ms)`. */
export function allowedWords(schema: z.ZodType): string {
  const { core, unit } = unwrap(schema);
  const words = coreWords(core);
  return unit === undefined ? words : `${words} (${unit})`;
}

function coreWords(core: z.ZodType): string {
  const literals = literalsOf(core);
  if (literals.length === 1) return quoted(literals);
  if (literals.length > 1) return `one of ${quoted(literals)}`;
  if (core instanceof z.ZodNumber) return numberWords(core);
  if (isText(core)) return textWords(core);
  if (core instanceof z.ZodBoolean) return 'true or false';
  if (core instanceof z.ZodArray)
    return `a list, each ${allowedWords(core.def.element as z.ZodType)}`;
  const discriminator = discriminatorOf(core);
  if (discriminator !== undefined) {
    return `a mapping with ${discriminator} ${quoted(variantsOf(core).map(({ name }) => name))}`;
  }
  if (core instanceof z.ZodUnion) {
    return core.options.map((option) => allowedWords(option as z.ZodType)).join(', or ');
  }
  if (core instanceof z.ZodRecord) return 'a mapping of names';
  return core instanceof z.ZodObject ? 'a mapping' : `a value of type ${core.def.type}`;
}
