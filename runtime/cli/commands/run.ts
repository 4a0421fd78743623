/** `kintsugi run`: the runtime over the paper-trading host, until its feed ends or Ctrl-C. */
import type { Book } from '../../../machines/paper/book.ts';
import type { OpenDoors } from '../../doors.ts';
import { createLogger } from '../../log.ts';
import { type PaperStatus, runPaper } from '../../paper/host.ts';
import { formatReport } from '../../paper/report-text.ts';
import { loadSettings } from '../../settings/load.ts';
import type { CommandOptions } from '../command.ts';
import { EXIT_DONE, type ExitCode } from '../exit-codes.ts';
import { createOutput, type Io } from '../output.ts';
import { createProgress } from '../progress.ts';

/** @throws {KintsugiError} for settings, feed or journal that cannot be used. */
export async function run(
  _: readonly string[],
  options: CommandOptions,
  io: Io,
): Promise<ExitCode> {
  const output = createOutput(io, options);
  const { settings } = await loadSettings({
    ...(options.config === undefined ? {} : { file: options.config }),
    environment: io.environment,
  });
  const stop = new AbortController();
  const release = onSignals(stop, io);
  const progress = createProgress({ stream: io.stderr, label: 'running', noun: 'bars' });
  // A log line must not land behind the status line.
  const stream = {
    isTTY: io.stderr.isTTY === true,
    write(line: string): void {
      progress.finish();
      io.stderr.write(line);
    },
  };
  try {
    const report = await runPaper({
      settings,
      feed: options.feed,
      input: io.stdin,
      journal: options.journal,
      seed: options.seed,
      speed: options.speed ?? 60,
      control: true,
      port: options.port,
      onStart: ({ http }) => {
        if (http) output.note(doorsText(http));
      },
      signal: stop.signal,
      logger: await createLogger(settings.log, stream),
      onBar: (status) => progress.update(status.bars, () => statusText(status)),
      onFeedEnd: () => {
        if (options.untilFeedEnds || io.stdout.isTTY !== true) return undefined;
        progress.finish();
        output.note('The feed has ended. Ctrl-C ends the run.');
        return new Promise(() => {});
      },
    });
    progress.finish();
    output.result(report);
    output.text(formatReport(report));
    return EXIT_DONE;
  } finally {
    progress.finish();
    release();
  }
}

/** The role that looks only, in the part of the address that no server gets to see. */
const doorsText = ({ url, tokens, tokenFile }: OpenDoors): string => {
  const others = tokenFile === undefined ? '' : `\nTokens that give orders are in '${tokenFile}'.`;
  return `Served at ${url}/#token=${tokens.viewer}${others}`;
};

/** The first signal ends the run with its report, the second one ends the process. */
function onSignals(stop: AbortController, io: Io): () => void {
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(130);
    io.stderr.write('\nStopping; again to end at once.\n');
    stop.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return () => {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  };
}

function statusText({ bar, seq, book, breakers }: PaperStatus): string {
  const time = new Date(bar.at).toISOString().slice(0, 16).replace('T', ' ');
  const states = Object.entries(breakers).map(([path, state]) => `${shortName(path)} ${state}`);
  return [time, `price ${bar.close}`, ...bookText(book), ...states, `seq ${seq}`].join(', ');
}

const bookText = (book: Book | undefined) =>
  book ? [`position ${book.positionQuantity}`, `equity ${book.equity.toFixed(2)}`] : [];

/** `/paper/broker/breaker` is the broker's. */
const shortName = (path: string) => path.split('/').at(-2) ?? path;
