/**
 * The runtime that hosts embed: one tree of supervised actors, one journal, one logical clock.
 *
 * It never ends the process and installs no global handlers. Two runtimes can live in one process.
 */
import type { AnyEventObject } from 'xstate';
import type { AnySpec } from '../actors/child.ts';
import type { CircuitBreaker } from '../actors/circuit-breaker.ts';
import type { Clock } from '../actors/ports.ts';
import { Alarm } from './alarm.ts';
import { Children, type DynamicChild } from './children.ts';
import { type ScopedClock, scopedClock } from './clock/scoped.ts';
import { Committer } from './committer.ts';
import { type Command, Core } from './core.ts';
import { DeadLetters } from './dead-letters.ts';
import type { DeadLetter, Turn } from './engine/engine.ts';
import type { Entry } from './engine/ingress.ts';
import { Facts } from './facts.ts';
import type { Journal } from './journal/journal.ts';
import { LiveSettings } from './live-settings.ts';
import { type Fact, observerOf, type ResolvedOptions, type TurnObserver } from './options.ts';
import { Protections } from './protections.ts';
import { recover } from './recover.ts';
import { RunLog } from './run-log.ts';
import { SafeguardedRuntime, Safeguards } from './safeguards.ts';
import { Snapshotter } from './snapshot/snapshotter.ts';
import { checkEvent, failureOf, refusal, type Status } from './status.ts';
import { testHooks } from './test-hooks.ts';
import { type ActorView, actorView, type TreeView, treeView } from './view.ts';

export class Runtime extends SafeguardedRuntime implements AsyncDisposable {
  readonly clock: Clock;
  /** The journal holds an earlier run. */
  readonly isContinued: boolean;
  /** Resolves when the runtime has stopped; rejects when it failed. */
  readonly done: Promise<void>;
  /** The settings in force, and the way to change them. */
  readonly settings: LiveSettings;
  /** A call through several layers: time limits, retries, breaker, bulkhead, rate limit. */
  readonly protect: Protections['protect'];
  private readonly core: Core;
  private readonly facts: Facts;
  private readonly protections: Protections;
  protected readonly safeguards: Safeguards;
  /** Time limits of calls through breakers. */
  private readonly callClock: ScopedClock;
  private readonly log: RunLog;
  private readonly children: Children;
  private readonly alarm: Alarm;
  private readonly committer: Committer;
  private readonly snapshotter: Snapshotter;
  private readonly observer: TurnObserver | undefined;
  private state: Status = 'new';
  private failure: Error | undefined;
  private stopped: Promise<void> | undefined;
  private readonly settle = Promise.withResolvers<void>();
  private readonly letters = new DeadLetters();
  private readonly options: ResolvedOptions;
  private readonly journal: Journal;
  /** Seed of all random streams. */
  readonly seed: number;

  /** Use `createRuntime`. */
  constructor(options: ResolvedOptions, journal: Journal, seed: number) {
    super();
    this.options = options;
    this.journal = journal;
    this.seed = seed;
    this.clock = options.clock;
    this.isContinued = options.isContinued;
    this.log = new RunLog(options.logger);
    this.facts = new Facts((error, fact) => this.log.listenerFailed(error, fact));
    this.observer = observerOf(options.observe);
    const { observer } = this;
    const children = new Map(Object.entries(options.children ?? {}));
    this.done = this.settle.promise;
    this.done.catch(() => {});
    this.core = new Core({
      settings: options.settings,
      seed,
      tree: options.tree,
      children,
      hooks: {
        now: () => this.clock.now(),
        commit: (turn, safety) => this.committer.commit(turn, safety),
        notify: (turn) => this.notify(turn),
        timerSet: (dueMs) => this.live && this.alarm.setFor(dueMs),
        ...testHooks(options),
      },
      lifecycle: (what, node) => this.live && this.log.lifecycle(what, node, this.core.engine),
      ended: (root, ending, why) => {
        if (!this.live) return;
        const failure = failureOf(root, ending, why);
        if (failure) this.fail(failure);
        else queueMicrotask(() => void this.stop());
      },
      deadLetter: (letter) => this.letters.keep(letter, this.live ? this.log : undefined),
      watcherFailed: (error) => this.log.listenerFailed(error, 'system.inspect'),
      observe: observer && this.facts.guarded((turn) => observer.observe(turn)),
    });
    this.callClock = scopedClock(this.clock);
    const submit = (entry: Entry) => this.submit(entry);
    this.committer = new Committer(this.core.engine, journal, this.clock, (e) => this.fail(e));
    const kept = options.wanted.journal;
    this.snapshotter = new Snapshotter(this.core, journal, kept, observer, this.log);
    this.alarm = new Alarm(this.core.engine, this.clock);
    this.children = new Children(this.core, children, submit);
    this.settings = new LiveSettings(this.core, submit);
    this.protections = new Protections(this.core, this.callClock, submit, seed);
    this.protect = this.protections.protect;
    this.safeguards = new Safeguards(this.core, this.clock, submit, options);
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
    if (this.state !== 'new') throw this.failure ?? refusal(this.state);
    this.state = 'starting';
    try {
      const { core, journal, options, seed, observer } = this;
      await recover({ core, journal, options, seed, observer, log: this.log });
    } catch (error) {
      this.state = 'failed';
      this.settle.reject(error as Error);
      await this.journal.close().catch(() => {});
      throw error;
    }
    if (this.state !== 'starting') return;
    this.state = 'running';
    if (this.isContinued) this.log.continued(this.seq, this.at);
    this.alarm.set();
    this.protections.observeAll();
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
    checkEvent(path, event);
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
    if (this.state !== 'running' && this.state !== 'starting')
      throw this.failure ?? refusal(this.state);
  }

