/** Reads a settings file, YAML or JSON, and keeps the line of each setting. */
import { readFile } from 'node:fs/promises';
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { ConfigInvalidError, type SettingIssue } from '../../actors/errors.ts';
import type { Layer } from './layer.ts';
import { pointerOf } from './pointer.ts';

/** More than any real file has; aliases that multiply themselves reach it. */
const nodeCountMax = 100_000;
const depthMax = 64;

/**
 * Reads a file of settings.
 *
 * @throws {ConfigInvalidError} when it cannot be read, is not UTF-8, YAML or JSON, or no mapping.
 */
export async function readDocument(file: string): Promise<Layer> {
  return parseSettings(await readText(file), file);
}

async function readText(file: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new ConfigInvalidError([{ path: '', source: file, message: whyUnreadable(cause) }]);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const message = 'is not UTF-8 text: save it as UTF-8.';
    throw new ConfigInvalidError([{ path: '', source: file, message }]);
  }
}

function whyUnreadable(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file: create it, or name another one.';
  if (code === 'EISDIR') return 'is a folder: name a YAML or JSON file inside it.';
  if (code === 'EACCES') return 'may not be read by this user: change its permissions.';
  return `cannot be read: ${message}`;
}

/**
 * Takes a text of settings apart. JSON is read as the YAML that it is, so that both have lines.
 *
 * @throws {ConfigInvalidError} when it is not YAML or JSON, or no mapping.
 */
export function parseSettings(text: string, file: string): Layer {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const lineAt = (offset: number): number => lineCounter.linePos(offset).line;
  const problems = [...document.errors, ...document.warnings].map(
    ({ code, message, pos }): SettingIssue => ({
      path: '',
      source: file,
      line: lineAt(pos[0]),
      message:
        code === 'DUPLICATE_KEY'
          ? `${firstWord(text.slice(pos[0]))} is given twice in the same mapping: keep one.`
          : `is not valid YAML or JSON: ${message}`,
    }),
  );
  if (problems.length > 0) throw new ConfigInvalidError(problems);
  const lines = new Map<string, number>();
  const build = builder(document, lineAt, lines, file);
  const value = document.contents === null ? {} : build(document.contents, []);
  if (document.contents !== null && !isRootMap(document.contents) && value !== null) {
    const message = 'must be a mapping of settings, as in `log: { level: info }`.';
    throw new ConfigInvalidError([{ path: '', source: file, line: 1, message }]);
  }
  return {
    value: (value ?? {}) as Record<string, unknown>,
    sourceOf: (steps) => ({ source: file, line: lines.get(pointerOf(steps)) }),
  };
}

const isRootMap = (node: unknown): node is YAMLMap => isMap(node);

const firstWord = (text: string): string =>
  JSON.stringify(/^["']?([^"':\s]*)/.exec(text)?.[1] ?? '');

type Build = (node: unknown, steps: readonly string[]) => unknown;

/**
 * Turns nodes into values. It writes down lines on the way, which the library's own way does not.
 */
function builder(
  document: ReturnType<typeof parseDocument>,
  lineAt: (offset: number) => number,
  lines: Map<string, number>,
  file: string,
): Build {
  let nodeCount = 0;
  const build: Build = (given, steps) => {
    const node = isAlias(given) ? given.resolve(document) : given;
    if (isAlias(given) && node === undefined) {
      const line = lineAt(given.range?.[0] ?? 0);
      const message = `*${given.source} names no anchor: write &${given.source} before its value.`;
      throw new ConfigInvalidError([{ path: steps.join('.'), source: file, line, message }]);
    }
    nodeCount += 1;
    if (nodeCount > nodeCountMax || steps.length > depthMax) {
      const message =
        `nests deeper than ${depthMax} levels or unfolds to more than ${nodeCountMax} values: ` +
        'check its aliases.';
      throw new ConfigInvalidError([{ path: '', source: file, message }]);
    }
    if (isSeq(node)) {
      return node.items.map((item, index) => {
        const next = [...steps, `${index}`];
        markLine(item, next);
        return build(item, next);
      });
    }
    if (!isMap(node)) return isScalar(node) ? node.value : null;
    return Object.fromEntries(
      node.items.map((pair) => {
        const key = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
        const next = [...steps, key];
        markLine(pair.key, next);
        return [key, build(pair.value, next)];
      }),
    );
  };
  function markLine(node: unknown, steps: readonly string[]): void {
    const offset = (node as Node | null)?.range?.[0];
    if (offset !== undefined) lines.set(pointerOf(steps), lineAt(offset));
  }
  return build;
}
