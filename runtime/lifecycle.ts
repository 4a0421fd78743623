/**
 * What runs beneath the face of a runtime: engine and tree, journal, alarm, log, and the life from
 * the start to the end. Parts join it: each is told of turns, and of the start and the end.
 */
import type { AnySpec } from '../actors/child.ts';
import type { Clock } from '../actors/ports.ts';
import { Alarm } from './alarm.ts';
import { Committer } from './committer.ts';
import { Core } from './core.ts';
import { DeadLetters } from './dead-letters.ts';
import type { Turn } from './engine/engine.ts';
import type { Entry } from './engine/ingress.ts';
import { Facts } from './facts.ts';
import type { Journal } from './journal/journal.ts';
import { observerOf, type ResolvedOptions, type TurnObserver } from './options.ts';
import { recover } from './recover.ts';
import { RunLog } from './run-log.ts';
import { Snapshotter } from './snapshot/snapshotter.ts';
import { failureOf, refusal, type Status } from './status.ts';
import { testHooks } from './test-hooks.ts';

/** A part of a runtime that follows what happens. */
export interface Part {
  /** After each live turn. */
  observe?(turn: Turn): void;
  /** After the start, and once all actors have ended. */
  observeAll?(): void;
  /** The runtime runs. */
  open?(): Promise<void>;
  /** The last moment at which entries are taken. */
  beforeEnd?(): void;
  /** No entry is taken any more. */
  close?(): Promise<void> | void;
}

const lives = new WeakMap<object, Lifecycle>();

/**
 * What runs beneath a runtime, for those who watch it.
 *
 * @throws {TypeError} when it is none, or one of another copy of this package.
 */
export function lifeOf(runtime: object): Lifecycle {
  const life = lives.get(runtime);
  if (life) return life;
  throw new TypeError('Expected a runtime that createRuntime of this very package made.');
}

export class Lifecycle {
  readonly core: Core;
  readonly facts: Facts;
  readonly options: ResolvedOptions;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly seed: number;
  /** Specifications of children that are added at run time, by path. */
  readonly children: Map<string, AnySpec>;
  readonly letters = new DeadLetters();
  readonly committer: Committer;
  readonly done: Promise<void>;
  status: Status = 'new';
  private readonly parts: Part[] = [];
  private readonly log: RunLog;
  private readonly alarm: Alarm;
  readonly snapshotter: Snapshotter;
  private readonly observer: TurnObserver | undefined;
  private readonly settle = Promise.withResolvers<void>();
  private failure: Error | undefined;
  private started: Promise<void> | undefined;
  private stopped: Promise<void> | undefined;
  private released: Promise<void> | undefined;

  constructor(options: ResolvedOptions, journal: Journal, seed: number) {
    this.options = options;
    this.journal = journal;
    this.seed = seed;
    this.clock = options.clock;
    this.children = new Map(Object.entries(options.children ?? {}));
    this.log = new RunLog(options.logger);
    this.facts = new Facts((error, fact) => this.log.listenerFailed(error, fact));
    this.observer = observerOf(options.observe);
    this.done = this.settle.promise;
    this.done.catch(() => {});
    this.core = this.makeCore();
    const { engine } = this.core;
    this.committer = new Committer(engine, journal, this.clock, (error) => this.fail(error));
    const kept = options.wanted.journal;
    this.snapshotter = new Snapshotter(this.core, journal, kept, this.observer, this.log);
    this.alarm = new Alarm(engine, this.clock);
  }

  private makeCore(): Core {
    const { options, seed, observer } = this;
    return new Core({
      settings: options.settings,
      seed,
      tree: options.tree,
      children: this.children,
      hooks: {
        now: () => this.clock.now(),
        commit: (turn, safety) => this.committer.commit(turn, safety),
        notify: (turn) => this.notify(turn),
        timerSet: (dueMs) => this.isLive && this.alarm.setFor(dueMs),
        ...testHooks(options),
      },
      lifecycle: (what, node) => this.isLive && this.log.lifecycle(what, node, this.core.engine),
      ended: (root, ending, why) => {
        if (!this.isLive) return;
        const failure = failureOf(root, ending, why);
        if (failure) this.fail(failure);
        else queueMicrotask(() => void this.stop());
      },
      deadLetter: (letter) => this.letters.keep(letter, this.isLive ? this.log : undefined),
      watcherFailed: (error) => this.log.listenerFailed(error, 'system.inspect'),
      observe: observer && this.facts.guarded((turn) => observer.observe(turn)),
    });
  }

