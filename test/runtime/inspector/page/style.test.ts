/** A sheet that nothing uses any more is a sheet that nobody dares to change. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const folder = join(import.meta.dirname, '../../../../runtime/inspector/page');
const read = (path: string) => readFileSync(join(folder, path), 'utf8');
const files = readdirSync(folder, { recursive: true }) as string[];

it('names no class that the page does not have', () => {
  const sheets = files.filter((name) => name.endsWith('.css')).map(read);
  const code = files.filter((name) => /\.(tsx?|html)$/.test(name)).map(read);
  // Whatever is a class stands in quotes somewhere.
  const quoted = code.flatMap((text) => text.match(/"[^"\n]*"|'[^'\n]*'|`[^`]*`/g) ?? []);
  const named = new Set(quoted.flatMap((text) => text.match(/[\w-]+/g) ?? []));
  // Selectors only: what stands before a block, comments left out.
  const selectors = sheets.flatMap(
    (text) => text.replace(/\/\*[\s\S]*?\*\//g, '').match(/[^{}]+(?=\{)/g) ?? [],
  );
  const classes = new Set(
    selectors.flatMap((text) => [...text.matchAll(/[.#]([a-z][\w-]*)/gi)].map(([, name]) => name!)),
  );
  expect(classes.size).toBeGreaterThan(100);
  // Made of a tone, as in `s-${name}`.
  const made = /^s-(ok|probe|warn|bad|off|gold)$/;
  expect([...classes].filter((name) => !named.has(name) && !made.test(name))).toEqual([]);
});
