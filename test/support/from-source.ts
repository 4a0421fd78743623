/**
 * Loaded with `--import`: `kintsugi` and its entries mean the sources, in a process that knows
 * neither a build nor Vitest.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { entriesOf } from '../../.ci/public-api.ts';

const root = new URL('../../', import.meta.url);
const entries = new Map(
  entriesOf(readFileSync(new URL('package.json', root), 'utf8')).map(({ name, file }) => [
    name,
    new URL(file, root).href,
  ]),
);

registerHooks({
  resolve(specifier, context, next) {
    return next(entries.get(specifier) ?? specifier, context);
  },
});
