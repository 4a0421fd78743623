/**
 * Everything by which a host guards its calls: breakers by name, and protections, which put a
 * breaker and other layers around one kind of call.
 */
import type { Clock } from '../actors/ports.ts';
import { type Protection, type ProtectOptions, protection } from '../actors/protect.ts';
import { PROTECTIONS, type ProtectSpecName } from '../actors/protect-children.ts';
import { type ProtectChart, ProtectLayers } from '../actors/protect-layers.ts';
import type { CircuitBreakerSettingsInput } from '../config/circuit-breaker.ts';
import type { Settings } from '../config/settings.ts';
import { childIdSchema } from '../config/supervision.ts';
import { Breakers } from './breakers.ts';
import { type ScopedClock, scopedClock } from './clock/scoped.ts';
import type { Core } from './core.ts';
import type { Turn } from './engine/engine.ts';
import type { Entry } from './engine/ingress.ts';
import type { Part } from './lifecycle.ts';
import { seedOf } from './random.ts';
import { applyPatch } from './settings/patch.ts';

const charts: readonly ProtectChart[] = ['bulkhead', 'rateLimit'];

/** Settings of a breaker, or the name of one that others use as well. */
type BreakerOption = { readonly breaker?: CircuitBreakerSettingsInput | string | undefined };

export class Protections implements Part {
  readonly breakers: Breakers;
  private readonly core: Core;
  /** Time limits of calls. */
  private readonly clock: ScopedClock;
  private readonly submit: (entry: Entry) => boolean;
  private readonly seed: number;
  private readonly byName = new Map<string, ProtectLayers>();
  private adopted: Settings['protections'] | undefined;

  constructor(core: Core, clock: Clock, submit: (entry: Entry) => boolean, seed: number) {
    this.core = core;
    this.clock = scopedClock(clock);
    this.submit = submit;
    this.seed = seed;
    this.breakers = new Breakers(core, this.clock, submit);
  }

  /**
   * Puts the layers that are asked for around one kind of call: see `Protection`.
   *
   * A name that was asked for before keeps its counts and its calls; layers that are given again
   * take the settings given. Time limits are those of this protection: its breaker has none of its
   * own unless it is given one.
   *
   * @throws {ConfigInvalidError} when the settings are not allowed.
   * @throws {TypeError} when the name cannot be a part of a path.
   * @throws {RuntimeStoppedError} when the runtime does not run.
   */
  readonly protect = <F = never>(
    name: string,
    options: ProtectOptions<F> & BreakerOption = {},
  ): Protection<F> => {
    if (!childIdSchema.safeParse(name).success) {
      throw new TypeError(`protect: ${JSON.stringify(name)} is not allowed in a path.`);
    }
    const { fallback, breaker, retry, ...settings } = options;
    const { isRetryable, ...retrySettings } = retry ?? {};
    this.ensure(name, { ...settings, ...(retry && { retry: retrySettings }) });
    const layers = this.layersOf(name);
    if (typeof breaker === 'string') layers.breaker = this.breakers.get(breaker, undefined);
    else if (breaker) layers.breaker = this.breakers.get(name, { callTimeoutMs: 0, ...breaker });
    return protection(layers, { fallback, isRetryable });
  };

  private layersOf(name: string): ProtectLayers {
    const known = this.byName.get(name);
    if (known) return known;
    const layers = new ProtectLayers({
      name,
      clock: this.clock,
      seed: seedOf(this.seed, `${PROTECTIONS}/${name}`),
      settings: this.core.settings.protections[name] ?? {},
      send: (chart, event) => {
        if (this.core.engine.mode !== 'live') return;
        const path = `${PROTECTIONS}/${name}/${chart}`;
        this.submit({ kind: 'event', path, event: { ...event } });
      },
    });
    this.byName.set(name, layers);
    for (const chart of charts) this.tell(name, chart);
    return layers;
  }

  /** Settings go where live patches find them; the charts live by what stands there. */
  private ensure(name: string, given: object): void {
    const known = this.core.settings.protections[name];
    const value = { ...known, ...given };
    const patch = [{ op: 'add', path: `${PROTECTIONS}/${name}`, value }] as const;
    if (applyPatch(this.core.settings, patch) !== this.core.settings) {
      const event = { patch, by: 'host', why: `protection '${name}' asked for` };
      this.submit({ kind: 'settings', path: '', event });
    }
    for (const chart of charts) {
      if (!this.core.settings.protections[name]?.[chart]) continue;
      this.start(PROTECTIONS, 'protections');
      this.start(`${PROTECTIONS}/${name}`, 'protection');
      this.start(`${PROTECTIONS}/${name}/${chart}`, chart);
    }
  }

  private start(path: string, spec: ProtectSpecName): void {
    if (this.core.tree.node(path)) return;
    const id = path.slice(path.lastIndexOf('/') + 1);
    this.submit({ kind: 'child', path, event: { op: 'start', id, spec } });
  }

  /** Tells the handle what its chart says. */
  private tell(name: string, chart: ProtectChart): void {
    const actor = this.core.engine.paths.at(`${PROTECTIONS}/${name}/${chart}`);
    const value: unknown = actor?.getSnapshot().value;
    const isCalm = value === 'available' || value === 'flowing';
    const state = value === undefined ? 'down' : isCalm ? 'calm' : 'held';
    this.byName.get(name)?.observe(chart, state);
  }

  observe(turn: Turn): void {
    this.breakers.observe(turn);
    if (this.byName.size === 0) return;
    this.adopt();
    for (const actor of turn.actors) {
      const [, root, name, chart] = this.core.engine.paths.of(actor).split('/');
      if (`/${root}` === PROTECTIONS && name && chart) this.tell(name, chart as ProtectChart);
    }
  }

  /** Layers that a patch takes away stay as they are: calls stand in them. */
  private adopt(): void {
    const { protections } = this.core.settings;
    if (protections === this.adopted) return;
    const before = this.adopted;
    this.adopted = protections;
    for (const [name, layers] of this.byName) {
      const settings = protections[name];
      if (settings && settings !== before?.[name]) layers.adopt(settings);
    }
  }

  /** What the breakers have counted goes into the journal. */
  beforeEnd(): void {
    this.breakers.checkpoint();
  }

  /** No call waits for its time limit any more. */
  close(): void {
    this.clock.close();
  }

  /** Brings every handle up to date, after a start and after the end. */
  observeAll(): void {
    this.breakers.observeAll();
    const isEnded = this.core.engine.mode === 'closed';
    for (const [name, layers] of this.byName) {
      for (const chart of charts) this.tell(name, chart);
      if (isEnded) layers.close();
    }
  }
}
