import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { root } from './files.ts';

/** Imports a file in a process of its own, and writes what was loaded on the way. */
const recorder = `
  import { registerHooks } from 'node:module';
  const urls = new Set();
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      urls.add(resolved.url);
      return resolved;
    },
  });
  await import(process.env.ENTRY);
  process.stdout.write(JSON.stringify([...urls]));
`;

function loadedBy(file: string): readonly string[] {
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', recorder], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ENTRY: pathToFileURL(file).href },
  });
  return JSON.parse(output) as readonly string[];
}

/** Servers, threads, colours, the command line and the paper host wait until they are asked for. */
const heavy = [
  /^node:(?:https?|http2|net|tls|dgram|worker_threads|child_process|cluster|inspector|sqlite)$/,
  /\/node_modules\/(?:pino-pretty|commander|piscina|gpu\.js|webgpu|fast-check|vitest)\//,
  /\/node_modules\/(?:fastify|@fastify|ws|esbuild)\//,
  /\/runtime\/(?:paper|cli|http|inspector|workers|testing)\//,
];

const heavyAmong = (urls: readonly string[]) =>
  urls.filter((url) => heavy.some((pattern) => pattern.test(url)));

it('loads no server, thread, paper host or command line with the main entry', () => {
  const urls = loadedBy(join(root, 'runtime/index.ts'));
  expect(urls.some((url) => url.endsWith('/runtime/create-runtime.ts'))).toBe(true);
  expect(heavyAmong(urls)).toEqual([]);
});

it.each(['machines', 'config'])('loads nothing of the outer rings with the entry %s', (ring) => {
  const urls = loadedBy(join(root, ring, 'index.ts'));
  expect(urls.filter((url) => /\/(?:actors|runtime)\/|^node:/.test(url))).toEqual([]);
});

it('loads no server with the entry inspector before it is opened', () => {
  const urls = loadedBy(join(root, 'runtime/inspector/index.ts'));
  const own = /\/runtime\/inspector\/(?:index|open|protocol)\.ts$/;
  expect(heavyAmong(urls).filter((url) => !own.test(url))).toEqual([]);
});

it('finds what is heavy, loaded as a module, by require, or by something else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kintsugi-lazy-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'entry.mjs');
  const url = (path: string) => JSON.stringify(pathToFileURL(join(root, path)).href);
  writeFileSync(
    file,
    `import { createRequire } from 'node:module';
     createRequire(${url('package.json')})('pino-pretty');
     await import(${url('runtime/cli/program.ts')});
     await import('node:http');`,
  );
  const found = heavyAmong(loadedBy(file)).join('\n');
  for (const part of ['node:http', 'pino-pretty', 'commander', 'runtime/cli/program.ts']) {
    expect(found).toContain(part);
  }
});
