/**
 * The runtime that hosts embed: one tree of supervised actors, one journal, one logical clock.
 *
 * It never ends the process and installs no global handlers. Two runtimes can live in one process.
 */
import type { AnyEventObject } from 'xstate';
import type { AnySpec, ChildSpec } from '../actors/child.ts';
import type { CircuitBreaker } from '../actors/circuit-breaker.ts';
import { RestartIntensityExceededError, RuntimeStoppedError } from '../actors/errors.ts';
import type { Clock } from '../actors/ports.ts';
import type { CircuitBreakerSettingsInput } from '../config/circuit-breaker.ts';
import type { Settings } from '../config/settings.ts';
import { Breakers } from './breakers.ts';
import { type ChildOrder, Core, type SettingsChange } from './core.ts';
import type { DeadLetter, Turn } from './engine/engine.ts';
import { freeze } from './engine/freeze.ts';
import type { Entry } from './engine/ingress.ts';
import { Facts } from './facts.ts';
import type { Journal } from './journal/journal.ts';
import type { Fact, ResolvedOptions } from './options.ts';
import { recover } from './recover.ts';
import { RunLog } from './run-log.ts';
import { applyPatch, type PatchOperation } from './settings/patch.ts';
import type { Node } from './supervision/tree.ts';
import { type ActorView, actorView, type TreeView, treeView } from './view.ts';

type Status = 'new' | 'starting' | 'running' | 'stopping' | 'stopped' | 'failed';

/** Dead letters kept for inspection; all are counted. */
const DEAD_LETTERS_KEPT = 1_000;
/** Journal bytes not yet on disk above which a fast host should wait. */
const BACKLOG_BYTES_MAX = 8 * 1024 * 1024;

export interface Because {
  /** Who asks, for the journal. */
  readonly by: string;
  readonly why: string;
}

export class Runtime implements AsyncDisposable {
  readonly clock: Clock;
  /** True when the journal holds an earlier run. */
  readonly isContinued: boolean;
  /** Resolves when the runtime has stopped; rejects when it failed. */
  readonly done: Promise<void>;
  private readonly core: Core;
  private readonly facts: Facts;
  private readonly breakers: Breakers;
  private readonly log: RunLog;
  private readonly children: Map<string, AnySpec>;
  private state: Status = 'new';
  private failure: Error | undefined;
  private wake: { dueMs: number; withdraw: () => void } | undefined;
  private stopped: Promise<void> | undefined;
  private settle!: { resolve: () => void; reject: (error: Error) => void };
  private readonly letters: DeadLetter[] = [];

  private readonly options: ResolvedOptions;
  private readonly journal: Journal;
  /** Seed of all random streams. */
  readonly seed: number;

  /** Use `createRuntime`. */
  constructor(options: ResolvedOptions, journal: Journal, seed: number) {
    this.options = options;
    this.journal = journal;
    this.seed = seed;
    this.clock = options.clock;
    this.isContinued = options.isContinued;
    this.log = new RunLog(options.logger);
    this.facts = new Facts((error, fact) => this.log.listenerFailed(error, fact));
    this.children = new Map(Object.entries(options.children ?? {}));
    this.done = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    this.done.catch(() => {});
    this.core = new Core({
      settings: options.settings,
      seed,
      tree: options.tree,
      children: this.children,
      hooks: {
        now: () => this.clock.now(),
        commit: (turn, safety) => this.commit(turn, safety),
        notify: (turn) => this.notify(turn),
        timerSet: (dueMs) => this.wakeAt(dueMs),
        ...(options.around ? { around: options.around } : {}),
        ...(options.freeze ? { freeze } : {}),
      },
      lifecycle: (what, node) => this.live && this.log.lifecycle(what, node, this.core.engine),
      gaveUp: (root, why) => this.gaveUp(root, why),
      deadLetter: (letter) => this.deadLetter(letter),
      observe: options.observe,
    });
    this.breakers = new Breakers(this.core, this.clock, (entry) => this.submit(entry));
  }

  private get live(): boolean {
    return this.core.engine.mode === 'live' && this.state !== 'new';
  }

  get status(): Status {
    return this.state;
  }

  /** Last journaled seq. */
  get seq(): number {
    return this.core.engine.seq;
  }

  /** Rolling digest of all turns so far, in hex. */
  get digest(): string {
    return this.core.engine.digest.value;
  }

  /** Logical time of the last turn, ms. */
  get at(): number {
    return this.core.engine.at;
  }

