/** Runs one command line: finds the command, and turns errors into messages and exit codes. */
import { CommanderError } from 'commander';
import { ConfigInvalidError, KintsugiError } from '../../actors/errors.ts';
import { EXIT_DONE, EXIT_USAGE, type ExitCode, exitCodeOf } from './exit-codes.ts';
import { createOutput, type Io } from './output.ts';
import { packageVersion } from './package.ts';
import { buildProgram, type ProgramOptions } from './program.ts';

/** Runs one command line and says how it ended. Never throws, never ends the process. */
export async function execute(
  args: readonly string[],
  io: Io,
  load?: ProgramOptions['load'],
): Promise<ExitCode> {
  try {
    return await buildProgram({ io, version: packageVersion(), ...(load && { load }) }).parse(args);
  } catch (error) {
    if (!(error instanceof CommanderError)) return report(error, args, io);
    if (error.exitCode === 0) return EXIT_DONE;
    // Commander has told people already.
    const message = error.message.replace(/^error: /, '');
    outputOf(args, io).result({ error: { code: 'USAGE', message } });
    return EXIT_USAGE;
  }
}

function report(error: unknown, args: readonly string[], io: Io): ExitCode {
  const output = outputOf(args, io);
  const isExpected = error instanceof KintsugiError;
  const message = error instanceof Error ? error.message : String(error);
  if (isExpected) {
    output.note(message);
  } else if (io.environment.KINTSUGI_DEBUG === '1') {
    output.note(error instanceof Error ? (error.stack ?? message) : message);
  } else {
    const line = message.split('\n')[0];
    output.note(`Unexpected error: ${line} Set KINTSUGI_DEBUG=1 to see where it comes from.`);
  }
  const code = isExpected ? error.code : 'UNEXPECTED';
  const issues = error instanceof ConfigInvalidError ? { issues: error.issues } : {};
  output.result({ error: { code, message, ...issues } });
  return exitCodeOf(error, args[0] ?? '');
}

/** An error of `tail --json` is a line as its rows are. */
const outputOf = (args: readonly string[], io: Io) =>
  createOutput(io, { json: args.includes('--json'), isOneLine: args[0] === 'tail' });
