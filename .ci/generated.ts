/** The parts of documents that a program writes: from the schemas, the charts and the entries. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chartOf } from '../runtime/charts/chart.ts';
import { mermaidOf } from '../runtime/charts/mermaid.ts';
import { stateTable, transitionTable } from '../runtime/charts/table.ts';
import { machinesOf } from '../runtime/cli/commands/machines.ts';
import { describeSettings, settingsTable } from '../runtime/settings/describe.ts';
import { entriesOf, publicApi } from './public-api.ts';
import { codeModule } from './wasm.ts';

export const root = join(import.meta.dirname, '..');

/** What writes all of it anew. */
export const renewCommand = 'npm run docs';

/** A whole file as it should be. */
export interface GeneratedFile {
  readonly file: string;
  readonly text: string;
}

const kernels = 'runtime/tensor/kernels';

const multiplyCode = () =>
  codeModule('multiply.wat', 'multiplyCode', read(`${kernels}/multiply.wat`));

export async function generatedFiles(): Promise<readonly GeneratedFile[]> {
  return [
    { file: 'README.md', text: withExamples(read('README.md'), read) },
    { file: 'config/README.md', text: withPart(read('config/README.md'), 'settings', settings()) },
    { file: 'machines/CHARTS.md', text: await chartsPage() },
    { file: 'test/architecture/public-api.md', text: await apiPage() },
    { file: `${kernels}/multiply-code.ts`, text: await multiplyCode() },
  ];
}

const read = (file: string): string => readFileSync(join(root, file), 'utf8');

const writtenBy = (end: string): string => `Written by \`${renewCommand}\`${end}`;

const settings = (): string => settingsTable(describeSettings());

/**
 * Puts a text between the two marks that name a part.
 *
 * @throws {RangeError} when a document has no such marks: its part would be lost silently.
 */
export function withPart(document: string, name: string, text: string): string {
  const begin = `<!-- generated: ${name} -->\n`;
  const from = document.indexOf(begin);
  const to = document.indexOf('<!-- /generated -->', from);
  if (from === -1 || to === -1) {
    throw new RangeError(`Expected the marks '${begin.trim()}' and '<!-- /generated -->'.`);
  }
  return `${document.slice(0, from + begin.length)}${text}\n${document.slice(to)}`;
}

/** Fills each `<!-- example: file -->` part with the text of the file, which a test runs. */
export const withExamples = (document: string, readFile: (file: string) => string): string =>
  document.replace(
    /(<!-- example: (\S+) -->\n)[\s\S]*?(<!-- \/example -->)/g,
    (_, begin, file, end) => `${begin}\`\`\`ts\n${readFile(file).trim()}\n\`\`\`\n${end}`,
  );

async function chartsPage(): Promise<string> {
  const charts = machinesOf(await import('../machines/index.ts')).map((machine) =>
    chartOf(machine),
  );
  const index = charts.map(({ id, description = '' }) =>
    `- [${id}](#${id.toLowerCase()}) ${description}`.trimEnd(),
  );
  const pages = charts.map((chart) => {
    const diagram = `\`\`\`mermaid\n${mermaidOf(chart)}\n\`\`\``;
    const parts = [`## ${chart.id}`, chart.description ?? '', diagram];
    return [...parts, stateTable(chart), transitionTable(chart)].filter(Boolean).join('\n\n');
  });
  const intro = `Every machine as a diagram and as tables. ${writtenBy('.')}`;
  return `${['# Charts', intro, index.join('\n'), ...pages].join('\n\n')}\n`;
}

async function apiPage(): Promise<string> {
  const sections = await Promise.all(
    entriesOf(read('package.json')).map(async ({ name, file }) => {
      const exports = await publicApi(read(file), () => import(`../${file}`));
      const rows = exports.map((item) => `| \`${item.name}\` | ${item.kind} |`);
      return [`## ${name}`, '', '| export | kind |', '|---|---|', ...rows].join('\n');
    }),
  );
  const intro = `What users can import. ${writtenBy('; a change here is a change for users.')}`;
  return `${['# Public names', intro, ...sections].join('\n\n')}\n`;
}
