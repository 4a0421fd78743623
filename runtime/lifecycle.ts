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
  private stopped: Promise<void> | undefined;

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
    if (this.status === 'running') return;
    if (this.status !== 'new') throw this.failure ?? refusal(this.status);
    this.status = 'starting';
    const { core, journal, options, seed, observer, log } = this;
    try {
      await recover({ core, journal, options, seed, observer, log });
    } catch (error) {
      this.status = 'failed';
      this.settle.reject(error as Error);
      await this.journal.close().catch(() => {});
      throw error;
    }
    // It may have been stopped meanwhile, which TypeScript cannot know.
    if ((this.status as Status) !== 'starting') return;
    this.status = 'running';
    if (options.isContinued) log.continued(core.engine.seq, core.engine.at);
    this.alarm.set();
    for (const part of this.parts) part.observeAll?.();
    core.engine.pump();
    try {
      for (const part of this.parts) await part.open?.();
    } catch (error) {
      await this.stop();
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

  private async end(): Promise<void> {
    const failed = this.status === 'failed';
    const wasRunning = this.status === 'running';
    if (wasRunning) for (const part of this.parts) part.beforeEnd?.();
    if (wasRunning) this.status = 'stopping';
    // Whoever stops it within a turn lets that end first, and what waits behind it.
    await Promise.resolve();
    this.alarm.withdraw();
    const closing = this.parts.map((part) => part.close?.());
    this.core.dispose();
    for (const part of this.parts) part.observeAll?.();
    await Promise.all(closing);
    await this.snapshotter.idle();
    await this.journal.close();
    if (failed) return;
    this.status = 'stopped';
    const { seq, digest } = this.core.engine;
    if (wasRunning) this.log.stopped(seq, digest.value);
    this.settle.resolve();
  }

  private notify(turn: Turn): void {
    this.log.turn(turn);
    for (const part of this.parts) part.observe?.(turn);
    this.facts.publish(turn);
    this.snapshotter.after(turn.input.seq);
  }

  /** The runtime cannot go on: it takes nothing more, and `done` rejects. */
  fail(error: Error): void {
    if (this.status === 'failed' || this.status === 'stopped') return;
    this.failure = error;
    this.status = 'failed';
    this.core.engine.mode = 'closed';
    this.log.failed(error, this.core.engine.at, this.options.ports?.notifier);
    this.settle.reject(error);
  }
}
