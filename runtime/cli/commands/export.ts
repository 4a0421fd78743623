/** `kintsugi export DIR | export audit DIR | export verify FILE`. */
import { exportAudit } from '../../export/audit.ts';
import { type AuditReport, verifyAudit } from '../../export/audit-verify.ts';
import { type ExportFormat, exportJournal } from '../../export/export.ts';
import { SeenActors } from '../../export/seen-actors.ts';
import type { CommandOptions } from '../command.ts';
import { chosenEntries, unknownActor } from '../entry-choice.ts';
import { EXIT_DONE, EXIT_FALSE, type ExitCode } from '../exit-codes.ts';
import { createOutput, type Io } from '../output.ts';
import { createProgress } from '../progress.ts';
import { fileSink, type Sink, streamSink } from '../sink.ts';
import { UsageError } from '../usage-error.ts';

/** How often progress is looked at. */
const tickMs = 250;

/** @throws {KintsugiError} for a journal, a filter or a file that cannot be used. */
export async function run(
  args: readonly string[],
  options: CommandOptions,
  io: Io,
): Promise<ExitCode> {
  const [first = '', second = ''] = args;
  if (args.length === 2 && first === 'verify') return verify(second, options, io);
  if (args.length === 2 && first === 'audit') return audit(second, options, io);
  return entries(first, options, io);
}

async function entries(dir: string, options: CommandOptions, io: Io): Promise<ExitCode> {
  const filter = chosenEntries(options);
  const seen = options.actor === undefined ? undefined : new SeenActors(options.actor);
  const format = formatOf(options);
  await write(dir, options, io, { format }, async (sink, read) => {
    let rows = format === 'csv' ? -1 : 0;
    const onEntry = (entry: Parameters<SeenActors['add']>[0]): void => {
      seen?.add(entry);
      read(entry.seq);
    };
    for await (const row of exportJournal(dir, { ...filter, format, onEntry })) {
      await sink.write(row);
      rows += 1;
    }
    if (seen?.isSeen === false) throw unknownActor(dir, seen);
    return { rows };
  });
  return EXIT_DONE;
}

const formatOf = ({ format, output }: CommandOptions): ExportFormat =>
  format === 'csv' || (format === undefined && output?.toLowerCase().endsWith('.csv'))
    ? 'csv'
    : 'ndjson';

async function audit(dir: string, options: CommandOptions, io: Io): Promise<ExitCode> {
  await write(dir, options, io, { format: 'audit' }, async (sink, read) => {
    let rows = 0;
    let journal = {};
    const lines = exportAudit(dir, {
      onEntry: ({ seq }) => read(seq),
      onJournal: ({ lastSeq, hash }) => {
        journal = { lastSeq, hash };
      },
    });
    for await (const line of lines) {
      await sink.write(line);
      rows += 1;
    }
    return { rows, journal };
  });
  return EXIT_DONE;
}

type Summary = { readonly rows: number; readonly journal?: object };

/** Brings rows to where they are wanted, and says how many there were. */
async function write(
  dir: string,
  { output: file, force, json }: CommandOptions,
  io: Io,
  { format }: { readonly format: string },
  rowsTo: (sink: Sink, read: (seq: number) => void) => Promise<Summary>,
): Promise<void> {
  if (json && file === undefined) {
    throw new UsageError(
      '--json prints a summary on standard output, where the rows go. Give --output FILE as well.',
    );
  }
  const output = createOutput(io, { json: json === true });
  const isQuiet = file === undefined && io.stdout.isTTY === true;
  const stream = isQuiet ? { write: () => true } : io.stderr;
  const progress = createProgress({ stream, label: `exporting ${dir}`, noun: 'entries' });
  const sink =
    file === undefined ? streamSink(io.stdout) : await fileSink(file, { force, journal: dir });
  let readSeq = 0;
  const ticking = setInterval(() => progress.update(readSeq), tickMs);
  try {
    const summary = await rowsTo(sink, (seq) => {
      readSeq = seq;
    });
    await sink.close();
    progress.finish();
    output.result({ dir, output: file, format, ...summary });
    output.note(`${summary.rows} ${summary.rows === 1 ? 'row' : 'rows'} as ${format}${to(file)}.`);
  } catch (error) {
    progress.finish();
    // What came before a damage is worth having; nothing else is.
    if (isDamage(error)) await sink.close();
    else await sink.discard();
    throw error;
  } finally {
    clearInterval(ticking);
  }
}

const to = (file: string | undefined): string => (file === undefined ? '' : ` in '${file}'`);

const isDamage = (error: unknown): boolean =>
  (error as { readonly code?: unknown } | null)?.code === 'JOURNAL_CORRUPT';

async function verify(file: string, options: CommandOptions, io: Io): Promise<ExitCode> {
  const output = createOutput(io, options);
  const progress = createProgress({ stream: io.stderr, label: `verifying ${file}` });
  const ticking = setInterval(() => progress.update(0), tickMs);
  const report = await verifyAudit(file)
    .catch((error: NodeJS.ErrnoException) => {
      throw new UsageError(`File '${file}' cannot be read: ${error.message}.`, { cause: error });
    })
    .finally(() => {
      clearInterval(ticking);
      progress.finish();
    });
  output.result({ file, ...report });
  output.text(auditText(file, report));
  return report.ok ? EXIT_DONE : EXIT_FALSE;
}

export function auditText(file: string, report: AuditReport): string {
  const { lines, entries: count, hash, journal, damage } = report;
  if (damage === undefined) {
    return [
      `Audit file '${file}' is whole and unchanged.`,
      `holds:    ${count} entries in ${lines} lines`,
      `hash:     ${hash}`,
      `journal:  last seq ${journal?.lastSeq}, hash ${journal?.hash}`,
      "Compare the journal's hash with `kintsugi verify`: the chain alone has no key.",
    ].join('\n');
  }
  const { line, reason, expected, actual } = damage;
  const found = expected === undefined ? [] : [`expected: ${expected}`, `got:      ${actual}`];
  return [
    `Audit file '${file}' cannot be trusted from line ${line} on: ${reason}.`,
    ...found,
    `trusted:  ${count} entries in ${lines} lines`,
    'Export it again from the journal, and keep this file for review.',
  ].join('\n');
}
