/** `kintsugi verify DIR`: is the journal whole and unchanged? */
import { type JournalReport, verifyJournal } from '../../journal/verify.ts';
import type { CommandOptions } from '../command.ts';
import { EXIT_DONE, EXIT_FALSE, type ExitCode } from '../exit-codes.ts';
import { createOutput, type Io } from '../output.ts';
import { createProgress } from '../progress.ts';

/** @throws {JournalUnavailableError} when the folder holds no journal or cannot be read. */
export async function run(
  [dir = '']: readonly string[],
  options: CommandOptions,
  io: Io,
  verify: (dir: string) => Promise<JournalReport> = verifyJournal,
): Promise<ExitCode> {
  const output = createOutput(io, options);
  const progress = createProgress({ stream: io.stderr, label: `verifying ${dir}` });
  const ticking = setInterval(() => progress.update(0), 250);
  try {
    const report = await verify(dir);
    progress.finish();
    output.result({ dir, ...report });
    output.text(reportText(dir, report));
    return report.ok ? EXIT_DONE : EXIT_FALSE;
  } finally {
    clearInterval(ticking);
    progress.finish();
  }
}

export function reportText(dir: string, report: JournalReport): string {
  const { entries, blocks, bytes, lastSeq, hash, damage, tornBytes } = report;
  const size = `${entries} entries in ${blocks} blocks, ${bytes} bytes`;
  if (damage === undefined) {
    const torn =
      tornBytes === undefined
        ? []
        : [`torn:     ${tornBytes} bytes of a commit cut short by a crash; no loss`];
    return [
      `Journal '${dir}' is whole and unchanged.`,
      `holds:    ${size}`,
      `last seq: ${lastSeq}`,
      `hash:     ${hash}`,
      ...torn,
    ].join('\n');
  }
  return [
    `Journal '${dir}' is damaged (${damage.kind}): ${damage.reason}.`,
    `file:     ${damage.file}`,
    `block:    ${damage.block}, entries ${damage.firstSeq} to ${damage.lastSeq}`,
    `trusted:  ${size}, up to seq ${lastSeq}`,
    'Restore the folder from a backup, or keep it for review and start in another folder.',
  ].join('\n');
}
