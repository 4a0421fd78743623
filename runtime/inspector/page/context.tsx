/** The context of an actor as rows, with what the turn changed. */
import type { Difference } from './wire.ts';
import { short } from './words.ts';

type Field = Difference['fields'][number];

interface ContextRow {
  readonly name: string;
  readonly value: unknown;
  readonly depth: number;
  readonly field?: Field;
}

const rowCountMax = 300;
const depthMax = 3;

const isOpenable = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0;

function rowsOf(value: unknown, fields: ReadonlyMap<string, Field>): readonly ContextRow[] {
  const rows: ContextRow[] = [];
  const walk = (inner: object, depth: number): void => {
    for (const [name, one] of Object.entries(inner)) {
      if (rows.length >= rowCountMax) return;
      const field = depth === 0 ? fields.get(name) : undefined;
      rows.push({ name, value: one, depth, ...(field && { field }) });
      if (isOpenable(one) && depth < depthMax) walk(one, depth + 1);
    }
  };
  if (isOpenable(value)) walk(value, 0);
  for (const field of fields.values()) {
    if (field.after === undefined) rows.push({ name: field.name, value: '', depth: 0, field });
  }
  return rows;
}

function kindOf(field: Field | undefined): readonly [string, string] {
  if (!field) return ['', ''];
  if (field.before === undefined) return ['add', '+'];
  return field.after === undefined ? ['del', '−'] : ['chg', '~'];
}

export function ContextRows({ value, fields }: { value: unknown; fields: readonly Field[] }) {
  const rows = rowsOf(value, new Map(fields.map((field) => [field.name, field])));
  if (rows.length === 0) return <p class="muted small">It keeps nothing.</p>;
  return rows.map(({ name, value: shown, depth, field }, index) => {
    const [kind, mark] = kindOf(field);
    const text = short(shown);
    const before = field && short(field.before);
    return (
      <div class={`kv ${kind}`} style={{ '--d': depth }} key={`${index}${name}`}>
        <span class="mk">{mark}</span>
        <span class="k">{name}</span>
        <span class="v" title={typeof shown === 'object' ? undefined : text}>
          {before !== undefined && before !== '' && before !== text && <s>{before}</s>}
          {text}
        </span>
      </div>
    );
  });
}
