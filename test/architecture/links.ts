/** What documents promise: files that are linked, scripts and commands that are named. */
import { dirname, join, normalize } from 'node:path';

/** Relative links and images that lead to nothing; anchors and addresses are left alone. */
export function brokenLinks(
  file: string,
  text: string,
  exists: (file: string) => boolean,
): readonly string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '');
  return [...prose.matchAll(/\]\(([^)\s#]*)(?:#[^)\s]*)?\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
    .filter((target) => !exists(normalize(join(dirname(file), target))))
    .map((target) => `${file} links to ${target}`);
}

/** npm scripts that a document tells the reader to run and that do not exist. */
export function unknownScripts(
  text: string,
  scripts: Readonly<Record<string, string>>,
): readonly string[] {
  const runs = [...text.matchAll(/\bnpm run (?:-s |--silent )?([\w:-]+)/g)].map(
    ([, name]) => name!,
  );
  const short = [...text.matchAll(/\bnpm (test|start)\b/g)].map(([, name]) => name!);
  return [...new Set([...runs, ...short])].filter((name) => !(name in scripts));
}

/** `kintsugi COMMAND` lines in code blocks and code words whose command does not exist. */
export function unknownCommands(text: string, commands: readonly string[]): readonly string[] {
  const known = new Set(commands.map((command) => command.split(' ')[0]));
  const told = [
    ...text.matchAll(/^ {4}(?:\$ )?(?:npm run -s kintsugi -- |kintsugi )([a-z][\w-]*)/gm),
    ...text.matchAll(/`(?:npm run -s kintsugi -- |kintsugi )([a-z][\w-]*)[^`]*`/g),
  ].map(([, name]) => name!);
  return [...new Set(told)].filter((name) => !known.has(name));
}
