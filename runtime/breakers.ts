/**
 * The breakers of a runtime: one handle for each path, kept in step with its actor after every
 * turn.
 */
import { CircuitBreaker } from '../actors/circuit-breaker.ts';
import type { Clock } from '../actors/ports.ts';
import type { CircuitBreakerSettingsInput } from '../config/circuit-breaker.ts';
import { type ScopedClock, scopedClock } from './clock/scoped.ts';
import { BREAKERS, type Core } from './core.ts';
import type { Turn } from './engine/engine.ts';
import type { Entry } from './engine/ingress.ts';
import { applyPatch } from './settings/patch.ts';

type Snapshot = Parameters<CircuitBreaker['observe']>[0];

/** Orders of an operator: on disk before anything follows from them. */
const operatorEvents = new Set(['ISOLATE', 'RESET']);

export class Breakers {
  private readonly byPath = new Map<string, CircuitBreaker>();

  private readonly core: Core;
  /** Time limits of calls. */
  private readonly clock: ScopedClock;
  private readonly submit: (entry: Entry) => boolean;

  constructor(core: Core, clock: Clock, submit: (entry: Entry) => boolean) {
    this.core = core;
    this.clock = scopedClock(clock);
    this.submit = submit;
  }

  get(name: string, settings: CircuitBreakerSettingsInput | undefined): CircuitBreaker {
    const path = name.startsWith('/') ? name : `${BREAKERS}/${name}`;
    if (path !== name) this.ensure(path, name, settings);
    const known = this.byPath.get(path);
    if (known) return known;
    if (!this.core.tree.node(path)) throw new RangeError(`There is no breaker at '${path}'.`);
    const handle = new CircuitBreaker({
      name,
      clock: this.clock,
      send: (event) => {
        const isOrder = operatorEvents.has(event.type);
        // Results of calls that outlive the runtime interest nobody; an order must not get lost.
        if (this.core.engine.mode !== 'live' && !isOrder) return;
        this.submit({ kind: 'event', path, event, safety: isOrder });
      },
      snapshot: () => this.snapshot(path),
    });
    this.byPath.set(path, handle);
    handle.observe(this.snapshot(path));
    return handle;
  }

  /** Settings go where live patches find them; the actor lives by what stands there. */
  private ensure(path: string, id: string, given: CircuitBreakerSettingsInput | undefined): void {
    const { tree } = this.core;
    const known = this.core.settings.breakers[id];
    if (given || !known) {
      const value = { ...known, ...given };
      const patch = [{ op: 'add', path: `/breakers/${id}`, value }] as const;
      if (applyPatch(this.core.settings, patch) !== this.core.settings) {
        const event = { patch, by: 'host', why: `breaker '${id}' asked for` };
        this.submit({ kind: 'settings', path: '', event });
      }
    }
    if (!tree.node(BREAKERS)) {
      const event = { op: 'start', id: 'breakers', spec: 'breakers' } as const;
      this.submit({ kind: 'child', path: BREAKERS, event });
    }
    if (!tree.node(path)) {
      this.submit({ kind: 'child', path, event: { op: 'start', id, spec: 'breaker' } });
    }
  }

  private snapshot(path: string): Snapshot {
    return this.core.engine.paths.at(path)?.getSnapshot() as Snapshot;
  }

  observe(turn: Turn): void {
    if (this.byPath.size === 0) return;
    for (const actor of turn.actors) {
      const path = this.core.engine.paths.of(actor);
      this.byPath.get(path)?.observe(this.snapshot(path));
    }
  }

  /** No call waits for its time limit any more. */
  close(): void {
    this.clock.close();
  }

  /** Brings every handle up to date, after a start and after the end. */
  observeAll(): void {
    for (const [path, handle] of this.byPath) handle.observe(this.snapshot(path));
  }
}
