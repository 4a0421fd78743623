/**
 * The ports: everything that actors may ask of the outside world.
 *
 * Actors and machines import nothing else that reaches out. `runtime/` implements each port for
 * real use, simulation and replay; a host may bring its own.
 */
import type { TensorGpuSettings } from '../config/tensor.ts';
import type { HealthProbeEvent } from '../machines/health-probe-types.ts';
import type { StepOutcome, StepRequest } from '../machines/recovery-types.ts';
import type { TensorAnswer, TensorAttempt } from '../machines/tensor-attempt.ts';
import type { TensorGpuEvent } from '../machines/tensor-gpu.ts';

export type * from './lease-store.ts';

/** Logical time. Constant within a turn; never goes back. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z, logical. */
  now(): number;
  /**
   * Calls `wake` once the logical time has reached `dueMs`; at once due when it is in the past.
   * With a `gate`, the clock does not pass `dueMs` until the gate has settled: this is how the real
   * reply of a call is given a logical time. Ties run in the order of the calls.
   *
   * @returns a function that withdraws the request; calling it twice is harmless.
   */
  at(dueMs: number, wake: () => void, gate?: Promise<unknown>): () => void;
  /** Keeps logical time from moving on until the promise has settled. Real clocks cannot. */
  hold?(until: Promise<unknown>): void;
  /** Tells where a continued journal ended, ms: time must not be earlier than that. */
  catchUp?(atMs: number): void;
}

/** Seeded randomness: one independent stream per actor path. */
export interface Random {
  /** The same seed and path give the same stream on any machine. */
  stream(path: string): RandomStream;
}

export interface RandomStream {
  /**
   * The stream's own seed, an unsigned 32-bit integer derived from the runtime's seed and the path.
   */
  readonly seed: number;
  /** The next draw, in [0, 1). */
  next(): number;
}

/** One group of journal lines, appended and read as a whole. */
export interface LogBlock {
  /** Position in the log, from 1, gapless. */
  readonly version: number;
  /**
   * First and last `seq` of the entries inside; equal to the last seq before when it holds none.
   */
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** SHA-256 that chains this block to the one before, in hex. */
  readonly hash: string;
  /** The lines, each ended by a newline; the last one is the block line. */
  readonly text: string;
}

/** Where a log ends. `version` 0 is the empty log. */
export interface LogHead {
  readonly version: number;
  readonly lastSeq: number;
  readonly hash: string;
  readonly epoch: number;
}

/** Where to begin to read: at a version, or at the first block that ends at `seq` or later. */
export type LogPosition = { readonly version: number } | { readonly seq: number };

export type AppendOutcome =
  | { readonly kind: 'ok'; readonly head: LogHead }
  /** Somebody else appended: the log is at another version than expected. */
  | { readonly kind: 'conflict'; readonly head: LogHead }
  /** A newer writer holds the log. */
  | { readonly kind: 'fenced'; readonly epoch: number }
  /** Nothing was written. */
  | { readonly kind: 'unavailable'; readonly cause: unknown }
  /** It may or may not have been written. */
  | { readonly kind: 'unknownOutcome'; readonly cause: unknown };

/** An append-only log of blocks with one writer at a time. Readers need no lock. */
export interface EventLog {
  /**
   * Becomes the writer under a new epoch. Throws `JournalHeldError` when another process writes.
   */
  open(): Promise<LogHead>;
  /** Durable once it resolves with `ok`. */
  append(
    block: LogBlock,
    expected: { readonly version: number; readonly epoch: number },
  ): Promise<AppendOutcome>;
  /** Blocks in order, streamed; memory does not grow with the log. Default: from the first one. */
  read(from?: LogPosition): AsyncIterable<LogBlock>;
  head(): Promise<LogHead>;
  /**
   * Calls `onBlock` for each block appended from now on by this writer; returns the unsubscribe.
   */
  subscribe(onBlock: (block: LogBlock) => void): () => void;
  /** Gives up the writer's role. Harmless when not open. */
  close(): Promise<void>;
  /** Where tree snapshots lie, beside the log. Without it a start replays the whole log. */
  readonly snapshots?: SnapshotStore;
}

/** Keeps tree snapshots by the seq after which each was taken. Only the log's writer writes. */
export interface SnapshotStore {
  /** Seqs of the snapshots there are, the newest first. */
  list(): Promise<readonly number[]>;
  /** The text of one, streamed; nothing when there is none. */
  read(seq: number): AsyncIterable<string>;
  /** Whole and durable under its name once it resolves; a crash before leaves no such snapshot. */
  write(seq: number, chunks: AsyncIterable<string>): Promise<void>;
  remove(seq: number): Promise<void>;
}

/** What people are told. */
export interface Notice {
  readonly severity: 'info' | 'warning' | 'critical' | 'emergency';
  readonly path: string;
  readonly text: string;
  readonly at: number;
  /** Of an alert: who has to be told. Default `onCall`. */
  readonly audience?: 'log' | 'onCall' | 'everybody';
  /** Of an alert: its id, and what it is about. */
  readonly id?: string;
  readonly key?: string;
  /** The same when a notice is sent again after a crash, so that it is told once. */
  readonly noticeKey?: string;
}

/** The ways that did not work. */
export interface NoticeReport {
  readonly failures: readonly { readonly sink: string; readonly why: string }[];
}

