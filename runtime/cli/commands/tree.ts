/** `kintsugi tree`: the actors of a running runtime; or at the end of a journal, or at a seq. */

import { divergedError } from '../../replay/divergence.ts';
import { replayJournal } from '../../replay/replay.ts';
import type { TreeView } from '../../view.ts';
import type { CommandOptions } from '../command.ts';
import { EXIT_DONE, type ExitCode } from '../exit-codes.ts';
import { treeOfJournal } from '../journal-tree.ts';
import { createOutput, type Io } from '../output.ts';
import { createProgress } from '../progress.ts';
import { ask } from '../remote.ts';
import { treeText } from '../tree-text.ts';
import { UsageError } from '../usage-error.ts';

/**
 * @throws {ReplayDivergedError} when the journal cannot be replayed up to there.
 * @throws {DoorsUnavailableError} when no journal is named, and no runtime answers.
 */
export async function run(
  [dir]: readonly string[],
  options: CommandOptions,
  io: Io,
): Promise<ExitCode> {
  if (dir === undefined) return live(options, io);
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

async function live(options: CommandOptions, io: Io): Promise<ExitCode> {
  if (options.until !== undefined) {
    throw new UsageError("'--until' looks back into a journal: name its folder, as 'tree DIR'.");
  }
  const output = createOutput(io, options);
  const tree = (await ask(options, { path: '/api/tree' })).body as readonly TreeView[];
  output.result({ tree });
  output.text(treeText(tree));
  return EXIT_DONE;
}
