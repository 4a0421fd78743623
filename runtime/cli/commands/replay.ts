/** `kintsugi replay DIR`: does this program do again what the journal says? */
import { verifyJournal } from '../../journal/verify.ts';
import { divergenceText } from '../../replay/divergence.ts';
import { replayJournal } from '../../replay/replay.ts';
import type { CommandOptions } from '../command.ts';
import { EXIT_DONE, EXIT_FALSE, type ExitCode } from '../exit-codes.ts';
import { treeOfJournal } from '../journal-tree.ts';
import { createOutput, type Io } from '../output.ts';
import { createProgress } from '../progress.ts';
import { treeText } from '../tree-text.ts';

/** Effects without outcome that the text names. */
const UNANSWERED_MAX = 10;

/** @throws {JournalCorruptError | JournalUnavailableError | MachineChangedError} */
export async function run(
  [dir = '']: readonly string[],
  options: CommandOptions,
  io: Io,
): Promise<ExitCode> {
  const output = createOutput(io, options);
  const { entries: total } = await verifyJournal(dir);
  const label = `replaying ${dir}`;
  const progress = createProgress({ stream: io.stderr, label, noun: 'entries', total });
  const result = await replayJournal(dir, {
    tree: treeOfJournal,
    until: options.until,
    from: options.from,
    allowChanged: options.allowChanged === true,
    onEntry: (seq) => progress.update(seq),
  });
  progress.finish();
  const { tree, divergence, ...rest } = result;
  const stopped = options.until === undefined ? {} : { tree };
  output.result({ dir, ...rest, divergence: divergence ?? null, ...stopped });
  output.text(textOf(dir, result));
  if (options.until !== undefined) {
    if (!divergence && result.lastSeq < options.until) {
      output.note(`The journal ends before seq ${options.until}: at seq ${result.lastSeq}.`);
    }
    output.text(treeText(tree));
  }
  return divergence ? EXIT_FALSE : EXIT_DONE;
}

function textOf(dir: string, result: Awaited<ReturnType<typeof replayJournal>>): string {
  const { afterSeq, entries, turns, digest, lastSeq, divergence, unanswered } = result;
  const since = afterSeq > 0 ? `, from the tree snapshot after seq ${afterSeq}` : '';
  if (divergence) return divergenceText(divergence);
  const waiting = unanswered.map(
    ({ path, seq }) => `no outcome: ${path}, asked for at seq ${seq}, had none by then`,
  );
  return [
    `Journal '${dir}' replays as it was written.`,
    `entries:  ${entries}${since}, up to seq ${lastSeq}`,
    `turns:    ${turns} compared, none differs`,
    `digest:   ${digest}`,
    ...waiting.slice(0, UNANSWERED_MAX),
    ...(waiting.length > UNANSWERED_MAX ? [`and ${waiting.length - UNANSWERED_MAX} more`] : []),
  ].join('\n');
}
