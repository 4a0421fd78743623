/**
 * The files of the page. The package carries them made; in a checkout they are made of their
 * sources, in memory, when somebody first asks for one.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Name of a file to what is in it. */
export type PageFiles = ReadonlyMap<string, Uint8Array>;

const folder = join(import.meta.dirname, 'page');
const made = join(folder, 'made');

/** As they are served, by the names in `index.html`. */
export const pageFileNames = [
  'index.html',
  'page.js',
  'page.css',
  'elk-worker.js',
  'third-party.txt',
] as const;

let files: Promise<PageFiles> | undefined;

/** The same promise for everyone; one that failed is tried again. */
export function pageFiles(): Promise<PageFiles> {
  if (!files) {
    files = existsSync(join(folder, 'main.tsx')) ? bundlePage() : readMade();
    files.catch(() => {
      files = undefined;
    });
  }
  return files;
}

async function readMade(): Promise<PageFiles> {
  const read = async (name: string) => [name, await readFile(join(made, name))] as const;
  return new Map(await Promise.all(pageFileNames.map(read)));
}

/** @returns what `made/` of the package holds. */
export async function bundlePage(): Promise<PageFiles> {
  // A tool of the checkout: the package never comes here.
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: { page: join(folder, 'main.tsx'), style: join(folder, 'style/page.css') },
    outdir: made,
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    tsconfigRaw: {},
    legalComments: 'none',
    logLevel: 'silent',
  });
  const output = (ending: string) =>
    outputFiles.find(({ path }) => path.endsWith(ending))!.contents;
  const { resolve } = createRequire(import.meta.url);
  return new Map([
    ['index.html', await readFile(join(folder, 'index.html'))],
    ['page.js', output('page.js')],
    ['page.css', output('style.css')],
    ['elk-worker.js', await readFile(resolve('elkjs/lib/elk-worker.min.js'))],
    ['third-party.txt', await readFile(join(folder, 'third-party.txt'))],
  ]);
}

/** Writes the files for the package. @param target a folder, made when it is not there. */
export async function writePage(target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const [name, content] of await bundlePage()) await writeFile(join(target, name), content);
}
