/** A project of someone else, in a temporary folder, that installs the packed package. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sh } from './checks.ts';

/** The Node versions that users have, as packages of npm. */
export const nodeVersions = { node22: '22.23.3', node24: '24.21.0' } as const;
export type NodeName = keyof typeof nodeVersions;

const root = join(import.meta.dirname, '..');

export class Stranger {
  readonly folder = mkdtempSync(join(tmpdir(), 'kintsugi-package-'));
  /** The project; what is packed lies beside it. */
  readonly project = join(this.folder, 'project');

  /**
   * Without what a running npm script tells its children: npm would install into our own folder.
   * How this machine reaches its packages stays.
   */
  readonly #env: NodeJS.ProcessEnv = Object.fromEntries(
    Object.entries({ ...process.env, NO_COLOR: '1' }).filter(
      ([name]) =>
        !/^(?:npm_(?!config_)|npm_config_local_prefix$|KINTSUGI_|NODE_OPTIONS$|NODE_PATH$)/.test(
          name,
        ),
    ),
  );

  constructor() {
    mkdirSync(this.project);
    this.write('package.json', '{ "name": "stranger", "private": true, "type": "module" }\n');
    this.write('bars.csv', bars(600));
    this.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['consumer.ts'] }));
    copyFileSync(join(root, '.ci/consumer.ts'), join(this.project, 'consumer.ts'));
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.project, file), text);
  }

  install(tarball: string): void {
    const platform = process.platform === 'win32' ? 'win' : process.platform;
    const nodes = Object.entries(nodeVersions).map(
      ([name, version]) => `${name}@npm:node-${platform}-${process.arch}@${version}`,
    );
    const wanted = ['xstate', 'typescript', '@types/node'].map((name) => `${name}@${ours(name)}`);
    this.run('npm', ['install', '--no-audit', '--no-fund', tarball, ...wanted, ...nodes]);
  }

  /** Runs a script on one of the Node versions, never on the one that runs us. */
  node(name: NodeName, args: readonly string[], codes: readonly number[] = [0]): string {
    return this.run(join(this.project, 'node_modules', name, 'bin/node'), args, codes);
  }

  run(program: string, args: readonly string[], codes: readonly number[] = [0]): string {
    return sh(program, args, { cwd: this.project, env: this.#env, codes });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * As strict as users are. `exactOptionalPropertyTypes` stays off, because the types of xstate do
 * not compile with it unless libraries are skipped.
 */
const compilerOptions = {
  target: 'es2023',
  lib: ['es2023', 'esnext.disposable'],
  module: 'nodenext',
  types: ['node'],
  strict: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  skipLibCheck: false,
};

const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  devDependencies: Record<string, string>;
};

/** The version that this repository is developed with. */
const ours = (name: string): string => devDependencies[name]!;

/** A market of one bar a minute with a slow wave, so that the strategy has something to do. */
function bars(count: number): string {
  const rows = Array.from({ length: count }, (_, index) => {
    const at = new Date(Date.UTC(2024, 0, 1, 0, index)).toISOString();
    const price = 40_000 + Math.round(900 * Math.sin(index / 60));
    return `${at},${price},${price + 5},${price - 5},${price},1000`;
  });
  return `timestamp,open,high,low,close,volume\n${rows.join('\n')}\n`;
}
