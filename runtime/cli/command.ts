/** What every command looks like from outside. */
import type { InputKind } from '../journal/format.ts';
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
  /** Where the HTTP API listens. */
  readonly port?: number;
  /** Unsigned 32-bit integer. */
  readonly seed?: number;
  readonly untilFeedEnds?: boolean;
  /** Last and first seq. */
  readonly until?: number;
  readonly from?: number;
  readonly allowChanged?: boolean;
  readonly format?: string;
  /** Path of an actor, with `/*` for everything below where many are meant. */
  readonly actor?: string;
  readonly type?: readonly string[];
  readonly kind?: readonly InputKind[];
  /** Logical time, ms. */
  readonly since?: number;
  readonly before?: number;
  /** How many of the last entries. */
  readonly count?: number;
  /** Absent when neither `--follow` nor `--no-follow` was given. */
  readonly follow?: boolean;
  /** File for the rows. */
  readonly output?: string;
  readonly force?: boolean;
  /** The entry to explain. */
  readonly seq?: number;
  /** Lines at most. */
  readonly limit?: number;
  /** Files of public keys. */
  readonly publicKey?: readonly string[];
  /** A running runtime, and the file of its tokens. */
  readonly url?: string;
  readonly tokenFile?: string;
  /** Who gives an order, why, and what of. */
  readonly by?: string;
  readonly why?: string;
  readonly scope?: string;
  /** A side of a failover pair, and whether its copy of the state may be old. */
  readonly to?: string;
  readonly allowStale?: boolean;
  /** `SEQ:HASH` of where a journal once ended. */
  readonly head?: string;
}

/** What a file in `commands/` exports. */
export interface CommandModule {
  run(args: readonly string[], options: CommandOptions, io: Io): Promise<ExitCode>;
}
