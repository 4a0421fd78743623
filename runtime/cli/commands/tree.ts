/** `kintsugi tree DIR`: the actors at the end of a journal, or at a seq. */

import { divergedError } from '../../replay/divergence.ts';
import { replayJournal } from '../../replay/replay.ts';
import type { CommandOptions } from '../command.ts';
import { EXIT_DONE, type ExitCode } from '../exit-codes.ts';
import { treeOfJournal } from '../journal-tree.ts';
import { createOutput, type Io } from '../output.ts';
import { createProgress } from '../progress.ts';
import { treeText } from '../tree-text.ts';

/** @throws {ReplayDivergedError} when the journal cannot be replayed up to there. */
export async function run(
  [dir = '']: readonly string[],
  options: CommandOptions,
  io: Io,
): Promise<ExitCode> {
  const output = createOutput(io, options);
  const progress = createProgress({ stream: io.stderr, label: `reading ${dir}`, noun: 'entries' });
  const { tree, lastSeq, at, divergence } = await replayJournal(dir, {
    tree: treeOfJournal,
    until: options.until,
    onEntry: (seq) => progress.update(seq),
  });
  progress.finish();
  if (divergence) throw divergedError(divergence);
  output.result({ dir, seq: lastSeq, at: new Date(at).toISOString(), tree });
  output.text(`${dir} at seq ${lastSeq}, ${new Date(at).toISOString()}\n${treeText(tree)}`);
  return EXIT_DONE;
}
