/** Our own package.json, found from the sources as well as from `dist`. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface PackageManifest {
  readonly name: string;
  readonly version: string;
  readonly engines: { readonly node: string };
  readonly peerDependencies: { readonly xstate: string };
}

export function packageManifest(from: string = import.meta.dirname): PackageManifest {
  for (let folder = from; ; folder = dirname(folder)) {
    const manifest = readManifest(join(folder, 'package.json'));
    if (manifest?.name === 'kintsugi') return manifest;
    if (dirname(folder) === folder) throw new Error(`No package.json of kintsugi above '${from}'.`);
  }
}

export const packageVersion = (): string => packageManifest().version;

function readManifest(file: string): PackageManifest | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as PackageManifest;
  } catch {
    return undefined;
  }
}
