import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { generatedFiles, renewCommand, withExamples, withPart } from '../../.ci/generated.ts';
import { definitions } from '../../runtime/cli/definitions.ts';
import { projectFiles, readProjectFile, root } from './files.ts';
import { brokenLinks, unknownCommands, unknownScripts } from './links.ts';
import { lineCountOf } from './tidy-rules.ts';

const files = projectFiles();
const documents = files.filter((file) => file.endsWith('.md'));
const { scripts } = JSON.parse(readProjectFile('package.json'));
const commands = definitions.map(({ name }) => name);

describe('documents', () => {
  it('have fresh generated parts', async () => {
    for (const { file, text } of await generatedFiles()) {
      const now = existsSync(join(root, file)) ? readProjectFile(file) : '';
      expect(now.split('\n'), `${file} is stale: ${renewCommand}`).toEqual(text.split('\n'));
    }
  });

  it('link only to files that exist', () => {
    const exists = (file: string) => existsSync(join(root, file));
    const found = documents.flatMap((file) => brokenLinks(file, readProjectFile(file), exists));
    expect(found).toEqual([]);
  });

  it.each(documents)('%s names only scripts and commands that exist', (file) => {
    const text = readProjectFile(file);
    expect(unknownScripts(text, scripts)).toEqual([]);
    expect(unknownCommands(text, commands)).toEqual([]);
  });

  it('show an example of about 20 lines in the README', () => {
    const text = readProjectFile('README.md');
    expect(text).toContain('<!-- example: test/examples/readme.example.ts -->');
    expect(lineCountOf(readProjectFile('test/examples/readme.example.ts'))).toBeLessThanOrEqual(25);
  });
});

/** A folder of its own: an example may write a journal beside itself. */
function runExample(file: string) {
  const cwd = mkdtempSync(join(tmpdir(), 'kintsugi-example-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  const hook = join(root, 'test/support/from-source.ts');
  const args = ['--import', hook, join(root, file)];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd,
    encoding: 'utf8',
    // Whoever tries an example must not wait for a process that has nothing more to do.
    timeout: 15_000,
  });
  return { status, stdout, stderr };
}

describe('examples', () => {
  const examples = files.filter((file) => /^test\/examples\/.*\.example\.ts$/.test(file));

  it.each(examples)('%s runs to its end and complains of nothing', (file) => {
    expect(runExample(file)).toMatchObject({ status: 0, stderr: '' });
  });

  it('of the README prints what a reader expects', () => {
    expect(runExample('test/examples/readme.example.ts').stdout).toBe(
      'session is ready\n/breakers/quotes opened\nrefused\n',
    );
  });
});

describe('rules for documents', () => {
  it('find a part that is not as generated', () => {
    const document = 'a\n<!-- generated: x -->\nold\n<!-- /generated -->\nb\n';
    expect(withPart(document, 'x', 'new')).toBe(document.replace('old', 'new'));
    expect(() => withPart(document, 'y', 'new')).toThrow(RangeError);
  });

  it('find an example that is not as its file', () => {
    const document = (code: string) =>
      `<!-- example: a.ts -->\n\`\`\`ts\n${code}\n\`\`\`\n<!-- /example -->\n`;
    expect(withExamples(document('old();'), (file) => `run('${file}');\n`)).toBe(
      document(`run('a.ts');`),
    );
  });

  it('find links to nowhere, and leave addresses and anchors alone', () => {
    const text = '[a](b.md) [c](../d.md#e) [f](#g) [h](https://example.org/i) [j](gone.md)';
    const exists = (file: string) => ['test/b.md', 'd.md'].includes(file);
    expect(brokenLinks('test/README.md', text, exists)).toEqual([
      'test/README.md links to gone.md',
    ]);
  });

  it('find scripts that do not exist', () => {
    const text = 'npm ci && npm test; npm run -s a -- x; npm run b; npm run lint; npm start';
    expect(unknownScripts(text, { test: '', a: '', lint: '' })).toEqual(['b', 'start']);
  });

  it('find commands that do not exist', () => {
    const blocks = '    kintsugi gone DIR\n    npm run -s kintsugi -- lost\n';
    const text = `${blocks}kintsugi keeps \`kintsugi run --x\` \`kintsugi off\``;
    expect(unknownCommands(text, ['run', 'config check'])).toEqual(['gone', 'lost', 'off']);
  });
});
