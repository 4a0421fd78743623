/**
 * The runtime that hosts embed: one tree of supervised actors, one journal, one logical clock.
 *
 * It never ends the process and installs no global handlers. Two runtimes can live in one process.
 */
import { type AnyEventObject, isMachineSnapshot } from 'xstate';
import type { Alerts } from '../actors/alerts.ts';
import type { AnySpec } from '../actors/child.ts';
import type { CircuitBreaker } from '../actors/circuit-breaker.ts';
import { checkOrder, type OperatorOrder } from '../actors/operator-order.ts';
import type { Clock } from '../actors/ports.ts';
import type { Safety } from '../actors/safety.ts';
import type { SignalBreaker } from '../actors/signal-breaker.ts';
import { Children, type DynamicChild } from './children.ts';
import type { Command, Core } from './core.ts';
import type { Degradation } from './degradation.ts';
import { Doors, type OpenDoors } from './doors.ts';
import type { DeadLetter } from './engine/engine.ts';
import { Failover } from './failover/failover.ts';
import type { Health } from './health.ts';
import type { Journal } from './journal/journal.ts';
import { Lifecycle } from './lifecycle.ts';
import { LiveSettings } from './live-settings.ts';
import type { Fact, ResolvedOptions } from './options.ts';
import type { Posture } from './posture.ts';
import { Protections } from './protections.ts';
import { Recovery } from './recovery.ts';
import { Safeguards } from './safeguards.ts';
import { Secr } from './secr.ts';
import type { SignalBreakerGiven } from './signals.ts';
import { checkEvent, type Status } from './status.ts';
import { openTensor } from './tensor/open.ts';
import type { Tensor } from './tensor/tensor.ts';
import type { TradingMode } from './trading-mode.ts';
import { type ActorView, actorView, type TreeView, treeView } from './view.ts';

export class Runtime implements AsyncDisposable {
  readonly clock: Clock;
  /** Seed of all random streams. */
  readonly seed: number;
  /** The journal holds an earlier run. */
  readonly isContinued: boolean;
  /** Resolves when the runtime has stopped; rejects when it failed. */
  readonly done: Promise<void>;
  /** The settings in force, and the way to change them. */
  readonly settings: LiveSettings;
  /** Keeps one of two sides active, each under an epoch of its own: see `Failover.pair`. */
  readonly failover: Failover['pair'];
  /** Heavy numbers, in worker threads or on a GPU. Nothing of it is loaded before the first job. */
  readonly tensor: Tensor;
  /** Systems that come back in the order of their dependencies, and in time. */
  readonly recovery: Recovery;
  /** A call through several layers: time limits, retries, breaker, bulkhead, rate limit. */
  readonly protect: Protections['protect'];
  /** Answers failures by patches of settings, judges them, and learns. */
  readonly secr: Secr;
  private readonly life: Lifecycle;
  private readonly core: Core;
  private readonly children: Children;
  private readonly protections: Protections;
  private readonly safeguards: Safeguards;
  private readonly doors: Doors;

  /** Use `createRuntime`. */
  constructor(options: ResolvedOptions, journal: Journal, seed: number) {
    const life = new Lifecycle(options, journal, seed);
    const { core, clock, submit } = life;
    life.bear(this);
    this.life = life;
    this.core = core;
    this.clock = clock;
    this.seed = seed;
    this.isContinued = options.isContinued;
    this.done = life.done;
    this.children = new Children(core, life.children, submit);
    this.settings = new LiveSettings(core, submit);
    this.protections = life.join(new Protections(core, clock, submit, seed));
    this.protect = this.protections.protect;
    this.failover = new Failover(core, clock, submit).pair;
    this.tensor = openTensor(core, clock, submit, options);
    life.join({ close: () => core.tensor.close() });
    this.recovery = new Recovery(core, clock, submit);
    this.safeguards = life.join(new Safeguards({ core, options, journal, submit }));
    this.secr = new Secr(life);
    this.doors = life.join(new Doors(this, life));
  }

