/** Says in words what a setting allows. */
import { z } from 'zod';
import { discriminatorOf, literalsOf, unwrap, variantsOf } from './schema.ts';

/** What a check of zod was given. Zod's own bag of these is empty once a schema was cloned. */
interface Check {
  readonly check: string;
  readonly value?: number;
  readonly inclusive?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: RegExp;
}

const checksOf = (core: z.ZodType): readonly Check[] =>
  (core.def.checks ?? []).map((check) => check._zod.def as unknown as Check);

/** As in `from 1 to 60000`, `above 0`; '' without bounds. */
function range(low: number | undefined, high: number | undefined, above = 'from'): string {
  if (low === undefined) return high === undefined ? '' : `${high} or less`;
  if (above === 'above') return high === undefined ? `above ${low}` : `above ${low}, up to ${high}`;
  return high === undefined ? `${low} or more` : `from ${low} to ${high}`;
}

const isWhole = (core: z.ZodNumber): boolean => core.format === 'safeint';

function numberWords(core: z.ZodNumber): string {
  const checks = checksOf(core);
  const low = checks.findLast(({ check }) => check === 'greater_than');
  const high = checks.findLast(({ check }) => check === 'less_than');
  const below = high?.inclusive === false ? `, below ${high.value}` : '';
  const highest = high?.inclusive === false || high?.value === Number.MAX_SAFE_INTEGER;
  const bounds = range(
    low?.value,
    highest ? undefined : high?.value,
    low?.inclusive === false ? 'above' : 'from',
  );
  const noun = isWhole(core) ? 'a whole number' : 'a number';
  return `${noun}${bounds && ` ${bounds}`}${below}`;
}

/** Formats, as dates, are other classes of zod than plain texts; all of them say `string` here. */
export const isText = (core: z.ZodType): core is z.ZodString => core.def.type === 'string';

function sizeWords(low: number | undefined, high: number | undefined): string {
  if (low === undefined) return high === undefined ? '' : `up to ${high}`;
  if (low === high) return `${low}`;
  return high === undefined ? `${low} or more` : `${low} to ${high}`;
}

function textWords(core: z.ZodString): string {
  if (core.format === 'datetime') return 'an ISO 8601 time in UTC, as "2024-01-01T00:00:00Z"';
  const checks = checksOf(core);
  const low = checks.findLast(({ check }) => check === 'min_length')?.minimum;
  const high = checks.findLast(({ check }) => check === 'max_length')?.maximum;
  const size = sizeWords(low, high);
  const patterns = checks.flatMap(({ pattern }) => (pattern ? [String(pattern)] : []));
  const matching = patterns.length === 0 ? '' : ` matching ${patterns.join(' and ')}`;
  return `a text${size === '' ? '' : ` of ${size} characters`}${matching}`;
}

/** Kind of value in one word or two, for the reference. */
export function typeName(schema: z.ZodType): string {
  const { core } = unwrap(schema);
  if (core instanceof z.ZodNumber) return isWhole(core) ? 'integer' : 'number';
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
