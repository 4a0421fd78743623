/**
 * Checks the package as users get it: packed, linted, installed by a stranger, compiled and run on
 * the Node versions that it promises. `--report FILE` writes the counts as JSON.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Checks, expectThat, sh } from './checks.ts';
import { type NodeName, nodeVersions, Stranger } from './stranger.ts';

const root = join(import.meta.dirname, '..');
const bin = join(root, 'node_modules/.bin');
const checks = new Checks();
const stranger = new Stranger();
const installed = join(stranger.project, 'node_modules/kintsugi');

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** Everything else stays at home: tests, sources, settings of tools. */
const isShipped = (path: string): boolean =>
  /^dist\/(?:config|machines|actors|runtime)\/.*\.(?:js|d\.ts|html|css|svg|wasm)$/.test(path) ||
  [...documents, 'package.json'].includes(path);

const documents = [
  ...['README.md', 'LICENSE', 'CHANGELOG.md', 'machines/CHARTS.md'],
  // Licences of what is bundled into the page.
  'dist/runtime/inspector/page/made/third-party.txt',
];

function pack(): Packed {
  const args = ['pack', '--json', '--pack-destination', stranger.folder];
  const [packed] = JSON.parse(sh('npm', args, { cwd: root })) as Packed[];
  return packed!;
}

function checkFiles({ files }: Packed): void {
  const paths = files.map(({ path }) => path);
  const strays = paths.filter((path) => !isShipped(path));
  expectThat(strays.length === 0, `These files are not for users:\n${strays.join('\n')}`);
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const promised = Object.values<string | Record<string, string>>(exports)
    .flatMap((target) => (typeof target === 'string' ? [target] : Object.values(target)))
    .map((path) => path.replace('./', ''));
  const missing = [...promised, ...documents].filter((path) => !paths.includes(path));
  expectThat(missing.length === 0, `These files are missing:\n${missing.join('\n')}`);
}

/** npm makes it executable when it links it; the first line has to be there already. */
function checkBin(): void {
  const main = join(installed, 'dist/runtime/cli/main.js');
  const [first] = readFileSync(main, 'utf8').split('\n');
  expectThat(first === '#!/usr/bin/env node', `The command begins with '${first}'.`);
  expectThat((statSync(main).mode & 0o111) !== 0, 'The command is not executable.');
  const help = stranger.run(join(stranger.project, 'node_modules/.bin/kintsugi'), ['--help']);
  expectThat(help.includes('Usage: kintsugi'), help);
}

async function checkOn(name: NodeName): Promise<readonly string[]> {
  const version = nodeVersions[name];
  const on = (what: string) => `${what} on Node ${version}`;
  const kintsugi = (args: readonly string[], codes?: readonly number[]) =>
    stranger.node(name, [join(installed, 'dist/runtime/cli/main.js'), ...args], codes);
  await checks.check(on('is that version'), () => {
    const found = stranger.node(name, ['--version']).trim();
    expectThat(found === `v${version}`, `It is ${found}.`);
  });
  const own = await checks.check(on('a consumer runs'), () => {
    const result = JSON.parse(stranger.node(name, ['consumer.js', `consumer-${name}`]));
    const holds = result.kept === true && result.page === true && result.bridge === true;
    expectThat(holds, JSON.stringify(result));
    return result.digest as string;
  });
  await checks.check(on('kintsugi doctor reports'), () => {
    // 1: something on this machine does not work, which is an answer as well.
    const { findings } = JSON.parse(kintsugi(['doctor', '--json'], [0, 1]));
    expectThat(findings.length > 0, 'It found nothing.');
  });
  const journal = `journal-${name}`;
  const paper = await checks.check(on('kintsugi run reports'), () => {
    const feed = ['--feed', 'bars.csv', '--speed', 'max', '--until-feed-ends', '--seed', '7'];
    const report = JSON.parse(kintsugi(['run', ...feed, '--journal', journal, '--json']));
    expectThat(report.bars === 600, `It took ${report.bars} of 600 bars.`);
    return report.digest as string;
  });
  await checks.check(on('kintsugi verify and replay agree'), () => {
    kintsugi(['verify', journal]);
    const { digest } = JSON.parse(kintsugi(['replay', journal, '--json']));
    expectThat(digest === paper, `The digest was ${paper}, replayed it is ${digest}.`);
  });
  return [own ?? '', paper ?? ''];
}

async function checkPackage(): Promise<void> {
  const packed = await checks.check('npm pack builds', pack);
  if (!packed) return;
  const tarball = join(stranger.folder, packed.filename);
  await checks.check('holds what users need and nothing else', () => checkFiles(packed));
  await checks.check('publint', () =>
    sh(join(bin, 'publint'), ['run', tarball, '--strict'], { cwd: root }),
  );
  await checks.check('types resolve from every entry', () => {
    const options = ['--profile', 'esm-only', '--no-definitely-typed', '--no-color', '--no-emoji'];
    sh(join(bin, 'attw'), [tarball, ...options], { cwd: root });
  });
  let isInstalled = false;
  await checks.check('installs in an empty project', () => {
    stranger.install(tarball);
    isInstalled = true;
  });
  if (!isInstalled) return;
  await checks.check('the command is executable', checkBin);
  await checks.check('a strict consumer compiles', () =>
    stranger.run(join(stranger.project, 'node_modules/.bin/tsc'), ['-p', '.']),
  );
  const [first, ...others] = [await checkOn('node22'), await checkOn('node24')];
  await checks.check('every Node gives the same digests', () => {
    for (const digests of others) expectThat(`${digests}` === `${first}`, `${first}\n${digests}`);
  });
}

try {
  await checkPackage();
} finally {
  stranger.remove();
}
const failed = checks.results.filter(({ ok }) => !ok).length;
const passed = checks.results.length - failed;
const report = process.argv.indexOf('--report');
const file = report === -1 ? undefined : process.argv[report + 1];
const counts = JSON.stringify({ passed, failed, checks: checks.results });
if (file !== undefined) writeFileSync(file, counts);
console.log(`package: ${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
