/** `kintsugi tail DIR`: the last entries of a journal, and new ones as they are committed. */
import { SeenActors } from '../../export/seen-actors.ts';
import { tailJournal } from '../../export/tail.ts';
import { isBeingWritten } from '../../export/writer.ts';
import type { CommandOptions } from '../command.ts';
import { chosenEntries, unknownActor } from '../entry-choice.ts';
import { entryLine } from '../entry-line.ts';
import { EXIT_DONE, type ExitCode } from '../exit-codes.ts';
import { createOutput, type Io } from '../output.ts';
import { createProgress } from '../progress.ts';
import { writeTo } from '../sink.ts';

/** @throws {KintsugiError} for a journal or a filter that cannot be used. */
export async function run(
  [dir = '']: readonly string[],
  options: CommandOptions,
  io: Io,
  stop: AbortController = new AbortController(),
): Promise<ExitCode> {
  const filter = chosenEntries(options);
  const output = createOutput(io, options);
  const seen = options.actor === undefined ? undefined : new SeenActors(options.actor);
  const follow = options.follow ?? (await isBeingWritten(dir));
  const count = options.count ?? 10;
  const progress = createProgress({ stream: io.stderr, label: `reading ${dir}`, noun: 'entries' });
  let isCaughtUp = false;
  let readCount = 0;
  let shownCount = 0;
  const onCaughtUp = (): void => {
    isCaughtUp = true;
    progress.finish();
    const isWhole = filter.from === undefined && filter.beforeMs === undefined;
    if (readCount === 0 && isWhole) output.note(`Journal '${dir}' holds no entries yet.`);
    else if (seen?.isSeen === false && !follow) throw unknownActor(dir, seen);
    else if (shownCount === 0 && count > 0) output.note('No entry passes the filter.');
    if (follow) output.note(`Following '${dir}'. Ctrl-C ends.`);
  };
  const entries = tailJournal(dir, {
    ...filter,
    count,
    follow,
    signal: stop.signal,
    onEntry(entry) {
      readCount += 1;
      seen?.add(entry);
      if (!isCaughtUp) progress.update(entry.seq);
    },
    onAbsent: () => output.note(`Folder '${dir}' holds no journal yet: waiting for one.`),
    onCaughtUp,
  });
  const release = onSignals(() => stop.abort());
  try {
    for await (const entry of entries) {
      shownCount += 1;
      progress.finish();
      await writeTo(io.stdout, `${options.json ? JSON.stringify(entry) : entryLine(entry)}\n`);
    }
  } finally {
    progress.finish();
    release();
  }
  return EXIT_DONE;
}

/** The first signal ends the command in peace, the second one ends the process. */
function onSignals(end: () => void): () => void {
  process.once('SIGINT', end).once('SIGTERM', end);
  return () => {
    process.off('SIGINT', end).off('SIGTERM', end);
  };
}