  /**
   * Starts the tree; a journal that holds an earlier run is continued from its end.
   *
   * @throws {JournalHeldError} when another process writes to the journal.
   * @throws {JournalUnavailableError} when it cannot be opened or written.
   * @throws {JournalCorruptError} when it is damaged.
   * @throws {ReplayDivergedError} when this program does not do what the journal says.
   */
  async start(): Promise<void> {
    if (this.state === 'running') return;
    if (this.state !== 'new') throw this.refusal();
    this.state = 'starting';
    try {
      const { core, journal, options } = this;
      await recover(core, journal, options, (entry) => core.engine.submit(entry), this.seed);
    } catch (error) {
      this.state = 'failed';
      this.settle.reject(error as Error);
      await this.journal.close().catch(() => {});
      throw error;
    }
    if (this.state !== 'starting') return;
    this.state = 'running';
    if (this.isContinued) this.log.continued(this.seq, this.at);
    this.rearm();
    this.breakers.observeAll();
    this.core.engine.pump();
  }

  /**
   * Sends an event to an actor. It is handled before this returns, unless a turn is running.
   *
   * @returns false when nobody takes it: it has become a dead letter.
   * @throws {RuntimeStoppedError} when the runtime does not run.
   * @throws {TypeError} when the event has no type or holds what the journal cannot keep.
   */
  send(path: string, event: AnyEventObject): boolean {
    if (typeof event?.type !== 'string') {
      throw new TypeError(
        `Event to '${path}' must be an object with a 'type', got ${typeof event}.`,
      );
    }
    if (!this.core.engine.paths.at(path)) {
      this.assertRunning();
      this.core.engine.dead(path, event, 'noActor');
      return false;
    }
    return this.submit({ kind: 'event', path, event });
  }

  private submit(entry: Entry): boolean {
    this.assertRunning();
    return this.core.engine.submit(entry);
  }

  private assertRunning(): void {
    if (this.state !== 'running' && this.state !== 'starting') throw this.refusal();
  }

  private refusal(): Error {
    if (this.failure) return this.failure;
    const cure = this.state === 'new' ? 'call start() first' : 'make a new one';
    return new RuntimeStoppedError(`The runtime is ${this.state}: ${cure}.`);
  }

  /** State of one actor; undefined when there is none under the path. */
  snapshot(path: string): ActorView | undefined {
    const node = this.core.tree.node(path);
    return node && actorView(this.core, node);
  }

  /** Id of the machine under a path; undefined for what a machine invoked. */
  machineAt(path: string): string | undefined {
    return this.core.machineAt(path);
  }

  /** The supervision tree as data. */
  tree(): TreeView[] {
    return treeView(this.core);
  }

  /**
   * Calls `listener` for each fact of a type, or of all types with `'*'`, after its turn.
   *
   * @returns a function that ends the subscription.
   */
  on(type: string, listener: (fact: Fact) => void): () => void {
    return this.facts.on(type, listener);
  }

  /** Starts an actor below a supervisor. Its specification must be given again to continue the journal. */
  async spawn(parent: string, spec: ChildSpec): Promise<string> {
    const above = this.core.tree.node(parent);
    if (above?.spec.kind !== 'supervisor') {
      throw new RangeError(`There is no supervisor at '${parent}': it cannot take '${spec.id}'.`);
    }
    const path = `${parent}/${spec.id}`;
    if (this.core.tree.node(path)) throw new RangeError(`There is already an actor at '${path}'.`);
    this.children.set(path, spec);
    this.order(path, { op: 'start', id: spec.id, spec: 'given' });
    return path;
  }

  /** Stops an actor and all below it, and forgets its specification. */
  async stopChild(path: string): Promise<void> {
    this.nodeAt(path);
    this.order(path, { op: 'stop' });
  }

  /** Stops an actor and starts it anew with a clean state. */
  async restart(path: string): Promise<void> {
    this.nodeAt(path);
    this.order(path, { op: 'restart' });
  }

  private order(path: string, event: ChildOrder): void {
    this.submit({ kind: 'child', path, event });
  }

  private nodeAt(path: string): Node {
    const node = this.core.tree.node(path);
    if (!node) throw new RangeError(`There is no actor at '${path}'.`);
    return node;
  }

  /**
   * A circuit breaker: by name, made when it is new; or by the path of a supervised one.
   *
   * @throws {ConfigInvalidError} when the settings are not allowed.
   * @throws {RangeError} when there is no breaker at the path.
   */
  breaker(name: string, settings?: CircuitBreakerSettingsInput): CircuitBreaker {
    this.assertRunning();
    return this.breakers.get(name, settings);
  }