  get status(): Status {
    return this.life.status;
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
   * @throws {PortUnavailableError} when the HTTP API cannot be served where it should be.
   */
  start(): Promise<void> {
    return this.life.start();
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
      this.life.assertRunning();
      this.core.engine.dead(path, event, 'noActor');
      return false;
    }
    return this.life.submit({ kind: 'event', path, event });
  }

  /**
   * As `send`, in the name of a person: the event bears who and why, and the time when it has none,
   * and is on disk before anything follows from it.
   *
   * @throws {TypeError} when it is not said who sends it and why.
   */
  sendAs(path: string, event: AnyEventObject, order: OperatorOrder): boolean {
    checkOrder(order);
    checkEvent(path, event);
    const { by, why } = order;
    const signed = { at: this.clock.now(), ...event, by, why };
    return this.life.submit({ kind: 'event', path, event: signed, safety: true });
  }

  /** Whether an actor would do anything with an event now. Logic that is no machine takes all. */
  can(path: string, event: AnyEventObject): boolean {
    const snapshot = this.core.engine.paths.at(path)?.getSnapshot();
    return isMachineSnapshot(snapshot) ? snapshot.can(event) : snapshot !== undefined;
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
    return this.life.facts.on(type, listener);
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
    this.life.submit({ kind: 'command', path: '', event });
  }

  /**
   * A circuit breaker: by name, made when it is new; or by the path of a supervised one.
   * `predicates` say which results are failures; those that were given last hold.
   *
   * @throws {ConfigInvalidError} when the settings are not allowed.
   * @throws {RangeError} when there is no breaker at the path.
   */
  breaker(...asked: Parameters<Protections['breakers']['get']>): CircuitBreaker {
    this.life.assertRunning();
    return this.protections.breakers.get(...asked);
  }

  /** Probes, gauges, sensors, and the score that they give. */
  get health(): Health {
    return this.safeguards.used().health;
  }

  /** Levels by the score, and holds of operators. */
  get degradation(): Degradation {
    return this.safeguards.used().degradation;
  }

  /** The state over all components, the emergency plan, and what lasts until a reset. */
  get safety(): Safety {
    return this.safeguards.used().safety;
  }

  /** Whether orders may open, and who says no. */
  get tradingMode(): TradingMode {
    return this.safeguards.used().tradingMode;
  }

  /** The answer to "may I?". Nothing is forbidden before the runtime has started. */
  get posture(): Posture {
    return this.safeguards.used().posture;
  }

  /** What people are told: open alerts, and the newest resolved ones. */
  get alerts(): Alerts {
    return this.safeguards.used().alerts;
  }

  /**
   * A breaker on a signal: by name, made when it is new. Settings that were given last hold.
   *
   * @param given settings; or a kind, as `drawdown`, with all its defaults.
   * @throws {ConfigInvalidError} when the settings are not allowed.
   * @throws {RangeError} when there is none of this name, and nothing is given.
   */
  signalBreaker(name: string, given?: SignalBreakerGiven): SignalBreaker {
    return this.safeguards.used().signals.get(name, given);
  }

  /** Where the HTTP API is served; undefined without it, and while the runtime does not run. */
  get http(): OpenDoors | undefined {
    return this.doors.opened;
  }

  /** Events that nobody took, the newest last; at most a thousand are kept. */
  deadLetters(): { readonly count: number; readonly letters: readonly DeadLetter[] } {
    return { count: this.core.deadLetterCount, letters: this.life.letters.kept };
  }

  /** Resolves when everything journaled so far is on disk. */
  flush(): Promise<void> {
    return this.life.journal.flush();
  }

  /** Resolves at once, unless the disk is too far behind: a fast host awaits this. */
  ready(): Promise<void> {
    return this.life.committer.ready();
  }

  /** Ends the runtime: what has entered is handled and on disk when this resolves. Idempotent. */
  stop(): Promise<void> {
    return this.life.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
