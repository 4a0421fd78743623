/**
 * The safeguards of a runtime: health, degradation, trading mode and posture, started when one of
 * them is first used.
 */
import type { AnyEventObject } from 'xstate';
import type { Clock } from '../actors/ports.ts';
import { safeguardPaths } from '../actors/safeguards.ts';
import type { Settings } from '../config/settings.ts';
import type { PostureContext } from '../machines/posture.ts';
import type { ChildOrder, Core } from './core.ts';
import { Degradation } from './degradation.ts';
import type { Entry } from './engine/ingress.ts';
import { Health } from './health.ts';
import type { ResolvedOptions } from './options.ts';
import { Posture } from './posture.ts';
import { openTensor } from './tensor/open.ts';
import type { Tensor } from './tensor/tensor.ts';
import { TradingMode } from './trading-mode.ts';

/** What each safeguard's handle needs of the runtime. */
export interface SafeguardHost {
  readonly settings: Settings;
  now(): number;
  has(path: string): boolean;
  childCount(path: string): number;
  /** Context of the actor at a path; undefined while it is down. */
  contextAt<T>(path: string): T | undefined;
  /** What a child of a dynamic supervisor was started with. */
  givenAt(path: string): unknown;
  /** Starts the safeguards first when they do not run. */
  send(path: string, event: AnyEventObject): void;
  /** As `send`, for orders of operators: on disk before anything follows from them. */
  order(path: string, event: AnyEventObject): void;
  child(path: string, order: ChildOrder): void;
}

export class Safeguards implements SafeguardHost {
  readonly health: Health;
  readonly degradation: Degradation;
  readonly tradingMode: TradingMode;
  readonly posture: Posture;
  readonly tensor: Tensor;
  private readonly core: Core;
  private readonly clock: Clock;
  private readonly submit: (entry: Entry) => boolean;
  /** The context that the posture's handle knows. */
  private seen: PostureContext | undefined;
  private seenSettings: Settings['posture'];
  /** As of the last turn: asking must cost no look-up. */
  private isUp = false;

  constructor(
    core: Core,
    clock: Clock,
    submit: (entry: Entry) => boolean,
    options: Pick<ResolvedOptions, 'journal' | 'tensor'>,
  ) {
    this.core = core;
    this.clock = clock;
    this.submit = submit;
    core.checks.clock = clock;
    this.seenSettings = core.settings.posture;
    this.health = new Health(this, core.checks);
    this.degradation = new Degradation(this);
    this.tradingMode = new TradingMode(this);
    this.posture = new Posture(core.settings.posture);
    this.tensor = openTensor(core, clock, submit, options);
    core.watchers.push(() => this.observe());
  }

  /** Starts what is not running, if the runtime takes anything now. */
  used(): this {
    if (!this.isUp) this.startIfLive();
    return this;
  }

  private startIfLive(): void {
    const { engine } = this.core;
    if (engine.mode === 'live' && engine.seq > 0) this.start();
  }

  private start(): void {
    const { root } = safeguardPaths;
    if (this.core.tree.node(root)) return;
    const event = { op: 'start', id: 'safeguards', spec: 'safeguards' } as const;
    this.submit({ kind: 'child', path: root, event });
  }

  /** One look after each turn: whoever asks in between reads the answer of the last one. */
  private observe(): void {
    this.isUp = this.has(safeguardPaths.root);
    const context = this.contextAt<PostureContext>(safeguardPaths.posture);
    const { posture } = this.core.settings;
    if (posture !== this.seenSettings) {
      this.seenSettings = posture;
      this.posture.adopt(posture);
    }
    if (context === this.seen) return;
    this.seen = context;
    this.posture.observe(context);
  }

  get settings(): Settings {
    return this.core.settings;
  }

  now(): number {
    return this.clock.now();
  }

  has(path: string): boolean {
    return this.core.tree.node(path) !== undefined;
  }

  childCount(path: string): number {
    return this.core.tree.node(path)?.children.size ?? 0;
  }

  contextAt<T>(path: string): T | undefined {
    return this.core.engine.paths.at(path)?.getSnapshot().context as T | undefined;
  }

  givenAt(path: string): unknown {
    return this.core.tree.node(path)?.given;
  }

  send(path: string, event: AnyEventObject): void {
    this.start();
    this.submit({ kind: 'event', path, event });
  }

  order(path: string, event: AnyEventObject): void {
    this.start();
    this.submit({ kind: 'event', path, event, safety: true });
  }

  child(path: string, event: ChildOrder): void {
    this.start();
    this.submit({ kind: 'child', path, event });
  }
}

/** The part of the runtime's face that asks its safeguards. */
export abstract class SafeguardedRuntime {
  /** Its safeguards. @internal */
  protected abstract readonly safeguards: Safeguards;

  /** Probes, gauges, sensors, and the score that they give. */
  get health(): Health {
    return this.safeguards.used().health;
  }

  /** Levels by the score, and holds of operators. */
  get degradation(): Degradation {
    return this.safeguards.used().degradation;
  }

  /** Whether orders may open, and who says no. */
  get tradingMode(): TradingMode {
    return this.safeguards.used().tradingMode;
  }

  /** The answer to "may I?". Nothing is forbidden before the runtime has started. */
  get posture(): Posture {
    return this.safeguards.used().posture;
  }

  /** Heavy numbers, in worker threads or on a GPU. Nothing of it is loaded before the first job. */
  get tensor(): Tensor {
    return this.safeguards.tensor;
  }
}
