/** Options of the commands that show entries of a journal: which ones, and where to. */
import { InvalidArgumentError, Option } from 'commander';
import { inputKinds } from '../export/filter.ts';
import type { InputKind } from '../journal/format.ts';
import { moment, wholeNumber } from './numbers.ts';

const option = (flags: string, description: string): Option => new Option(flags, description);
const seq = wholeNumber(1, Number.MAX_SAFE_INTEGER);

/** Which entries; all conditions hold together. */
export const entryOptions = (): readonly Option[] => [
  option('--actor <path>', "to it, or it changed; '/a/b/*' takes in everything below /a/b"),
  option('--type <type>', 'of the event or of a fact; several with commas').argParser(names),
  option('--kind <kind>', `${inputKinds.join(', ')}; several with commas`).argParser(kinds),
  option('--from <seq>', 'first entry').argParser(seq),
  option('--until <seq>', 'last entry').argParser(seq),
  option('--since <time>', 'logical time, ISO 8601 or ms since 1970').argParser(moment),
  option('--before <time>', 'entries earlier than this').argParser(moment),
];

/** Where rows go. */
export const outputOptions = (): readonly Option[] => [
  option('--output <file>', 'new file, for your user only; default: standard output'),
  option('--force', 'write over the file'),
];

/** The option may also be given several times. */
function names(text: string, before: readonly string[] = []): readonly string[] {
  const given = text.split(',').map((name) => name.trim());
  if (given.some((name) => name === '')) {
    throw new InvalidArgumentError('Allowed are names with commas between, as A,B.');
  }
  return [...before, ...given];
}

function kinds(text: string, before: readonly InputKind[] = []): readonly InputKind[] {
  const given = names(text).map((name) => {
    const kind = inputKinds.find((known) => known === name);
    if (kind) return kind;
    throw new InvalidArgumentError(`Allowed are ${inputKinds.join(', ')}.`);
  });
  return [...before, ...given];
}
