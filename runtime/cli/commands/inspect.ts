/** `kintsugi inspect [DIR]`: the page over a recorded journal, or over those that are dropped. */
import { once } from 'node:events';
import { type HttpSettings, httpSettingsSchema } from '../../../config/http.ts';
import { inspectRoutes } from '../../http/routes/inspect.ts';
import { ofRecordings, recordingRoutes } from '../../http/routes/recordings.ts';
import { openRecorded } from '../../inspector/recorded-source.ts';
import { Recordings } from '../../inspector/recordings.ts';
import { type ServedPage, servePageOver } from '../../inspector/serve.ts';
import type { CommandOptions } from '../command.ts';
import { EXIT_DONE, type ExitCode } from '../exit-codes.ts';
import { treeOfJournal } from '../journal-tree.ts';
import { createOutput, type Io, type Output } from '../output.ts';

/** How recorded journals are opened. */
interface Known {
  readonly tree: typeof treeOfJournal;
  readonly allowChanged: boolean;
}

/**
 * @throws {PortUnavailableError} when nothing can listen there.
 * @throws {JournalCorruptError | JournalUnavailableError | JournalEmptyError}
 */
export async function run(
  [dir]: readonly string[],
  options: CommandOptions,
  io: Io,
  stop: AbortController = new AbortController(),
): Promise<ExitCode> {
  const output = createOutput(io, options);
  const settings = httpSettingsSchema.parse({ port: options.port ?? 0 });
  const known = { tree: treeOfJournal, allowChanged: options.allowChanged === true };
  const page = await (dir === undefined
    ? overUploads(settings, known, output)
    : overJournal(dir, settings, known, output));
  output.note('Ctrl-C ends it.');
  await interrupted(stop);
  await page.close();
  return EXIT_DONE;
}

async function overJournal(
  dir: string,
  settings: HttpSettings,
  known: Known,
  output: Output,
): Promise<ServedPage> {
  const source = await openRecorded(dir, known);
  const page = await servePageOver({ settings, source, routes: inspectRoutes });
  const url = `${page.url}/#token=${page.tokens.viewer}`;
  const { seq, digest } = source.head();
  const { hasMachines, why } = source;
  output.result({ dir, url, seq, digest, hasMachines });
  output.text(`${dir} up to seq ${seq}: ${url}`);
  if (why !== undefined) output.note(`Only its recorded turns are shown. ${why}`);
  return page;
}

/** Whoever opens a recording writes to the disk: that takes an operator. */
async function overUploads(
  settings: HttpSettings,
  known: Known,
  output: Output,
): Promise<ServedPage> {
  const recordings = new Recordings({ bytesMax: settings.recordingBytesMax, ...known });
  const routes = [...ofRecordings(inspectRoutes, recordings), ...recordingRoutes(recordings)];
  const page = await servePageOver({ settings, recordings, routes });
  const url = `${page.url}/#token=${page.tokens.operator}`;
  output.result({ url });
  output.text(`Drop a recorded journal there: ${url}`);
  return page;
}

async function interrupted(stop: AbortController): Promise<void> {
  const end = () => stop.abort();
  process.on('SIGINT', end).on('SIGTERM', end);
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
  process.off('SIGINT', end).off('SIGTERM', end);
}
