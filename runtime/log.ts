/** The log for people, on standard error. Secrets are left out of it. */
import { type DestinationStream, destination, type Logger, pino } from 'pino';
import type { LogSettings } from '../config/log.ts';
import { redact } from './settings/redact.ts';

/** Anything that takes text; a terminal says so by `isTTY`. */
export type LogStream = DestinationStream & { readonly isTTY?: boolean };

/**
 * Builds the logger. On a terminal its lines are for people, otherwise JSON; `format` decides
 * otherwise.
 *
 * Lines are written in order and at once, in this thread, so that none is lost when the process
 * ends.
 */
export async function createLogger(settings: LogSettings, stream?: LogStream): Promise<Logger> {
  const target = stream ?? destination({ dest: 2, sync: true });
  const isTerminal = stream ? stream.isTTY === true : process.stderr.isTTY === true;
  const isPretty = settings.format === 'pretty' || (settings.format === 'auto' && isTerminal);
  const logger = pino(
    {
      level: settings.level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }), log: redact },
    },
    isPretty ? await prettyStream(target, isTerminal) : target,
  );
  return withoutSecretBindings(logger);
}

/**
 * Pino formats the bindings of the first logger only. Children inherit `child`, so one change is
 * enough.
 */
function withoutSecretBindings(logger: Logger): Logger {
  const { child } = logger;
  const safeChild: typeof child = function (this: Logger, bindings, options) {
    return child.call(this, redact(bindings), options) as never;
  };
  return Object.assign(logger, { child: safeChild });
}

/** Loaded only when it is wanted: machines read most logs. */
async function prettyStream(target: LogStream, isTerminal: boolean): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  const format = pretty.prettyFactory({
    colorize: isTerminal,
    translateTime: 'SYS:HH:MM:ss.l',
    // The message names path and machine already.
    ignore: 'pid,hostname,path,machine',
    singleLine: true,
  });
  return {
    write(line: string): void {
      target.write(format(line) ?? line);
    },
  };
}