  private get isLive(): boolean {
    return this.core.engine.mode === 'live' && this.status !== 'new';
  }

  /** Known by its face from now on. */
  bear(face: object): void {
    lives.set(face, this);
  }

  /** From now on the part is told what happens, after those that joined before it. */
  join<P extends Part>(part: P): P {
    this.parts.push(part);
    return part;
  }

  async start(): Promise<void> {
    if (this.status === 'new') this.started = this.begin();
    else if (this.status !== 'starting' && this.status !== 'running') {
      throw this.failure ?? refusal(this.status);
    }
    return this.started;
  }

  private async begin(): Promise<void> {
    this.status = 'starting';
    const { core, journal, options, seed, observer, log } = this;
    try {
      await recover({ core, journal, options, seed, observer, log });
      // A tree that fails as it starts is a runtime that fails: `done` rejects.
      if (this.failure) return;
      this.status = 'running';
      if (options.isContinued) log.continued(core.engine.seq, core.engine.at);
      this.alarm.set();
      for (const part of this.parts) part.observeAll?.();
      core.engine.pump();
      for (const part of this.parts) {
        if (this.failure) return;
        await part.open?.();
      }
    } catch (error) {
      // Whoever is told that it did not start need not stop it.
      this.refuse(error as Error);
      await this.release().catch(() => {});
      throw error;
    }
  }

  readonly submit = (entry: Entry): boolean => {
    this.assertRunning();
    return this.core.engine.submit(entry);
  };

  /** @throws {RuntimeStoppedError} when nothing is taken: or what the runtime failed by. */
  assertRunning(): void {
    if (this.status !== 'running' && this.status !== 'starting')
      throw this.failure ?? refusal(this.status);
  }

  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  /** One that starts has started first: what it opens meanwhile would stay open. */
  private async end(): Promise<void> {
    if (this.started && this.status !== 'running') await this.started.catch(() => {});
    const wasRunning = this.status === 'running';
    const told = wasRunning ? this.parts.map(async (part) => part.beforeEnd?.()) : [];
    const ended = Promise.allSettled(told);
    if (this.status === 'running') this.status = 'stopping';
    // Whoever stops it within a turn lets that end first, and what waits behind it.
    await Promise.resolve();
    try {
      await this.release();
      throwFirst(await ended);
    } catch (error) {
      this.refuse(error as Error);
      throw error;
    }
    if ((this.status as Status) === 'failed') return;
    this.status = 'stopped';
    const { seq, digest } = this.core.engine;
    if (wasRunning) this.log.stopped(seq, digest.value);
    this.settle.resolve();
  }

  private release(): Promise<void> {
    this.released ??= this.releaseAll();
    return this.released;
  }

  /** Closes everything, whatever fails of it. @throws the first failure, afterwards. */
  private async releaseAll(): Promise<void> {
    this.alarm.withdraw();
    const closing = this.parts.map(async (part) => part.close?.());
    this.core.dispose();
    for (const part of this.parts) part.observeAll?.();
    const closed = await Promise.allSettled(closing);
    await this.snapshotter.idle();
    closed.push(...(await Promise.allSettled([this.journal.close()])));
    throwFirst(closed);
  }

  private notify(turn: Turn): void {
    this.log.turn(turn);
    for (const part of this.parts) part.observe?.(turn);
    this.facts.publish(turn);
    this.snapshotter.after(turn.input.seq);
  }

  /** The runtime cannot go on: it takes nothing more, and `done` rejects. */
  fail(error: Error): void {
    if (this.refuse(error)) {
      this.log.failed(error, this.core.engine.at, this.options.ports?.notifier);
    }
  }

  /** As `fail`, where the caller is told anyway. */
  private refuse(error: Error): boolean {
    if (this.status === 'failed' || this.status === 'stopped') return false;
    this.failure = error;
    this.status = 'failed';
    this.core.engine.mode = 'closed';
    this.settle.reject(error);
    return true;
  }
}

function throwFirst(ended: readonly PromiseSettledResult<void>[]): void {
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
}
