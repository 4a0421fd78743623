/** `kintsugi inspect DIR`: the page over a recorded journal. */
import { httpSettingsSchema } from '../../../config/http.ts';
import { servePage } from '../../http/page.ts';
import { inspectRoutes } from '../../http/routes/inspect.ts';
import { openHttpServer } from '../../http/server.ts';
import { freshTokens } from '../../http/tokens.ts';
import { Hub } from '../../inspector/hub.ts';
import { openRecorded } from '../../inspector/recorded-source.ts';
import { serveLive } from '../../inspector/stream.ts';
import type { CommandOptions } from '../command.ts';
import { EXIT_DONE, type ExitCode } from '../exit-codes.ts';
import { treeOfJournal } from '../journal-tree.ts';
import { createOutput, type Io } from '../output.ts';

/**
 * @throws {PortUnavailableError} when nothing can listen there.
 * @throws {JournalCorruptError | JournalUnavailableError | JournalEmptyError}
 */
export async function run(
  [dir = '']: readonly string[],
  options: CommandOptions,
  io: Io,
): Promise<ExitCode> {
  const output = createOutput(io, options);
  const source = await openRecorded(dir, {
    tree: treeOfJournal,
    allowChanged: options.allowChanged === true,
  });
  const hub = new Hub({ source });
  const tokens = freshTokens();
  const server = await openHttpServer({
    settings: httpSettingsSchema.parse({ port: options.port ?? 0 }),
    ...{ tokens, source, routes: inspectRoutes },
    extend: (one) => {
      servePage(one);
      serveLive(one, hub);
    },
  });
  const url = `${server.url}/#token=${tokens.viewer}`;
  const { seq, digest } = source.head();
  const { hasMachines, why } = source;
  output.result({ dir, url, seq, digest, hasMachines });
  output.text(`${dir} up to seq ${seq}: ${url}`);
  if (why !== undefined) output.note(`Only its recorded turns are shown. ${why}`);
  output.note('Ctrl-C ends it.');
  await interrupted();
  await server.close();
  return EXIT_DONE;
}

const interrupted = (): Promise<void> =>
  new Promise((resolve) => {
    const end = () => {
      process.off('SIGINT', end).off('SIGTERM', end);
      resolve();
    };
    process.on('SIGINT', end).on('SIGTERM', end);
  });
