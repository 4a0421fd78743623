/** The reference of settings, read from the schema so that nothing is stated twice. */
import { z } from 'zod';
import { settingsSchema } from '../../config/settings.ts';
import { allowedWords, typeName } from './allowed.ts';
import { childOf, discriminatorOf, isMapping, own, unwrap, variantsOf } from './schema.ts';

/** One setting. */
export interface SettingRow {
  /** As in `breakers.<name>.window.size`. */
  readonly path: string;
  readonly type: string;
  readonly unit?: string;
  /** Absent when it must be given, or is not set unless it is given. */
  readonly default?: unknown;
  /** Bounds or choices in words. */
  readonly allowed: string;
  readonly meaning: string;
  /** The variant that has this setting, as in `kind: count`. */
  readonly when?: string;
  /** Without a default it must be given. */
  readonly required: boolean;
}

/** Every setting of a schema, in the order of the schema. */
export function describeSettings(schema: z.ZodType = settingsSchema): readonly SettingRow[] {
  return rowsOf(schema, [], defaultOf(schema), undefined);
}

/** What a value is when nothing is said; `undefined` when something must be said. */
const defaultOf = (schema: z.ZodType, tried: unknown = undefined): unknown => {
  const result = schema.safeParse(tried);
  return result.success ? result.data : tried === undefined ? defaultOf(schema, {}) : undefined;
};

function rowsOf(
  schema: z.ZodType,
  steps: readonly string[],
  fallback: unknown,
  when: string | undefined,
): readonly SettingRow[] {
  const { core } = unwrap(schema);
  if (core instanceof z.ZodObject) {
    return Object.entries(core.shape).flatMap(([key, item]) =>
      rowsOf(
        item as z.ZodType,
        [...steps, key],
        partDefault(item as z.ZodType, fallback, key),
        when,
      ),
    );
  }
  if (core instanceof z.ZodRecord) {
    const element = core.def.valueType as z.ZodType;
    return rowsOf(element, [...steps, '<name>'], defaultOf(element), when);
  }
  if (core instanceof z.ZodDiscriminatedUnion) return variantRows(schema, steps, fallback);
  return [leafRow(schema, steps, fallback, when)];
}

const partDefault = (schema: z.ZodType, group: unknown, key: string): unknown =>
  isMapping(group) ? own(group, key) : defaultOf(schema);

function variantRows(
  schema: z.ZodType,
  steps: readonly string[],
  fallback: unknown,
): readonly SettingRow[] {
  const { core, meaning = '' } = unwrap(schema);
  const tag = discriminatorOf(core)!;
  const variants = variantsOf(core);
  const choice: SettingRow = {
    path: [...steps, tag].join('.'),
    type: 'choice',
    ...defaultPart(own(fallback, tag)),
    allowed: `one of ${variants.map(({ name }) => JSON.stringify(name)).join(', ')}`,
    meaning: [meaning, ...variants.map((variant) => variantWords(variant, tag))].join(' ').trim(),
    required: own(fallback, tag) === undefined,
  };
  const rest = variants.flatMap(({ name, schema: variant }) =>
    Object.keys(variant.shape)
      .filter((key) => key !== tag)
      .flatMap((key) => {
        const item = childOf(variant, key)!;
        const isDefault = own(fallback, tag) === name;
        const value = isDefault ? own(fallback, key) : defaultOf(item);
        return rowsOf(item, [...steps, key], value, `${tag}: ${name}`);
      }),
  );
  return [choice, ...merged(rest, variants.length)];
}

/** A setting that several variants have alike is one row; one that all have says of none. */
function merged(rows: readonly SettingRow[], variantCount: number): readonly SettingRow[] {
  const byText = new Map<string, [row: SettingRow, whens: string[]]>();
  for (const row of rows) {
    const { when = '', ...same } = row;
    const text = JSON.stringify(same);
    const known = byText.get(text);
    if (known) known[1].push(when);
    else byText.set(text, [row, [when]]);
  }
  return [...byText.values()].map(([row, whens]) => {
    const { when, ...always } = row;
    if (whens.length === variantCount) return always;
    const [first = '', ...others] = whens;
    const names = others.map((other) => other.slice(other.indexOf(': ') + 2));
    return { ...always, ...(when === undefined ? {} : { when: [first, ...names].join(', ') }) };
  });
}

/** What the description of a variant's own tag says about it. */
function variantWords(variant: { name: string; schema: z.ZodObject }, tag: string): string {
  const { meaning } = unwrap(variant.schema.shape[tag] as z.ZodType);
  return meaning === undefined ? '' : `\`${variant.name}\`: ${meaning}`;
}

function leafRow(
  schema: z.ZodType,
  steps: readonly string[],
  fallback: unknown,
  when: string | undefined,
): SettingRow {
  const { optional, unit, meaning = '' } = unwrap(schema);
  return {
    path: steps.join('.'),
    type: typeName(schema),
    ...(unit === undefined ? {} : { unit }),
    ...defaultPart(fallback),
    allowed: allowedWords(schema).replace(unit === undefined ? '' : ` (${unit})`, ''),
    meaning,
    ...(when === undefined ? {} : { when }),
    required: !optional && fallback === undefined,
  };
}

const defaultPart = (value: unknown): { default?: unknown } =>
  value === undefined ? {} : { default: value };

/** The reference as a Markdown table, without the row of headings' surroundings. */
export function settingsTable(rows: readonly SettingRow[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const lines = rows.map((row) => {
    const unit = row.unit === undefined ? '' : ` ${row.unit}`;
    const usual = row.default === undefined ? (row.required ? 'must be given' : 'not set') : '';
    const fallback = usual || `\`${JSON.stringify(row.default)}\``;
    const meaning =
      row.when === undefined ? row.meaning : `${row.meaning} (with \`${row.when}\`)`.trim();
    const allowed = `${row.allowed}${unit && `,${unit}`}`;
    const cells = [`\`${row.path}\``, allowed, fallback, meaning].map(cell);
    return `| ${cells.join(' | ')} |`;
  });
  return ['| setting | allowed | default | meaning |', '|---|---|---|---|', ...lines].join('\n');
}
