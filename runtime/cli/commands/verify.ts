/** `kintsugi verify DIR`: is the journal whole and unchanged? */
import { readFile } from 'node:fs/promises';
import { fileLog } from '../../journal/file-log.ts';
import { type JournalReport, type VerifyOptions, verifyJournal } from '../../journal/verify.ts';
import { checkSnapshots, type SnapshotCheck } from '../../snapshot/load.ts';
import type { CommandOptions } from '../command.ts';
import { EXIT_DONE, EXIT_FALSE, type ExitCode } from '../exit-codes.ts';
import { createOutput, type Io } from '../output.ts';
import { createProgress } from '../progress.ts';
import { UsageError } from '../usage-error.ts';

/**
 * @throws {JournalUnavailableError} when the folder holds no journal or cannot be read.
 * @throws {UsageError} when a key or the head that was given cannot be used.
 */
export async function run(
  [dir = '']: readonly string[],
  options: CommandOptions,
  io: Io,
  verify: typeof verifyJournal = verifyJournal,
): Promise<ExitCode> {
  const output = createOutput(io, options);
  const wanted = await optionsOf(options);
  const progress = createProgress({ stream: io.stderr, label: `verifying ${dir}` });
  const ticking = setInterval(() => progress.update(0), 250);
  try {
    const report = await verify(dir, wanted);
    const snapshots = report.ok ? await checkSnapshots(fileLog(dir)) : undefined;
    progress.finish();
    output.result({ dir, ...report, ...(snapshots && { snapshots }) });
    output.text(reportText(dir, report, options.publicKey !== undefined));
    if (snapshots) output.text(snapshotLines(snapshots).join('\n'));
    return report.ok && snapshots?.damaged.length === 0 ? EXIT_DONE : EXIT_FALSE;
  } catch (error) {
    if (!(error instanceof TypeError) || options.publicKey === undefined) throw error;
    const files = options.publicKey.join("', '");
    throw new UsageError(`--public-key '${files}': expected public Ed25519 keys in PEM.`);
  } finally {
    clearInterval(ticking);
    progress.finish();
  }
}

async function optionsOf({ publicKey, head }: CommandOptions): Promise<VerifyOptions> {
  return {
    ...(publicKey && { publicKey: await Promise.all(publicKey.map(readKey)) }),
    ...(head !== undefined && { expectedHead: headOf(head) }),
  };
}

async function readKey(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : cause;
    throw new UsageError(`--public-key '${file}' cannot be read: ${why}.`, { cause });
  }
}

function headOf(text: string): { lastSeq: number; hash: string } {
  const found = /^([0-9]{1,15}):([0-9a-f]{64})$/.exec(text);
  if (found !== null) return { lastSeq: Number(found[1]), hash: found[2]! };
  throw new UsageError(`--head '${text}': expected SEQ:HASH, as in 1200:9f2c... (64 hex digits).`);
}

/** `isProof`: the keys were kept elsewhere. */
export function reportText(dir: string, report: JournalReport, isProof = false): string {
  const { entries, blocks, bytes, segments, lastSeq, hash, damage, tornBytes, late } = report;
  const size =
    `${entries} entries in ${blocks} blocks, ${bytes} bytes, ` +
    `${segments} ${segments === 1 ? 'segment' : 'segments'}`;
  const lateLines = (late ?? []).map(
    (found) =>
      `late:     ${found.bytes} bytes in ${found.file}, of a writer that had been replaced; ` +
      'no part of the journal',
  );
  if (damage === undefined) {
    const torn = `torn:     ${tornBytes} bytes of a commit cut short by a crash; no loss`;
    return [
      `Journal '${dir}' is whole and unchanged.`,
      `holds:    ${size}`,
      `last seq: ${lastSeq}`,
      `hash:     ${hash}`,
      ...signedLines(report, isProof),
      ...(tornBytes === undefined ? [] : [torn]),
      ...lateLines,
    ].join('\n');
  }
  return [
    `Journal '${dir}' is damaged (${damage.kind}): ${damage.reason}.`,
    `file:     ${damage.file}`,
    `segment:  ${damage.segment}`,
    `block:    ${damage.block}, entries ${damage.firstSeq} to ${damage.lastSeq}`,
    `trusted:  ${size}, up to seq ${lastSeq}`,
    ...lateLines,
    'Restore the folder from a backup, or keep it for review and start in another folder.',
  ].join('\n');
}

function snapshotLines({ whole, damaged, unnamed }: SnapshotCheck): string[] {
  const named = (seqs: readonly number[]) => `after seq ${seqs.join(', ')}`;
  return [
    `tree snapshots: ${whole.length} whole${whole.length > 0 ? `, ${named(whole)}` : ''}`,
    ...(damaged.length > 0
      ? [`damaged: ${named(damaged)}; a start uses an older one, or replays the whole journal`]
      : []),
    ...(unnamed.length > 0 ? [`unused: ${named(unnamed)}, left by a crash`] : []),
  ];
}

function signedLines({ signed, lastSeq }: JournalReport, isProof: boolean): string[] {
  const { keys, checkpoints, upToSeq } = signed;
  const whose = isProof ? 'given with --public-key' : 'found in the folder, which proves little';
  const signatures = `${checkpoints} checkpoint${checkpoints === 1 ? '' : 's'} and the head`;
  const lines = [
    `signed:   up to seq ${upToSeq}, ${signatures}`,
    `keys:     ${keys.join(', ')} (${whose})`,
  ];
  if (upToSeq >= lastSeq) return lines;
  const open = `unsigned: seq ${upToSeq + 1} to ${lastSeq}, chained only: `;
  return [...lines, `${open}the last commits before a power failure`];
}
