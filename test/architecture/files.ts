/** The files of the project: what git tracks, and what it would track if it were added. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** From the innermost to the outermost: a ring imports itself and the ones before it. */
export const rings = ['config', 'machines', 'actors', 'runtime'] as const;
export type Ring = (typeof rings)[number];

/** Paths from the root, with `/`, sorted. */
export function projectFiles(): readonly string[] {
  return (listedByGit() ?? listedByHand())
    .filter((file) => existsSync(join(root, file)))
    .toSorted();
}

export const readProjectFile = (file: string): string => readFileSync(join(root, file), 'utf8');

export const isScript = (file: string): boolean => /\.(?:tsx?|js|mjs)$/.test(file);

export const ringOf = (file: string): Ring | undefined =>
  rings.find((ring) => file.startsWith(`${ring}/`));

/** The clone may belong to someone else than who tests it, and git may be missing. */
function listedByGit(): readonly string[] | undefined {
  const options = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  try {
    const output = execFileSync('git', ['-c', 'safe.directory=*', ...options], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return [...new Set(output.split('\0').filter(Boolean))];
  } catch {
    return undefined;
  }
}

const ignored = /(?:^|\/)(?:node_modules|dist|kintsugi-journal|\.git)(?:\/|$)/;

const listedByHand = (): readonly string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .map((file) => file.split(sep).join('/'))
    .filter((file) => !ignored.test(file));
