/** Says why a journal cannot be opened or written: what happened, where, and the way out. */
import { JournalUnavailableError } from '../../actors/errors.ts';
import type { AppendOutcome, LogHead } from '../../actors/ports.ts';

const otherFolder = 'choose another folder with --journal';

const causes: { readonly [code: string]: readonly [what: string, wayOut: string] } = {
  ENOSPC: ['no space is left on the disk', 'Free some space and start again'],
  EDQUOT: ['the disk quota is used up', 'Free some space and start again'],
  EROFS: ['the file system is mounted read-only', `Mount it for writing, or ${otherFolder}`],
  EACCES: ['permission is denied', `Give this user the right to write there, or ${otherFolder}`],
  EPERM: ['permission is denied', `Give this user the right to write there, or ${otherFolder}`],
  ENOTDIR: ['it, or a part of its path, is a file', `Move that file away, or ${otherFolder}`],
  EEXIST: ['it, or a part of its path, is a file', `Move that file away, or ${otherFolder}`],
  EISDIR: ['a folder stands where a file of it belongs', `Move that away, or ${otherFolder}`],
  ENOENT: ['it does not exist', 'Check the path'],
  EIO: ['the disk reports an error', 'Check the disk, then the journal with `kintsugi verify`'],
  EMFILE: ['too many files are open', 'Raise the limit of open files (`ulimit -n`)'],
};

const codeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause ? String(cause.code) : '';

const wordsOf = (cause: unknown): string => (cause instanceof Error ? cause.message : `${cause}`);

/** `doing` completes "Journal ... cannot be ...", as in `opened`; `dir` is absent in memory. */
export function unavailable(
  dir: string | undefined,
  doing: 'opened' | 'written' | 'read',
  cause: unknown,
): JournalUnavailableError {
  if (cause instanceof JournalUnavailableError) return cause;
  return cannot(dir === undefined ? 'Journal' : `Journal '${dir}'`, doing, cause);
}

/** A file of the log that cannot be read behind `end`: that is no damage, but nobody passes it. */
export const unreadable = (
  file: string,
  end: { readonly version: number; readonly lastSeq: number },
  cause: unknown,
): JournalUnavailableError => {
  const where = `block ${end.version + 1} (behind seq ${end.lastSeq})`;
  return cannot(`Journal file '${file}', ${where},`, 'read', cause);
};

function cannot(name: string, doing: string, cause: unknown): JournalUnavailableError {
  const code = codeOf(cause);
  const [what, wayOut] = causes[code] ?? [wordsOf(cause), `Cure the cause, or ${otherFolder}`];
  const suffix = code in causes ? ` (${code})` : '';
  const text = `${name} cannot be ${doing}: ${what}${suffix}. ${wayOut}.`;
  return new JournalUnavailableError(text, { cause });
}

/** The error of a folder in which no journal was ever made. */
export const noJournal = (dir: string): JournalUnavailableError =>
  new JournalUnavailableError(`Folder '${dir}' holds no journal. Check the path.`);

function whyNot(outcome: Exclude<AppendOutcome, { kind: 'ok' }>, head: LogHead): string {
  switch (outcome.kind) {
    case 'fenced':
      return (
        `Journal was taken from this process (epoch ${head.epoch}) by a newer writer ` +
        `(epoch ${outcome.epoch}): this process must stop.`
      );
    case 'conflict':
      return (
        `Journal was written by somebody else: it should end at block ${head.version}. ` +
        'Stop the other writer, then check with `kintsugi verify`.'
      );
    default:
      return unavailable(undefined, 'written', outcome.cause).message;
  }
}

/** The error of a commit that failed after `head`; nothing behind it is acknowledged any more. */
export function commitFailure(
  outcome: Exclude<AppendOutcome, { kind: 'ok' }>,
  head: LogHead,
): JournalUnavailableError {
  const safe = `Entries up to seq ${head.lastSeq} are safe, later ones are not acknowledged.`;
  const cause = 'cause' in outcome ? outcome.cause : undefined;
  return new JournalUnavailableError(`${whyNot(outcome, head)} ${safe}`, { cause });
}
