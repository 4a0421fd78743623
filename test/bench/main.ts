/** Runs one benchmark by name and keeps its result: `npm run bench -- NAME [--full]`. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

interface Benchmark {
  run(options: { readonly full: boolean }): Promise<string>;
}

const folder = import.meta.dirname;
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.replace('.bench.ts', ''));

const words = process.argv.slice(2);
const full = words.includes('--full');
const [name = '', ...rest] = words.filter((word) => word !== '--full');

if (names.includes(name) && rest.length === 0) {
  const { run } = (await import(`./${name}.bench.ts`)) as Benchmark;
  const text = page(await run({ full }));
  mkdirSync(join(folder, 'results'), { recursive: true });
  writeFileSync(join(folder, 'results', `${name}.md`), text);
  process.stdout.write(text);
  // A benchmark may leave sockets and threads behind; its result is complete.
  process.exit();
} else {
  const reason = name === '' ? 'Which benchmark?' : `There is no benchmark '${words.join(' ')}'.`;
  process.stderr.write(`${reason} npm run bench -- NAME [--full]; names: ${names.join(', ')}\n`);
  process.exitCode = 2;
}

/** No date: a result that did not change leaves no trace in the history. */
function page(markdown: string): string {
  const command = `npm run bench -- ${name}${full ? ' --full' : ''}`;
  const all = cpus();
  const { version, platform, arch } = process;
  const cores = `${all.length} cores, ${all[0]?.model.trim() ?? 'unknown'}`;
  const machine = `Node ${version}, ${cores}, ${platform} ${arch}`;
  return `# ${name}\n\n    ${command}\n\n${machine}\n\n${markdown.trim()}\n`;
}
