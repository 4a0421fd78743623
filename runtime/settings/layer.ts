/** Settings come in layers: file, environment, options. A later one wins, setting by setting. */
import { z } from 'zod';
import { pointerOf } from './pointer.ts';
import { childOf, discriminatorOf, isMapping, own, unwrap } from './schema.ts';

/** Where a setting was said. */
export interface Source {
  /** File, environment variable, or `options`. */
  readonly source: string;
  readonly line?: number;
}

export interface Layer {
  readonly value: Readonly<Record<string, unknown>>;
  sourceOf(steps: readonly string[]): Source | undefined;
}

/** What the layers say together, and who said each part, by JSON pointer. */
export interface Merged {
  readonly value: Readonly<Record<string, unknown>>;
  readonly sources: ReadonlyMap<string, Source>;
}

export function mergeLayers(schema: z.ZodType, layers: readonly Layer[]): Merged {
  const sources = new Map<string, Source>();
  let value: unknown = {};
  for (const layer of layers) value = merge(schema, value, layer.value, [], { layer, sources });
  return { value: value as Record<string, unknown>, sources };
}

interface Merging {
  readonly layer: Layer;
  readonly sources: Map<string, Source>;
}

function merge(
  schema: z.ZodType | undefined,
  below: unknown,
  above: unknown,
  steps: readonly string[],
  merging: Merging,
): unknown {
  if (above === undefined) return below;
  const addition = above === null && isGroup(schema) ? {} : above;
  const startsAfresh =
    !isMapping(addition) || !isMapping(below) || isOtherVariant(schema, below, addition);
  if (startsAfresh) forget(steps, merging.sources);
  remember(steps, merging);
  if (Array.isArray(addition)) {
    return addition.map((item, index) =>
      merge(
        schema && childOf(schema, `${index}`),
        undefined,
        item,
        [...steps, `${index}`],
        merging,
      ),
    );
  }
  if (!isMapping(addition)) return addition;
  const base = startsAfresh ? {} : (below as Record<string, unknown>);
  const merged = new Map(Object.entries(base));
  for (const [key, item] of Object.entries(addition)) {
    const next = schema && childOf(schema, key, addition[discriminator(schema)] ? addition : base);
    const result = merge(next, own(base, key), item, [...steps, key], merging);
    if (result !== undefined) merged.set(key, result);
  }
  return Object.fromEntries(merged);
}

const discriminator = (schema: z.ZodType): string => discriminatorOf(unwrap(schema).core) ?? '';

/** A group without content, as `paper:` with all its lines commented out, is an empty group. */
const isGroup = (schema: z.ZodType | undefined): boolean => {
  const core = schema && unwrap(schema).core;
  return core instanceof z.ZodObject || core instanceof z.ZodRecord;
};

/** Another `kind` means that what was said for the kind before does not count any more. */
function isOtherVariant(
  schema: z.ZodType | undefined,
  below: Readonly<Record<string, unknown>>,
  above: Readonly<Record<string, unknown>>,
): boolean {
  const key = schema && discriminator(schema);
  if (!key) return false;
  const wanted = own(above, key);
  return wanted !== undefined && wanted !== own(below, key);
}

function remember(steps: readonly string[], { layer, sources }: Merging): void {
  const source = steps.length === 0 ? undefined : layer.sourceOf(steps);
  if (source) sources.set(pointerOf(steps), source);
}

function forget(steps: readonly string[], sources: Map<string, Source>): void {
  const pointer = pointerOf(steps);
  for (const known of sources.keys()) {
    if (known === pointer || known.startsWith(`${pointer}/`)) sources.delete(known);
  }
}

/** Who said this part, or else the closest group around it. */
export function sourceOf(
  sources: ReadonlyMap<string, Source>,
  steps: readonly string[],
): Source | undefined {
  for (let length = steps.length; length > 0; length -= 1) {
    const source = sources.get(pointerOf(steps.slice(0, length)));
    if (source) return source;
  }
  return undefined;
}
