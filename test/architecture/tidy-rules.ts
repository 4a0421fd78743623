/** What keeps each single file readable: lengths, names and words. */
import { basename, dirname } from 'node:path';
import { isScript, ringOf } from './files.ts';
import { lineAt, parseScript, placesOf, type SyntaxNode, wordOf } from './syntax.ts';

export const sourceLineCountMax = 300;
export const testLineCountMax = 400;
export const functionLineCountMax = 70;
export const columnCountMax = 100;
export const medianLineCountMax = 120;

export const lineCountOf = (source: string): number => source.trimEnd().split('\n').length;

const isGenerated = (file: string): boolean => file.endsWith('package-lock.json');

/** Every breach in one file, as sentences that name the line where there is one. */
export function tidyViolations(file: string, source: string): readonly string[] {
  const found = [...nameViolations(file), ...addressViolations(source)];
  if (!isGenerated(file)) found.push(...wordViolations(file, source));
  if (isScript(file)) found.push(...lengthViolations(file, source));
  return found.map((text) => `${file} ${text}`);
}

function lengthViolations(file: string, source: string): readonly string[] {
  const found: string[] = [];
  const countMax = file.startsWith('test/') ? testLineCountMax : sourceLineCountMax;
  const count = lineCountOf(source);
  if (count > countMax) found.push(`has ${count} lines: at most ${countMax}`);
  for (const [index, line] of source.split('\n').entries()) {
    const { length } = [...line];
    if (length > columnCountMax) found.push(`has ${length} columns in line ${index + 1}`);
  }
  return [...found, ...longFunctions(source)];
}

function longFunctions(source: string): readonly string[] {
  const found: string[] = [];
  for (const { node, around } of placesOf(parseScript(source))) {
    if (!/Function/.test(node.type) || node.type.startsWith('TS')) continue;
    const line = lineAt(source, node.start);
    const count = lineAt(source, node.end) - line + 1;
    if (count <= functionLineCountMax || isGroupOfTests(around[0])) continue;
    found.push(`has a function of ${count} lines at line ${line}: at most ${functionLineCountMax}`);
  }
  return found;
}

/** The callback of `describe` is a heading over tests, not something to follow from top to end. */
function isGroupOfTests(parent: SyntaxNode | undefined): boolean {
  if (parent?.type !== 'CallExpression') return false;
  let callee = parent.callee as SyntaxNode;
  while (callee.type !== 'Identifier') {
    const inner = callee.callee ?? callee.object ?? callee.tag;
    if (!inner) return false;
    callee = inner as SyntaxNode;
  }
  return wordOf(callee) === 'describe';
}

const escapeMark = '\\x40ts-';

/** Words that stand for unfinished work or for a check that was turned off. */
const refusedWords: readonly (readonly [pattern: RegExp, where: (file: string) => boolean])[] = [
  [/\b(?:TO{1}DO|FIX{1}ME|X{3}|HA{1}CK)\b/, () => true],
  [/\bas {1}any\b(?! \w)/, isScript],
  [new RegExp(`${escapeMark}(?:ignore|nocheck)`), isScript],
  [/\.(?:only|skip|skipIf|runIf|todo|fails)\(/, mustSayWhy],
  [/\bconsole\b/, (file) => ringOf(file) !== undefined && isScript(file)],
  [/\bdebugger\b/, isScript],
];

/** Only `needs.ts` leaves tests out, so that it is always said why. */
function mustSayWhy(file: string): boolean {
  return isScript(file) && file.startsWith('test/') && file !== 'test/support/needs.ts';
}

function wordViolations(file: string, source: string): readonly string[] {
  return source.split('\n').flatMap((line, index) =>
    refusedWords.flatMap(([pattern, where]) => {
      const [word] = where(file) ? (pattern.exec(line) ?? []) : [];
      return word === undefined ? [] : [`says '${word}' in line ${index + 1}`];
    }),
  );
}

/** A name that says nothing about the idea inside. */
const refusedNames = /^(?:utils?|common|helpers?|types?|misc|shared|stuff)$/;

const kebab = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const loudNames = /^(?:README\.md|CHARTS\.md|CHANGELOG\.md|LICENSE|package-lock\.json)$/;

function nameViolations(file: string): readonly string[] {
  const name = basename(file);
  const [stem = '', ...rest] = name.replace(/^\./, '').split('.');
  const folders = dirname(file).split('/');
  const parts = [...folders.map((folder) => folder.replace(/^\.(?=.)/, '')), stem, ...rest];
  if (!loudNames.test(name) && !parts.every((part) => part === '.' || kebab.test(part))) {
    return ['is not named in kebab-case'];
  }
  return isScript(file) && refusedNames.test(stem) ? [`has the empty name '${stem}'`] : [];
}

/**
 * Hosts of one company's network: one word, a private ending, a number, or a store of packages.
 * Whoever has the project elsewhere cannot reach them.
 */
const privateHost =
  /^[\w-]+$|\.(?:internal|local|lan|corp|intranet|home)$|^\d+(?:\.\d+){3}$|registry|artifactory/;
const loopbackHost = /^(?:localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0)$/;
const address = /\b(?:https?|wss?|git|ssh):\/\/(?:[^\s/@'"`]*@)?([\w.-]*\w)/g;

/** Folders of one machine: a path through them works nowhere else. */
const machinePath = /(?<![\w.*~/-])\/(?:work|root|home|Users|mnt|opt|srv)\/[\w.-]+/;

function addressViolations(source: string): readonly string[] {
  return source.split('\n').flatMap((line, index) => {
    const [path] = machinePath.exec(line) ?? [];
    const hosts = [...line.matchAll(address)]
      .map(([, host = '']) => host)
      .filter((host) => privateHost.test(host) && !loopbackHost.test(host));
    const found = path === undefined ? hosts : [path, ...hosts];
    return found.map((text) => `names '${text}' in line ${index + 1}`);
  });
}
