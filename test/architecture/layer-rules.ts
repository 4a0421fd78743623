/** Which ring may import what, and which ring may look at the outside world. */
import { isBuiltin } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { ambientReads } from './ambient.ts';
import { type Ring, readProjectFile, ringOf, rings } from './files.ts';
import { type Import, importsOf } from './imports.ts';

const manifest = JSON.parse(readProjectFile('package.json')) as Record<string, object | undefined>;

/** Packages that each ring may import; those of `runtime` come with the installed package. */
const packages: Readonly<Record<Ring, readonly string[]>> = {
  config: ['zod'],
  machines: ['xstate'],
  actors: ['xstate', 'zod'],
  runtime: ['dependencies', 'peerDependencies', 'optionalDependencies'].flatMap((group) =>
    Object.keys(manifest[group] ?? {}),
  ),
};

/** The one file that needs to know what an entry exports: it lists the charts for people. */
const indexReaders: readonly string[] = [
  'runtime/cli/commands/machines.ts',
  'runtime/inspector/charts.ts',
];

/** What is bundled into the page, or bundles it: nobody installs these with the package. */
const bundled: readonly (readonly [files: RegExp, names: readonly string[]])[] = [
  [/^runtime\/inspector\/page\//, ['preact', '@preact/signals', 'elkjs']],
  [/^runtime\/inspector\/bundle\.ts$/, ['esbuild']],
];
const isBundled = (file: string, name: string): boolean =>
  bundled.some(([files, names]) => files.test(file) && names.includes(name));

/** Every breach of the rules in one file, as sentences. */
export function layerViolations(file: string, source: string): readonly string[] {
  const ring = ringOf(file);
  const found = importsOf(source).flatMap((item) => {
    const breach = ring ? ringBreach(file, ring, item) : testBreach(item);
    return breach === undefined ? [] : [`${file} ${breach}`];
  });
  if (ring === undefined || ring === 'runtime') return found;
  return [...found, ...ambientReads(source).map((read) => `${file} looks outside at line ${read}`)];
}

function ringBreach(file: string, ring: Ring, item: Import): string | undefined {
  const { specifier } = item;
  if (specifier === undefined) return 'imports a computed name';
  if (isBundled(file, packageOf(specifier))) return undefined;
  if (!specifier.startsWith('.')) return packageBreach(ring, specifier);
  const target = normalize(join(dirname(file), specifier));
  const rank = rings.indexOf(target.split('/')[0] as Ring);
  if (rank === -1 || rank > rings.indexOf(ring)) return `imports ${specifier} of an outer ring`;
  if (ring === 'machines' && target.startsWith('config/') && item.kind !== 'type') {
    return `imports ${specifier} as a value: machines know only the types of settings`;
  }
  return fileBreach(specifier, item.kind === 'dynamic' && indexReaders.includes(file));
}

function packageBreach(ring: Ring, specifier: string): string | undefined {
  const name = packageOf(specifier);
  if (isBuiltin(specifier)) {
    if (ring !== 'runtime') return `imports ${specifier} of Node`;
    return specifier.startsWith('node:') ? undefined : `imports ${specifier} without node:`;
  }
  if (name === 'kintsugi') return `imports ${specifier}: inside, a file is named`;
  return packages[ring].includes(name) ? undefined : `imports package ${name}`;
}

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** Tests may import every ring and package, but name files as everyone else does. */
function testBreach({ specifier, kind }: Import): string | undefined {
  if (!specifier?.startsWith('.')) return undefined;
  return fileBreach(specifier, kind === 'dynamic');
}

function fileBreach(specifier: string, mayReadIndex: boolean): string | undefined {
  if (!/\.(?:tsx?|json)$/.test(specifier)) return `imports ${specifier} without naming a .ts file`;
  const isIndex = specifier.endsWith('/index.ts');
  return isIndex && !mayReadIndex ? `imports ${specifier}: inside, a file is named` : undefined;
}
