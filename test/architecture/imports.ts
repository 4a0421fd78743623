/** What a TypeScript file imports or re-exports, in every form that the language has. */
import { parseScript, placesOf, type SyntaxNode, wordOf } from './syntax.ts';

export interface Import {
  /** `undefined` for an `import()` of something computed. */
  readonly specifier: string | undefined;
  /** `type`: nothing of it is left when the types are stripped. */
  readonly kind: 'value' | 'type' | 'dynamic';
  /** `export * from`. */
  readonly isStar: boolean;
}

export function importsOf(source: string): readonly Import[] {
  const imports: Import[] = [];
  for (const { node } of placesOf(parseScript(source))) {
    const found = importOf(node);
    if (found) imports.push(found);
  }
  return imports;
}

/**
 * `import { type A } from` is a value import: `verbatimModuleSyntax` keeps the empty import, which
 * loads the file.
 */
function importOf(node: SyntaxNode): Import | undefined {
  const isStar = node.type === 'ExportAllDeclaration';
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration': {
      if (!node.source) return undefined;
      const isType = node.importKind === 'type' || node.exportKind === 'type';
      return { specifier: wordOf(node.source), kind: isType ? 'type' : 'value', isStar };
    }
    case 'TSImportType':
      return { specifier: wordOf(node.source ?? node.argument), kind: 'type', isStar };
    case 'ImportExpression':
      return { specifier: wordOf(node.source) ?? startOf(node.source), kind: 'dynamic', isStar };
    default:
      return undefined;
  }
}

/** `./commands/${name}.ts` leads into a folder that can be judged although the file is open. */
function startOf(node: unknown): string | undefined {
  const { type, quasis } = Object(node) as { type?: string; quasis?: readonly SyntaxNode[] };
  if (type !== 'TemplateLiteral' || !quasis?.length) return undefined;
  const text = quasis.map(({ value }) => String(Object(value).cooked)).join('*');
  return text.startsWith('*') ? undefined : text;
}
