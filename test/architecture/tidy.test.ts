import { describe, expect, it } from 'vitest';
import { isScript, projectFiles, readProjectFile, ringOf } from './files.ts';
import {
  foldersToExplain,
  medianViolations,
  readmeViolations,
  topLevelViolations,
} from './folder-rules.ts';
import { lineCountOf, tidyViolations } from './tidy-rules.ts';

const files = projectFiles();
const isText = (file: string) => !/\.(?:png|ico|woff2|wasm)$/.test(file);

describe('the project', () => {
  it('keeps every file short, well named and free of unfinished work', () => {
    const found = files
      .filter(isText)
      .flatMap((file) => tidyViolations(file, readProjectFile(file)));
    expect(found).toEqual([]);
  });

  it('has source files of one idea each: the median is short', () => {
    const sources = files.filter((file) => ringOf(file) !== undefined && isScript(file));
    expect(sources.length).toBeGreaterThan(10);
    const counts = sources.map((file) => lineCountOf(readProjectFile(file)));
    expect(medianViolations(counts)).toEqual([]);
  });

  it('has nothing at the top level that the layout does not name', () => {
    expect(topLevelViolations(files)).toEqual([]);
  });

  it('explains each folder on one screen', () => {
    expect(readmeViolations(files, readProjectFile)).toEqual([]);
  });

  it('has a lock file that names no place to load packages from', () => {
    expect(readProjectFile('package-lock.json')).not.toMatch(/"resolved": "(?:https?|git)/);
  });
});

const lines = (count: number, line = 'a();\n') => line.repeat(count);
/** Put together, because this file is judged as well. */
const word = (...parts: readonly string[]) => parts.join('');

describe('rules for a file', () => {
  it.each([
    ['a source file over 300 lines', 'runtime/a.ts', lines(301)],
    ['a test over 400 lines', 'test/a.test.ts', lines(401)],
    ['a function over 70 lines', 'runtime/a.ts', `function f() {\n${lines(70)}}\n`],
    ['an arrow function over 70 lines', 'runtime/a.ts', `const f = () => {\n${lines(70)}};\n`],
    ['an expression over 70 lines', 'runtime/a.ts', `const f = () => [\n${lines(70, '1,\n')}];\n`],
    ['a method over 70 lines', 'runtime/a.ts', `class A {\n  m() {\n${lines(70)}}\n}\n`],
    ['a test case over 70 lines', 'test/a.test.ts', `it('x', () => {\n${lines(70)}});\n`],
    ['a line over 100 columns', 'runtime/a.ts', `// ${'x'.repeat(98)}\n`],
    ['unfinished work', 'runtime/a.ts', word('// TO', 'DO: later')],
    ['unfinished work in a document', 'README.md', word('FIX', 'ME')],
    ['a shortcut', 'runtime/a.ts', word('// HA', 'CK')],
    ['three letters X', 'runtime/a.ts', word('// XX', 'X')],
    ['a cast to any', 'runtime/a.ts', word('f(a as', ' any);')],
    ['an ignored error of types', 'runtime/a.ts', word('// @', 'ts-ignore')],
    ['unchecked types', 'test/a.ts', word('// @', 'ts-nocheck')],
    ['one test alone', 'test/a.test.ts', word('it.on', "ly('x', f);")],
    ['a test left out', 'test/a.test.ts', word('it.sk', "ip('x', f);")],
    ['a test left out by a condition', 'test/a.test.ts', word('it.skip', "If(a)('x', f);")],
    ['the console in a source', 'actors/a.ts', 'console.log(1);'],
    ['a name in capitals', 'runtime/MyFile.ts', ''],
    ['a name with underscores', 'runtime/my_file.ts', ''],
    ['a folder in capitals', 'runtime/Journal/a.ts', ''],
    ['utils', 'runtime/utils.ts', ''],
    ['helpers', 'test/support/helpers.ts', ''],
    ['types', 'machines/types.ts', ''],
    ['common', 'actors/common.ts', ''],
    ["a person's folder", 'README.md', word('see /ho', 'me/ann/kintsugi')],
    ['a folder of one machine', 'test/a.ts', word("const d = '/ro", "ot/data';")],
    ['a host of one network', '.ci/run', word('curl http', '://store:8080/a')],
    ['a number as a host', 'runtime/a.ts', word("f('http", "://10.1.2.3/a');")],
    ['where packages come from', 'README.md', word('https', '://registry.npm', 'js.org/')],
  ])('refuse %s', (_, file, source) => {
    expect(tidyViolations(file, source)).toHaveLength(1);
  });

  it.each([
    ['300 lines and 100 columns', 'runtime/a.ts', `${lines(299)}// ${'x'.repeat(97)}\n`],
    ['400 lines of a test', 'test/a.test.ts', lines(400)],
    ['a function of 70 lines', 'runtime/a.ts', `function f() {\n${lines(68)}}\n`],
    ['a long group of tests', 'test/a.test.ts', `describe('x', () => {\n${lines(90)}});\n`],
    ['a long group for each', 'test/a.test.ts', `describe.each([1])('x', () => {\n${lines(90)}});`],
    ['braces in text', 'runtime/a.ts', "const s = '{ function f() {'; // {\nconst r = /[{]/;\n"],
    [
      'the words in prose',
      'runtime/a.ts',
      word('// The same as', ' any other; a custom todo list.'),
    ],
    ['an action named skip', 'runtime/a.ts', word('iterator.sk', "ip('x');")],
    ['the console in a benchmark', 'test/bench/a.bench.ts', 'console.log(1);'],
    ['a name of two parts', 'test/a.properties.test.ts', ''],
    ['an idea with types in its name', 'machines/breaker-types.ts', ''],
    ['dot files', '.ci/tsconfig.build.json', ''],
    ['long lines of a document', 'README.md', 'x'.repeat(400)],
    ['loopback and public hosts', 'README.md', 'http://127.0.0.1:80 https://example.org/a'],
    ['relative and system folders', 'README.md', '../home/a /tmp/a /dev/null a/work/b'],
  ])('allow %s', (_, file, source) => {
    expect(tidyViolations(file, source)).toEqual([]);
  });
});

describe('rules for folders', () => {
  it('refuse a source folder at the top level, and a stray file', () => {
    const strays = topLevelViolations(['src/a.ts', 'biome.json', 'config/a.ts', '.ci/run']);
    expect(strays).toEqual(['src', 'biome.json']);
  });

  it('ask each ring and each folder in it for a README, not the folders below', () => {
    const folders = foldersToExplain([
      'runtime/cli/commands/run.ts',
      'machines/a.ts',
      'test/a/b.ts',
    ]);
    const others = ['.ci', 'actors', 'config', 'machines', 'runtime', 'test'];
    expect(folders).toEqual([...others, 'runtime/cli'].toSorted());
  });

  it('refuse a README that is missing or longer than a screen, and skip its generated part', () => {
    const present = ['.ci', 'actors', 'config', 'runtime', 'test'].map(
      (name) => `${name}/README.md`,
    );
    const table = `<!-- generated: settings -->\n${lines(99)}<!-- /generated -->\n`;
    const read = (file: string) => (file.startsWith('actors') ? lines(61) : lines(20) + table);
    expect(readmeViolations(present, read)).toEqual([
      'actors/README.md has 61 lines: one screen is enough',
      'machines has no README.md',
    ]);
  });

  it('refuse a median of 120 lines', () => {
    expect(medianViolations([10, 120, 130])).toEqual(['the median source file has 120 lines']);
    expect(medianViolations([10, 119, 300])).toEqual([]);
  });
});
