/** Which entries a command line asks for. */
import type { EntryFilter } from '../export/filter.ts';
import type { SeenActors } from '../export/seen-actors.ts';
import type { CommandOptions } from './command.ts';
import { UsageError } from './usage-error.ts';

/** @throws {UsageError} when no entry at all could be meant. */
export function chosenEntries(options: CommandOptions): EntryFilter {
  const { actor, type, kind, from, until, since, before } = options;
  if (from !== undefined && until !== undefined && from > until) {
    throw new UsageError(`--from ${from} lies behind --until ${until}. Exchange them.`);
  }
  if (since !== undefined && before !== undefined && since >= before) {
    const [later, earlier] = [since, before].map((ms) => new Date(ms).toISOString());
    throw new UsageError(`--since ${later} is not before --before ${earlier}. Exchange them.`);
  }
  return { actor, types: type, kinds: kind, from, until, sinceMs: since, beforeMs: before };
}

/** The error of an actor that no entry names. */
export const unknownActor = (dir: string, { actor, advice }: SeenActors): UsageError =>
  new UsageError(`Journal '${dir}' names no actor '${actor}' there. ${advice}`);
