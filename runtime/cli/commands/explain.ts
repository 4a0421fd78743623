/** `kintsugi explain DIR (--seq N | --actor PATH)`: why an entry did what it did; a story. */
import { type ExplainOptions, explain } from '../../explain/explain.ts';
import { explanationText } from '../../explain/explanation-text.ts';
import { storyText } from '../../explain/story-text.ts';
import type { CommandOptions } from '../command.ts';
import { EXIT_DONE, EXIT_FALSE, type ExitCode } from '../exit-codes.ts';
import { treeOfJournal } from '../journal-tree.ts';
import { createOutput, type Io } from '../output.ts';
import { createProgress } from '../progress.ts';
import { UsageError } from '../usage-error.ts';

/** @throws {NotInJournalError | JournalEmptyError | JournalCorruptError | MachineChangedError} */
export async function run(
  [dir = '']: readonly string[],
  options: CommandOptions,
  io: Io,
  tree: ExplainOptions['tree'] = treeOfJournal,
): Promise<ExitCode> {
  const { seq, actor, from, until, limit } = options;
  check(options);
  const output = createOutput(io, options);
  const progress = createProgress({ stream: io.stderr, label: `reading ${dir}`, noun: 'entries' });
  const how: ExplainOptions = {
    tree,
    allowChanged: options.allowChanged === true,
    onEntry: (entry) => progress.update(entry),
  };
  const answer =
    seq === undefined
      ? await explain(dir, { actor: actor!, from, until, limit }, how)
      : await explain(dir, { seq }, how);
  progress.finish();
  output.result({ dir, ...answer, divergence: answer.divergence ?? null });
  output.text('entry' in answer ? explanationText(answer) : storyText(answer));
  return answer.divergence ? EXIT_FALSE : EXIT_DONE;
}

/** @throws {UsageError} unless the options ask for one thing. */
function check({ seq, actor, from, until, limit }: CommandOptions): void {
  if ((seq === undefined) === (actor === undefined)) {
    throw new UsageError('explain needs one of --seq N and --actor PATH.');
  }
  const ofStory = from !== undefined || until !== undefined || limit !== undefined;
  if (seq !== undefined && ofStory) {
    throw new UsageError('--from, --until and --limit belong to --actor.');
  }
  if (from !== undefined && until !== undefined && from > until) {
    throw new UsageError(`--from ${from} is after --until ${until}.`);
  }
}
