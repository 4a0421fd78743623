/**
 * Operating errors: each has a stable `code` and says whether trying again can help.
 *
 * Wrong use by a programmer is a plain `TypeError` or `RangeError` instead. Machines never throw.
 */

export abstract class KintsugiError extends Error {
  /** Stable name to branch on. */
  abstract readonly code: string;
  /** True when the same call may succeed later. */
  abstract readonly retryable: boolean;

  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Builds an error without its stack: capturing one costs twenty times the rest of a rejection. */
export function withoutStack<E extends Error>(build: () => E): E {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return build();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** A call took longer than its limit. */
export class CallTimeoutError extends KintsugiError {
  readonly code = 'CALL_TIMEOUT';
  readonly retryable = true;
  /** Name of the breaker. */
  readonly call: string;
  /** The limit, ms. */
  readonly timeoutMs: number;

  constructor(call: string, timeoutMs: number) {
    super(`Call through '${call}' had no result after ${timeoutMs} ms.`);
    this.call = call;
    this.timeoutMs = timeoutMs;
  }
}

/** `fenced`: not done, because somebody acts under a newer epoch. */
type BrokerFailure = 'unavailable' | 'reset' | 'unauthorized' | 'refused' | 'fenced' | 'protocol';

/** The broker did not do what it was asked. */
export class BrokerError extends KintsugiError {
  readonly code = 'BROKER_FAILED';
  readonly retryable = true;
  readonly kind: BrokerFailure;

  constructor(kind: BrokerFailure, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.kind = kind;
  }
}

/** One setting that is not allowed. */
export interface SettingIssue {
  /** As in `paper.broker.breaker.openDurationMs`. */
  readonly path: string;
  /** Where it was said: file and line, environment variable, or `options`. */
  readonly source?: string;
  readonly line?: number;
  readonly value?: unknown;
  /** What is wrong and what is allowed. */
  readonly message: string;
}

/** Settings that cannot be used, every problem named. */
export class ConfigInvalidError extends KintsugiError {
  readonly code = 'CONFIG_INVALID';
  readonly retryable = false;
  readonly issues: readonly SettingIssue[];

  constructor(issues: readonly SettingIssue[]) {
    super(
      `Settings are invalid:\n${issues
        .map(
          (issue) =>
            `  ${[issue.source, issue.line].filter(Boolean).join(':')}${
              issue.source ? ' ' : ''
            }${issue.path || '(whole file)'}: ${issue.message}`,
        )
        .join('\n')}`,
    );
    this.issues = issues;
  }
}

/** The journal is damaged or was changed after it was written. */
export class JournalCorruptError extends KintsugiError {
  readonly code = 'JOURNAL_CORRUPT';
  readonly retryable = false;
  readonly where: {
    readonly file: string;
    readonly block: number;
    readonly firstSeq: number;
    readonly lastSeq: number;
  };

  constructor(
    message: string,
    where: {
      readonly file: string;
      readonly block: number;
      readonly firstSeq: number;
      readonly lastSeq: number;
    },
  ) {
    super(message);
    this.where = where;
  }
}

/** Another process writes to this journal. */
export class JournalHeldError extends KintsugiError {
  readonly code = 'JOURNAL_HELD';
  readonly retryable = true;
  readonly dir: string;
  readonly holder: { readonly pid: number; readonly host: string };

  constructor(dir: string, holder: { readonly pid: number; readonly host: string }) {
    super(
      `Journal '${dir}' is held by process ${holder.pid} on ${holder.host}: ` +
        'stop it, or choose another folder with --journal.',
    );
    this.dir = dir;
    this.holder = holder;
  }
}

/** The journal cannot be opened or written. */
export class JournalUnavailableError extends KintsugiError {
  readonly code = 'JOURNAL_UNAVAILABLE';
  readonly retryable = false;
}

/** Replay did not do what the journal says. */
export class ReplayDivergedError extends KintsugiError {
  readonly code = 'REPLAY_DIVERGED';
  readonly retryable = false;
  readonly seq: number;
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;

  constructor(message: string, seq: number, path: string, expected: unknown, actual: unknown) {
    super(message);
    this.seq = seq;
    this.path = path;
    this.expected = expected;
    this.actual = actual;
  }
}

/** The journal starts an actor whose specification this program does not have. */
export class ChildUnknownError extends KintsugiError {
  readonly code = 'CHILD_UNKNOWN';
  readonly retryable = false;
}

/** A supervisor gave up: its children failed too often. */
export class RestartIntensityExceededError extends KintsugiError {
  readonly code = 'RESTART_INTENSITY_EXCEEDED';
  readonly retryable = false;
  readonly supervisor: string;
  readonly intensity: number;
  readonly periodMs: number;

  constructor(
    supervisor: string,
    intensity: number,
    periodMs: number,
    options?: { readonly cause?: unknown },
  ) {
    super(
      `Supervisor '${supervisor}' gave up: more than ${intensity} restarts within ${periodMs} ms.`,
      options,
    );
    this.supervisor = supervisor;
    this.intensity = intensity;
    this.periodMs = periodMs;
  }
}

/** An actor failed where nobody can restart it. */
export class ActorFailedError extends KintsugiError {
  readonly code = 'ACTOR_FAILED';
  readonly retryable = false;
  readonly path: string;
  readonly why: string;

  constructor(path: string, how: 'failedToStart' | 'crashed', why: string) {
    super(`'${path}' ${how === 'crashed' ? 'crashed' : 'did not start'}: ${why}`);
    this.path = path;
    this.why = why;
  }
}

/** Somebody acts under a newer epoch: nothing was done. */
export class FencedError extends KintsugiError {
  readonly code = 'FENCED';
  readonly retryable = false;
  readonly epoch: number;
  /** The newest epoch that was seen. */
  readonly newestEpoch: number;

  constructor(epoch: number, newestEpoch: number) {
    super(`Epoch ${epoch} is over: epoch ${newestEpoch} was seen. Nothing was done.`);
    this.epoch = epoch;
    this.newestEpoch = newestEpoch;
  }
}

/** No side of a failover pair is active on this host, or its lease may have ended. */
export class NotActiveError extends KintsugiError {
  readonly code = 'NOT_ACTIVE';
  readonly retryable = true;
  /** Name of the pair. */
  readonly pair: string;

  constructor(pair: string) {
    super(`Pair '${pair}' is not active on this host: nothing was called.`);
    this.pair = pair;
  }
}

/** The runtime has stopped or failed and takes no more events. */
export class RuntimeStoppedError extends KintsugiError {
  readonly code = 'RUNTIME_STOPPED';
  readonly retryable = false;
}