/** Tells people. */
export interface Notifier {
  /** A `NoticeReport` names ways that failed; a notifier with one way may reject instead. */
  notify(notice: Notice, options?: { readonly signal?: AbortSignal }): Promise<unknown>;
}

/** One try of one step of an emergency plan. */
export interface EmergencyRequest {
  /** The same for all steps and tries of one emergency, and for no other. */
  readonly planId: string;
  /** The same when the try is asked for again after a crash: nothing may be done twice under it. */
  readonly key: string;
  /** From 1. */
  readonly tryNumber: number;
  /**
   * `verified`: ask the broker what there is. `blind`: the broker did not say; do, under the same
   * ids, what the host itself knows of.
   */
  readonly how: 'verified' | 'blind';
  /** Real time that the try may take, ms. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface EmergencyStepReport {
  readonly isDone: boolean;
  /** What was not done, and why. */
  readonly why?: string | null;
  /** The position that is left; signed. Verified: the broker said so after all was done. */
  readonly remaining?: { readonly quantity: number; readonly isVerified: boolean };
}

/** What a host can do in an emergency. Nothing here waits for the logical clock. */
export interface EmergencyPort {
  cancelOrders(request: EmergencyRequest): Promise<EmergencyStepReport>;
  /** Orders that only reduce the position. */
  reducePosition(request: EmergencyRequest): Promise<EmergencyStepReport>;
  /** Brings the journal to the disk. */
  flush(request: EmergencyRequest): Promise<EmergencyStepReport>;
  /** Stops the trading tree; the runtime and its control stay up. */
  stopTree(request: EmergencyRequest): Promise<EmergencyStepReport>;
  /** Starts the trading tree again after a reset. */
  startTree(): Promise<EmergencyStepReport>;
}

/** One measured quantity. */
export interface Sensor {
  /** Unit is part of the sensor's name, as in `processMemoryRatio`. */
  read(options: { readonly signal: AbortSignal }): Promise<number>;
}

export type OrderSide = 'buy' | 'sell';

export interface OrderRequest {
  /** Idempotency key: the broker executes one id at most once. */
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: OrderSide;
  /** In units of the instrument, above 0. */
  readonly quantity: number;
  /** Price at which the order was decided. */
  readonly referencePrice: number;
  /** Logical time of the decision, ms. */
  readonly at: number;
}

export interface OrderReport {
  readonly clientOrderId: string;
  readonly status: 'filled' | 'partiallyFilled' | 'cancelled' | 'rejected' | 'unknown';
  readonly side: OrderSide;
  readonly filledQuantity: number;
  /** 0 when nothing was filled. */
  readonly averagePrice: number;
  readonly fee: number;
}

export interface BrokerAccount {
  /** Signed: above 0 is long. */
  readonly positionQuantity: number;
  readonly workingOrders: readonly OrderReport[];
}

export interface CallOptions {
  readonly signal: AbortSignal;
  /**
   * Tells one call from another across retries and restarts; faults and latency are drawn from it.
   */
  readonly callId: string;
}

/** Where orders go. Every method rejects with a `BrokerError` when the call failed. */
export interface Broker {
  login(options: CallOptions): Promise<{ readonly sessionId: string }>;
  ping(options: CallOptions): Promise<{ readonly at: number }>;
  account(options: CallOptions): Promise<BrokerAccount>;
  submitOrder(order: OrderRequest, options: CallOptions): Promise<OrderReport>;
  /** Report of an order sent before; `unknown` when the broker never saw the id. */
  order(clientOrderId: string, options: CallOptions): Promise<OrderReport>;
  cancelOrder(clientOrderId: string, options: CallOptions): Promise<OrderReport>;
}

/** What one check of a component came to. `at` is logical time in ms. */
export type CheckOutcome = Extract<
  HealthProbeEvent,
  { readonly type: 'CHECK_PASSED' | 'CHECK_FAILED' }
>;

/** Checks components, each at its own cadence. In replay nobody asks it. */
export interface HealthChecks {
  /**
   * Checks a component until the returned function is called. Tells every failure, recovery and
   * measured value, and of plain passes one in `passReportEveryMs`. Never throws.
   */
  watch(
    probe: {
      readonly id: string;
      readonly everyMs: number;
      readonly timeoutMs: number;
      readonly passReportEveryMs: number;
      readonly isGauge: boolean;
    },
    tell: (outcome: CheckOutcome) => void,
  ): () => void;
}

/** Makes the steps of recoveries. In replay nobody asks it. */
export interface RecoverySteps {
  /**
   * Makes one step. Never rejects: the outcome says how it ended, and when in logical time. One
   * that is asked for again after a restart of the process has the same key as before.
   */
  make(
    step: StepRequest,
    options: { readonly signal: AbortSignal; readonly key: string },
  ): Promise<StepOutcome>;
}

/** Computes tensor jobs, in worker threads or in a GPU process. In replay nobody asks it. */
export interface TensorBackends {
  /** One attempt at a job. Rejects with an error whose `code` is a `TensorFailureCode`. */
  compute(attempt: TensorAttempt, signal: AbortSignal): Promise<TensorAnswer>;
  /** Runs a GPU process until the returned function is called, and tells what becomes of it. */
  gpu(settings: TensorGpuSettings, tell: (event: TensorGpuEvent) => void): () => void;
}
