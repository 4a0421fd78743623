/** The failover pairs of a runtime: one for each name. */
import { randomUUID } from 'node:crypto';
import { FAILOVER } from '../../actors/failover-pair.ts';
import type { Clock, LeaseStore } from '../../actors/ports.ts';
import type { FailoverSettings, FailoverSettingsInput } from '../../config/failover-pair.ts';
import { childIdSchema } from '../../config/supervision.ts';
import type { FailoverPairContext } from '../../machines/failover-pair-types.ts';
import type { Core } from '../core.ts';
import type { Entry } from '../engine/ingress.ts';
import { memoryLeases } from '../lease/memory-leases.ts';
import { applyPatch } from '../settings/patch.ts';
import { FailoverPair } from './pair.ts';
import { PairEdge } from './pair-edge.ts';
import { checkSides, type LocalSide, localSides, type RemoteSide, type Sides } from './sides.ts';

export interface FailoverOptions extends FailoverSettingsInput {
  readonly primary: LocalSide | RemoteSide;
  readonly backup: LocalSide | RemoteSide;
  /**
   * Who grants the role. Default: the memory of this runtime, for pairs inside one process; hosts
   * that share a pair share a store.
   */
  readonly leases?: LeaseStore;
}

export class Failover {
  private readonly core: Core;
  private readonly clock: Clock;
  private readonly submit: (entry: Entry) => boolean;
  private readonly leases: LeaseStore;
  private readonly life = randomUUID();

  constructor(core: Core, clock: Clock, submit: (entry: Entry) => boolean) {
    this.core = core;
    this.clock = clock;
    this.submit = submit;
    this.leases = memoryLeases(() => clock.now());
    core.pairs.clock = clock;
    core.watchers.push(() => {
      if (core.engine.mode === 'closed') core.pairs.end();
    });
  }

  /**
   * Keeps one of two sides active. A pair of the same name takes the new sides and settings, and
   * its role is taken anew; after a restart of the process the sides have to be given again.
   *
   * @throws {ConfigInvalidError} when a setting is not allowed.
   * @throws {TypeError} when the name cannot be a part of a path, or a side lacks what it needs.
   * @throws {RuntimeStoppedError} when the runtime does not run.
   */
  readonly pair = (name: string, options?: FailoverOptions): FailoverPair => {
    if (!childIdSchema.safeParse(name).success) {
      throw new TypeError(`failover: ${JSON.stringify(name)} is not allowed in a path.`);
    }
    if (options) this.ensure(name, options);
    else if (!this.core.tree.node(this.pathOf(name))) {
      throw new RangeError(`There is no failover pair '${name}'.`);
    }
    return new FailoverPair({
      name,
      now: () => this.clock.now(),
      snapshot: () => this.snapshot(name),
      edge: () => this.core.pairs.edge(name),
      order: (event) => {
        this.submit({ kind: 'event', path: this.pathOf(name), event, safety: true });
      },
    });
  };

  private pathOf(name: string): string {
    return `${FAILOVER}/${name}`;
  }

  private snapshot(name: string) {
    const actor = this.core.engine.paths.at(this.pathOf(name));
    return actor?.getSnapshot() as { value: unknown; context: FailoverPairContext } | undefined;
  }

  /** Settings go where live patches find them; the actor and its edge live by what stands there. */
  private ensure(name: string, { primary, backup, leases, ...settings }: FailoverOptions): void {
    const sides: Sides = { primary, backup };
    checkSides(name, sides);
    const known = this.core.settings.failover[name];
    const value = { ...known, ...settings };
    const patch = [{ op: 'add', path: `${FAILOVER}/${name}`, value }] as const;
    if (applyPatch(this.core.settings, patch) !== this.core.settings) {
      const event = { patch, by: 'host', why: `failover pair '${name}' asked for` };
      this.submit({ kind: 'settings', path: '', event });
    }
    this.start(name, { local: localSides(sides) });
    const edge = new PairEdge({
      name,
      clock: this.clock,
      store: leases ?? this.leases,
      sides,
      settings: () => this.core.settings.failover[name] as FailoverSettings,
      life: this.life,
    });
    this.core.pairs.set(name, edge);
  }

  private start(name: string, given: { readonly local: readonly string[] }): void {
    const { tree } = this.core;
    if (!tree.node(FAILOVER)) {
      const event = { op: 'start', id: 'failover', spec: 'failover' } as const;
      this.submit({ kind: 'child', path: FAILOVER, event });
    }
    const path = this.pathOf(name);
    const node = tree.node(path);
    if (node && JSON.stringify(node.given) === JSON.stringify(given)) return;
    if (node) this.submit({ kind: 'child', path, event: { op: 'stop' } });
    const event = { op: 'start', id: name, spec: 'failoverPair', given } as const;
    this.submit({ kind: 'child', path, event });
  }
}
