/**
 * The safeguards of a runtime: health, degradation, safety, trading mode, posture and alerts,
 * started when one of them is first used.
 */
import type { AnyEventObject } from 'xstate';
import { Alerts } from '../actors/alerts.ts';
import { safeguardPaths } from '../actors/safeguards.ts';
import { Safety } from '../actors/safety.ts';
import type { Settings } from '../config/settings.ts';
import type { AlertsContext } from '../machines/alerts.ts';
import type { EmergencyPlanContext } from '../machines/emergency-plan.ts';
import type { PostureContext } from '../machines/posture.ts';
import type { SafetyContext } from '../machines/safety.ts';
import { openControl } from './control/open.ts';
import type { ControlServer } from './control/server.ts';
import type { ChildOrder, Core, SettingsChange } from './core.ts';
import { Degradation } from './degradation.ts';
import { Health } from './health.ts';
import type { Part } from './lifecycle.ts';
import { Posture } from './posture.ts';
import { type PortsHost, safeguardPorts } from './safeguard-ports.ts';
import { Signals } from './signals.ts';
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
  change(change: SettingsChange): void;
}

export class Safeguards implements SafeguardHost, Part {
  readonly health: Health;
  readonly degradation: Degradation;
  readonly tradingMode: TradingMode;
  readonly posture: Posture;
  readonly alerts: Alerts;
  readonly safety: Safety;
  readonly signals: Signals;
  private readonly runtime: PortsHost;
  private readonly core: Core;
  private control: ControlServer | undefined;
  /** The context that the posture's handle knows. */
  private seen: PostureContext | undefined;
  private seenSettings: Settings['posture'];
  /** As of the last turn: asking must cost no look-up. */
  private isUp = false;

  constructor(runtime: PortsHost) {
    this.runtime = runtime;
    const { core } = runtime;
    this.core = core;
    core.checks.clock = runtime.options.clock;
    core.safeguardPorts = safeguardPorts(runtime);
    this.seenSettings = core.settings.posture;
    this.health = new Health(this, core.checks);
    this.degradation = new Degradation(this);
    this.tradingMode = new TradingMode(this);
    this.posture = new Posture(core.settings.posture);
    this.alerts = this.makeAlerts();
    this.safety = this.makeSafety();
    this.signals = new Signals(this, core);
    core.watchers.push(() => this.look());
  }

  private makeAlerts(): Alerts {
    const { alerts } = safeguardPaths;
    return new Alerts({
      clock: this.runtime.options.clock,
      send: (event) => {
        if (event.type === 'ACKNOWLEDGE') this.order(alerts, event);
        else this.send(alerts, event);
      },
      context: () => this.contextAt<AlertsContext>(alerts),
    });
  }

  private makeSafety(): Safety {
    const { plan, safety, tradingMode } = safeguardPaths;
    const order = (path: string, event: AnyEventObject): boolean => {
      this.start();
      // Within a turn the start is still to come, and the order after it.
      const isHeard = this.isRunning(path) || !this.has(safeguardPaths.root);
      return isHeard && this.submitOrder(path, event);
    };
    return new Safety({
      clock: this.runtime.options.clock,
      send: (event) => order(safety, event),
      sendToPlan: (event) => order(plan, event),
      sendToTradingMode: (event) => order(tradingMode, event),
      context: () => this.contextAt<SafetyContext>(safety),
      plan: () => this.snapshotAt<EmergencyPlanContext>(plan),
      settings: () => this.core.settings.safety,
    });
  }

  /** Opens the way in for orders from other processes. */
  async open(): Promise<void> {
    this.control = await openControl(this.runtime.options, this.safety, this.runtime.journal);
  }

  async close(): Promise<void> {
    await this.control?.close();
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
    this.runtime.submit({ kind: 'child', path: root, event });
  }

  /** One look after each turn: whoever asks in between reads the answer of the last one. */
  private look(): void {
    this.isUp = this.has(safeguardPaths.root);
    this.safety.observe();
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
    return this.runtime.options.clock.now();
  }

  has(path: string): boolean {
    return this.core.tree.node(path) !== undefined;
  }

  childCount(path: string): number {
    return this.core.tree.node(path)?.children.size ?? 0;
  }

  contextAt<T>(path: string): T | undefined {
    return this.snapshotAt<T>(path)?.context;
  }

  private snapshotAt<T>(path: string) {
    const snapshot = this.core.engine.paths.at(path)?.getSnapshot();
    return snapshot as { readonly context: T; readonly tags: ReadonlySet<string> } | undefined;
  }

  private isRunning(path: string): boolean {
    return this.core.engine.paths.at(path) !== undefined;
  }

  givenAt(path: string): unknown {
    return this.core.tree.node(path)?.given;
  }

  send(path: string, event: AnyEventObject): void {
    this.start();
    this.runtime.submit({ kind: 'event', path, event });
  }

  order(path: string, event: AnyEventObject): void {
    this.start();
    this.submitOrder(path, event);
  }

  private submitOrder(path: string, event: AnyEventObject): boolean {
    return this.runtime.submit({ kind: 'event', path, event, safety: true });
  }

  child(path: string, event: ChildOrder): void {
    this.start();
    this.runtime.submit({ kind: 'child', path, event });
  }

  change(event: SettingsChange): void {
    this.runtime.submit({ kind: 'settings', path: '', event });
  }
}
