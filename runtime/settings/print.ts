/** Writes settings as YAML that can be loaded again. */
import { Document, isMap, type Pair, type Scalar, type YAMLMap } from 'yaml';
import type { Source } from './layer.ts';
import { pointerOf } from './pointer.ts';

export interface PrintOptions {
  /** From `loadSettings`: every value gets a comment that says where it comes from. */
  readonly sources?: ReadonlyMap<string, Source> | undefined;
}

/**
 * Effective settings as YAML. Secrets are written as they are: redact first what people will see.
 */
export function printSettings(settings: object, { sources }: PrintOptions = {}): string {
  const document = new Document(settings, { aliasDuplicateObjects: false });
  if (sources && isMap(document.contents)) comment(document.contents, [], sources);
  return document.toString({ lineWidth: 0 });
}

function comment(
  map: YAMLMap,
  steps: readonly string[],
  sources: ReadonlyMap<string, Source>,
): void {
  for (const pair of map.items as Pair<Scalar, Scalar | YAMLMap | null>[]) {
    const next = [...steps, String(pair.key.value)];
    if (isMap(pair.value)) {
      comment(pair.value, next, sources);
    } else if (pair.value) {
      pair.value.comment = ` ${sourceWords(sources.get(pointerOf(next)))}`;
    }
  }
}

const sourceWords = (source: Source | undefined): string =>
  source === undefined
    ? 'default'
    : [source.source, source.line].filter((part) => part !== undefined).join(':');