  /** The settings in force, and the way to change them. */
  readonly settings = {
    read: (): Settings => this.core.settings,
    /** Frozen; a change gives a new object. */
    get current(): Settings {
      return this.read();
    },
    /**
     * Changes settings at once for everyone, as one journal entry.
     *
     * @throws {ConfigInvalidError} when the result is not allowed; nothing changes then.
     */
    patch: (patch: readonly PatchOperation[], because: Because): void => {
      applyPatch(this.core.settings, patch);
      const event: SettingsChange = { patch, by: because.by, why: because.why };
      this.submit({ kind: 'settings', path: '', event, safety: true });
    },
  };

  /** Events that nobody took, the newest last; at most a thousand are kept. */
  deadLetters(): { readonly count: number; readonly letters: readonly DeadLetter[] } {
    return { count: this.core.deadLetterCount, letters: this.letters };
  }

  /** Resolves when everything journaled so far is on disk. */
  flush(): Promise<void> {
    return this.journal.flush();
  }

  /** Resolves at once, unless the disk is too far behind: a fast host awaits this between events. */
  async ready(): Promise<void> {
    if (this.journal.backlogBytes > BACKLOG_BYTES_MAX) await this.journal.flush();
  }

  /** Ends the runtime: what has entered is handled and on disk when this resolves. Idempotent. */
  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private async end(): Promise<void> {
    const failed = this.state === 'failed';
    const wasRunning = this.state === 'running';
    if (wasRunning) this.state = 'stopping';
    this.wake?.withdraw();
    this.core.dispose();
    this.breakers.observeAll();
    await this.journal.close();
    if (failed) return;
    this.state = 'stopped';
    if (wasRunning) this.log.stopped(this.seq, this.digest);
    this.settle.resolve();
  }

  private commit(turn: Turn, safety: boolean): void {
    try {
      this.journal.append(turn.text, turn.input.seq, safety);
    } catch (error) {
      this.fail(error as Error);
      return;
    }
    if (!safety) return;
    const { engine } = this.core;
    const onDisk = this.journal.flush().then(
      () => {
        if (engine.barrier !== onDisk) return;
        engine.barrier = undefined;
        engine.pump();
      },
      () => {},
    );
    engine.barrier = onDisk;
    this.clock.hold?.(onDisk);
  }

  private notify(turn: Turn): void {
    this.log.turn(turn);
    this.breakers.observe(turn);
    this.facts.publish(turn);
  }

  private wakeAt(dueMs: number): void {
    if (this.state === 'new' || this.core.engine.mode !== 'live') return;
    if (this.wake && this.wake.dueMs <= dueMs) return;
    this.wake?.withdraw();
    this.wake = { dueMs, withdraw: this.clock.at(dueMs, () => this.fireDue()) };
  }

  private rearm(): void {
    const next = this.core.engine.timers.next();
    if (next) this.wakeAt(next.deadlineMs);
  }

  private fireDue(): void {
    this.wake = undefined;
    const { engine } = this.core;
    const now = this.clock.now();
    for (let next = engine.timers.next(); next; next = engine.timers.next()) {
      if (next.deadlineMs > now || engine.mode !== 'live') break;
      const path = engine.paths.of(next.source);
      engine.submit({ kind: 'timer', path, event: next.id, cause: next.cause });
      // Nobody under the path has taken it: left where it is, it would be due for ever.
      if (engine.timers.next() === next) {
        engine.timers.take(next.source, next.id);
      }
    }
    this.rearm();
  }

  private deadLetter(letter: DeadLetter): void {
    this.letters.push(letter);
    if (this.letters.length > DEAD_LETTERS_KEPT) this.letters.shift();
    if (this.live) this.log.deadLetter(letter);
  }

  private gaveUp(root: Node, why: string): void {
    const { spec } = root;
    if (spec.kind !== 'supervisor' || !this.live) return;
    this.fail(
      new RestartIntensityExceededError(root.path, spec.intensity, spec.periodMs, { cause: why }),
    );
  }

  /** The runtime cannot go on: it takes nothing more, and `done` rejects. */
  fail(error: Error): void {
    if (this.state === 'failed' || this.state === 'stopped') return;
    this.failure = error;
    this.state = 'failed';
    this.log.failed(error);
    const { notifier } = this.options.ports ?? {};
    const notice = { severity: 'critical', path: '', text: error.message, at: this.at } as const;
    notifier?.notify(notice).catch((cause) => this.log.listenerFailed(cause, 'notice'));
    this.settle.reject(error);
  }
}
