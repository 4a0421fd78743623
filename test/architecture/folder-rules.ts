/** What keeps the tree readable as a whole: where files may lie, and what explains them. */
import { isScript, ringOf, rings } from './files.ts';
import { lineCountOf, medianLineCountMax } from './tidy-rules.ts';

export const readmeLineCountMax = 60;

const topLevel: ReadonlySet<string> = new Set([
  ...['config', 'machines', 'actors', 'runtime', 'test'],
  ...['package.json', 'package-lock.json', 'tsconfig.json'],
  ...['README.md', 'LICENSE', 'CHANGELOG.md'],
]);

/** Folders and files at the root that the layout does not know; dot names are settings of tools. */
export function topLevelViolations(files: readonly string[]): readonly string[] {
  const names = new Set(files.map((file) => file.split('/')[0]!));
  return [...names].filter((name) => !name.startsWith('.') && !topLevel.has(name));
}

/** Each ring and each folder in a ring that holds source files, without the folders below. */
export function foldersToExplain(files: readonly string[]): readonly string[] {
  const folders = files
    .filter((file) => ringOf(file) !== undefined && isScript(file))
    .map((file) => file.split('/').slice(0, -1).slice(0, 2).join('/'));
  return [...new Set([...rings, 'test', '.ci', ...folders])].toSorted();
}

/** A generated part is looked up, not read: it does not count. */
export const readmeLineCount = (text: string): number =>
  lineCountOf(text.replace(/<!-- generated: [\s\S]*?<!-- \/generated -->/g, ''));

export function readmeViolations(
  files: readonly string[],
  read: (file: string) => string,
): readonly string[] {
  return foldersToExplain(files).flatMap((folder) => {
    const file = `${folder}/README.md`;
    if (!files.includes(file)) return [`${folder} has no README.md`];
    const count = readmeLineCount(read(file));
    return count > readmeLineCountMax ? [`${file} has ${count} lines: one screen is enough`] : [];
  });
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** The usual source file, in lines, when it is too long; one long file is judged elsewhere. */
export function medianViolations(lineCounts: readonly number[]): readonly string[] {
  const usual = median(lineCounts);
  return usual < medianLineCountMax ? [] : [`the median source file has ${usual} lines`];
}
