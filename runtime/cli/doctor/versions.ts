/** Versions of what we run on, and what else could be there. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageManifest } from '../package.ts';
import { isInRange } from '../version-range.ts';
import type { Finding } from './finding.ts';

export function checkNode(
  version: string = process.versions.node,
  range: string = packageManifest().engines.node,
): Finding {
  const found = `Node ${version}, wanted ${range}`;
  if (isInRange(version, range)) return { name: 'node', status: 'ok', found };
  const advice = 'Install the newest Node of the wanted range from https://nodejs.org.';
  return { name: 'node', status: 'fail', found, advice };
}

export function checkXstate(
  version: string | null = installedVersion('xstate'),
  range: string = packageManifest().peerDependencies.xstate,
): Finding {
  const advice = `Run: npm install "xstate@${range}".`;
  if (version === null) {
    return { name: 'xstate', status: 'fail', found: 'xstate is not installed', advice };
  }
  const found = `xstate ${version}, wanted ${range}`;
  if (isInRange(version, range)) return { name: 'xstate', status: 'ok', found };
  return { name: 'xstate', status: 'fail', found, advice };
}

/** Parts that nothing needs yet: it is good to know, and no reason to act. */
export function checkOptional(
  name: string,
  version: string | null = installedVersion(name),
): Finding {
  const found = version === null ? 'not installed: not needed yet' : `${name} ${version}`;
  return { name, status: 'ok', found };
}

/** Version of an installed package; `null` when it is not installed. Runs no code of it. */
export function installedVersion(name: string): string | null {
  try {
    for (
      let folder = dirname(fileURLToPath(import.meta.resolve(name)));
      ;
      folder = dirname(folder)
    ) {
      const manifest = tryRead(join(folder, 'package.json'));
      if (manifest?.name === name) return manifest.version ?? null;
      if (dirname(folder) === folder) return null;
    }
  } catch {
    return null;
  }
}

function tryRead(file: string): { name?: string; version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string };
  } catch {
    return undefined;
  }
}
