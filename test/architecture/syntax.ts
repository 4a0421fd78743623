/** The syntax tree of a TypeScript file, walked without knowing every kind of node. */
import { parseAst } from 'vitest/node';

export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** A node, and the nodes around it, the nearest first. */
export interface Place {
  readonly node: SyntaxNode;
  readonly around: readonly SyntaxNode[];
  /** The property of the nearest one that holds this node. */
  readonly slot: string;
}

export function parseScript(source: string): SyntaxNode {
  try {
    return parseAst(source, { lang: 'ts' }) as unknown as SyntaxNode;
  } catch {
    // With markup: a cast in angle brackets would read otherwise there, so it is the second try.
    return parseAst(source, { lang: 'tsx' }) as unknown as SyntaxNode;
  }
}

/** Every node of the tree; `enter` says whether to look inside one. */
export function* placesOf(
  node: SyntaxNode,
  enter: (node: SyntaxNode) => boolean = () => true,
  around: readonly SyntaxNode[] = [],
  slot = '',
): Generator<Place> {
  yield { node, around, slot };
  if (!enter(node)) return;
  const outer = [node, ...around];
  for (const [key, value] of Object.entries(node)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (isNode(item)) yield* placesOf(item, enter, outer, key);
    }
  }
}

const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && typeof Object(value).type === 'string';

/** The name of an identifier, or the text of a literal; `undefined` for anything else. */
export function wordOf(node: unknown): string | undefined {
  const { type, name, value } = Object(node) as Record<string, unknown>;
  if (type === 'Identifier') return String(name);
  return type === 'Literal' && typeof value === 'string' ? value : undefined;
}

/** Numbers of lines from 1. */
export const lineAt = (source: string, offset: number): number =>
  source.slice(0, offset).split('\n').length;
