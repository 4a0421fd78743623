/** `kintsugi what-if DIR --config FILE`: what would have happened under other settings? */
import { verifyJournal } from '../../journal/verify.ts';
import { paperModel } from '../../paper/what-if-model.ts';
import { whatIf } from '../../what-if/what-if.ts';
import { whatIfText } from '../../what-if/what-if-text.ts';
import type { CommandOptions } from '../command.ts';
import { EXIT_DONE, type ExitCode } from '../exit-codes.ts';
import { treeOfJournal } from '../journal-tree.ts';
import { createOutput, type Io } from '../output.ts';
import { createProgress } from '../progress.ts';

/** @throws {KintsugiError} for settings or a journal that cannot be used. */
export async function run(
  [dir = '']: readonly string[],
  options: CommandOptions,
  io: Io,
): Promise<ExitCode> {
  const output = createOutput(io, options);
  const { entries } = await verifyJournal(dir);
  const label = `running ${dir} again`;
  const total = entries * 2;
  const progress = createProgress({ stream: io.stderr, label, noun: 'entries', total });
  const { first, ...result } = await whatIf(dir, {
    settings: options.config ?? {},
    tree: treeOfJournal,
    model: paperModel,
    until: options.until,
    allowChanged: options.allowChanged === true,
    onEntry: (count) => progress.update(count),
  });
  progress.finish();
  output.result({ dir, ...result, first: first ?? null });
  output.text(whatIfText(dir, { ...result, first }));
  return EXIT_DONE;
}
