import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generatedFiles, renewCommand } from '../../.ci/generated.ts';
import { entriesOf, publicApi } from '../../.ci/public-api.ts';
import { readProjectFile, root } from './files.ts';

const list = 'test/architecture/public-api.md';
const load = async () => ({ a: 1, b: () => {} });

describe('the public names', () => {
  it('are those of the reviewed list', async () => {
    const fresh = (await generatedFiles()).find(({ file }) => file === list)!;
    expect(readProjectFile(list).split('\n'), `stale: ${renewCommand}`).toEqual(
      fresh.text.split('\n'),
    );
  });

  it('belong to entries whose files exist', () => {
    const entries = entriesOf(readProjectFile('package.json'));
    expect(entries.length).toBeGreaterThanOrEqual(5);
    expect(entries.filter(({ file }) => !existsSync(join(root, file)))).toEqual([]);
  });
});

describe('the reader of entries', () => {
  it('finds the sources of the entries, and leaves out plain files', () => {
    const exports = {
      '.': { default: './dist/runtime/index.js' },
      './testing': { default: './dist/runtime/testing/index.js' },
      './package.json': './package.json',
    };
    expect(entriesOf(JSON.stringify({ name: 'kintsugi', exports }))).toEqual([
      { name: 'kintsugi', file: 'runtime/index.ts' },
      { name: 'kintsugi/testing', file: 'runtime/testing/index.ts' },
    ]);
  });

  it('tells values from types, and sorts by name', async () => {
    const source = `export { type T, b, x as a } from './x.ts';\nexport type { U } from './u.ts';`;
    expect(await publicApi(source, load)).toEqual([
      { name: 'T', kind: 'type' },
      { name: 'U', kind: 'type' },
      { name: 'a', kind: 'number' },
      { name: 'b', kind: 'function' },
    ]);
  });

  it('shows a name that is listed and not there', async () => {
    const [missing] = await publicApi(`export { gone } from './x.ts';`, load);
    expect(missing).toEqual({ name: 'gone', kind: 'undefined' });
  });

  it.each([
    `export * from './x.ts';`,
    `export * as x from './x.ts';`,
    `export type * as _ from './x.ts';`,
    'export const a = 1;',
    'const a = 1;\nexport { a };',
    'export default 1;',
  ])('refuses %s', async (source) => {
    await expect(publicApi(source, load)).rejects.toThrow(SyntaxError);
  });
});
