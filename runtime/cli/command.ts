/** What every command looks like from outside. */
import type { ExitCode } from './exit-codes.ts';
import type { Io } from './output.ts';

/** Every option that any command has; the program gives a command only its own. */
export interface CommandOptions {
  readonly json?: boolean;
  /** File of settings. */
  readonly config?: string;
  /** Folder of the journal. */
  readonly journal?: string;
  /** File of bars, or `-` for standard input. */
  readonly feed?: string;
  /** Times market time. */
  readonly speed?: number | 'max';
  /** Unsigned 32-bit integer. */
  readonly seed?: number;
  readonly untilFeedEnds?: boolean;
  /** Last and first seq. */
  readonly until?: number;
  readonly from?: number;
  readonly allowChanged?: boolean;
  readonly format?: string;
  /** Files of public keys. */
  readonly publicKey?: readonly string[];
  /** `SEQ:HASH` of where a journal once ended. */
  readonly head?: string;
}

/** What a file in `commands/` exports. */
export interface CommandModule {
  run(args: readonly string[], options: CommandOptions, io: Io): Promise<ExitCode>;
}
