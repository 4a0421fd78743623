/** Reads which names an entry of the package exports, types included. */
import { parseScript, type SyntaxNode, wordOf } from '../test/architecture/syntax.ts';

export interface Entry {
  /** As users write it: `kintsugi/machines`. */
  readonly name: string;
  readonly file: string;
}

export interface PublicName {
  readonly name: string;
  /** `type`, or what `typeof` says of the value. */
  readonly kind: string;
}

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}

/** The entries of a package.json with the source file of each. */
export function entriesOf(manifest: string): readonly Entry[] {
  const { name, exports } = JSON.parse(manifest) as Manifest;
  return Object.entries(exports).flatMap(([path, target]) => {
    if (typeof target === 'string') return [];
    const file = target.default.replace(/^\.\/dist\//, '').replace(/\.js$/, '.ts');
    return [{ name: path.replace(/^\./, name), file }];
  });
}

/**
 * The exports of an index file, sorted. The file has to be a list of names, so that what users get
 * is read in one place.
 *
 * @throws {SyntaxError} at anything that is not `export { ... } from '...'`.
 */
export async function publicApi(
  source: string,
  load: () => Promise<Readonly<Record<string, unknown>>>,
): Promise<readonly PublicName[]> {
  const names = (parseScript(source).body as readonly SyntaxNode[]).flatMap(namesOf);
  const values = names.some(({ isType }) => !isType) ? await load() : {};
  return names
    .map(({ name, isType }) => ({ name, kind: isType ? 'type' : typeof values[name] }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function namesOf(node: SyntaxNode): readonly { name: string; isType: boolean }[] {
  if (node.type !== 'ExportNamedDeclaration' || !node.source) {
    throw new SyntaxError(
      `Expected only "export { names } from 'file'" in an index file, got ${node.type}.`,
    );
  }
  return (node.specifiers as readonly SyntaxNode[]).map(({ exported, exportKind }) => ({
    name: wordOf(exported) ?? '',
    isType: node.exportKind === 'type' || exportKind === 'type',
  }));
}