  /** State of one actor; undefined when there is none under the path. */
  snapshot(path: string): ActorView | undefined {
    const node = this.core.tree.node(path);
    return node && actorView(this.core, node);
  }

  /** The supervision tree as data. */
  tree(): TreeView[] {
    return treeView(this.core);
  }

  /** Calls `listener` with each fact of a type (`'*'`: of all) after its turn, until undone. */
  on(type: string, listener: (fact: Fact) => void): () => void {
    return this.facts.on(type, listener);
  }

  /** Starts an actor below a supervisor. To continue the journal, give its specification again. */
  async spawn(parent: string, spec: AnySpec | DynamicChild): Promise<string> {
    return this.children.spawn(parent, spec);
  }

  /** Stops an actor, those that depend on it, and all below: from last to first. */
  async stopChild(path: string): Promise<void> {
    this.children.order(path, 'stop');
  }

  /** Starts an actor anew, and those that depend on it; stops it first when it runs. */
  async restart(path: string): Promise<void> {
    this.children.order(path, 'restart');
  }

  /** Gives an order to the runtime itself. @internal */
  command(event: Command): void {
    this.submit({ kind: 'command', path: '', event });
  }

  /**
   * A circuit breaker: by name, made when it is new; or by the path of a supervised one.
   * `predicates` say which results are failures; those that were given last hold.
   *
   * @throws {ConfigInvalidError} when the settings are not allowed.
   * @throws {RangeError} when there is no breaker at the path.
   */
  breaker(...asked: Parameters<Protections['breakers']['get']>): CircuitBreaker {
    this.assertRunning();
    return this.protections.breakers.get(...asked);
  }

  /** Events that nobody took, the newest last; at most a thousand are kept. */
  deadLetters(): { readonly count: number; readonly letters: readonly DeadLetter[] } {
    return { count: this.core.deadLetterCount, letters: this.letters.kept };
  }

  /** Resolves when everything journaled so far is on disk. */
  flush(): Promise<void> {
    return this.journal.flush();
  }

  /** Resolves at once, unless the disk is too far behind: a fast host awaits this. */
  ready(): Promise<void> {
    return this.committer.ready();
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
    if (wasRunning) this.protections.breakers.checkpoint();
    if (wasRunning) this.state = 'stopping';
    // Whoever stops it within a turn lets that end first, and what waits behind it.
    await Promise.resolve();
    this.alarm.withdraw();
    this.callClock.close();
    this.core.dispose();
    this.protections.observeAll();
    await Promise.all([this.snapshotter.idle(), this.core.tensor.close()]);
    await this.journal.close();
    if (failed) return;
    this.state = 'stopped';
    if (wasRunning) this.log.stopped(this.seq, this.digest);
    this.settle.resolve();
  }

  private notify(turn: Turn): void {
    this.log.turn(turn);
    this.protections.observe(turn);
    this.facts.publish(turn);
    this.snapshotter.after(turn.input.seq);
  }

  /** The runtime cannot go on: it takes nothing more, and `done` rejects. */
  fail(error: Error): void {
    if (this.state === 'failed' || this.state === 'stopped') return;
    this.failure = error;
    this.state = 'failed';
    this.core.engine.mode = 'closed';
    this.log.failed(error, this.at, this.options.ports?.notifier);
    this.settle.reject(error);
  }
}
