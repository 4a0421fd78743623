/** What the command says to the shell. */
import { KintsugiError } from '../../actors/errors.ts';

/** Done. */
export const EXIT_DONE = 0;
/** The thing asked about is false: diverged, tampered, unhealthy. */
export const EXIT_FALSE = 1;
/** Wrong usage, settings or feed. */
export const EXIT_USAGE = 2;
/** The journal cannot be opened. */
export const EXIT_JOURNAL = 3;
/**
 * An error of ours. It is none of the others, so that a script never takes a crash for an answer;
 * the number is EX_SOFTWARE of sysexits.h.
 */
export const EXIT_UNEXPECTED = 70;

export type ExitCode = 0 | 1 | 2 | 3 | 70;

/** Commands that ask about a journal: damage is their answer. For all others it is an obstacle. */
const asksAboutJournal: ReadonlySet<string> = new Set([
  'verify',
  'replay',
  'tree',
  'explain',
  'what-if',
  'tail',
  'export',
]);

/** The exit code of an error that ended a command. */
export function exitCodeOf(error: unknown, command: string): ExitCode {
  if (!(error instanceof KintsugiError)) return EXIT_UNEXPECTED;
  switch (error.code) {
    case 'CONFIG_INVALID':
    case 'FEED_INVALID':
    case 'USAGE':
    case 'NOT_IN_JOURNAL':
    case 'PORT_UNAVAILABLE':
    case 'TOKENS_UNUSABLE':
    case 'TLS_UNUSABLE':
      return EXIT_USAGE;
    case 'JOURNAL_HELD':
    case 'JOURNAL_UNAVAILABLE':
    case 'JOURNAL_EMPTY':
      return EXIT_JOURNAL;
    case 'JOURNAL_CORRUPT':
      return asksAboutJournal.has(command) ? EXIT_FALSE : EXIT_JOURNAL;
    default:
      return EXIT_FALSE;
  }
}
