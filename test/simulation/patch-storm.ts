/**
 * One storm of patches: random failures, performance, orders of people, changes of settings and
 * crashes, of actors and of the process; and what must hold through all of it.
 */
import { expect } from 'vitest';
import { secrCatalogue, secrPaths } from '../../actors/secr.ts';
import {
  type FailureGroup,
  type FailureSubgroup,
  failureTaxonomy,
} from '../../config/secr-taxonomy.ts';
import type { Settings, SettingsInput } from '../../config/settings.ts';
import { drawRatio } from '../../machines/policies/random.ts';
import type { SettingChange } from '../../machines/policies/resolver-matrix.ts';
import { envelopeOf, isInside } from '../../machines/policies/setting-envelope.ts';
import type { SecrContext } from '../../machines/secr.ts';
import { simulatedClock } from '../../runtime/clock/simulated.ts';
import type { SettingsChange } from '../../runtime/core.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import { Journal } from '../../runtime/journal/journal.ts';
import { memoryLog } from '../../runtime/journal/memory-log.ts';
import type { ObservedTurn } from '../../runtime/options.ts';
import { settingsHash } from '../../runtime/patch-port.ts';
import { replayJournal } from '../../runtime/replay/replay.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { applyPatch } from '../../runtime/settings/patch.ts';
import { at as settingAt } from '../../runtime/settings/pointer.ts';
import { cutAfter } from '../support/cut-log.ts';
import { inside } from '../support/inside.ts';

export const stormSettings: SettingsInput = {
  breakers: { broker: {} },
  protections: { quotes: { attemptTimeoutMs: 1_000, bulkhead: { concurrencyMax: 16 } } },
  secr: {
    actPressureMin: 0.3,
    patch: { canaryMs: 40, observationMs: 100, cooldownMs: 150, approvalMs: 300, retryMs: 50 },
    budget: { activeCountMax: 3, changeCountMax: 50, windowMs: 1_000, deviationMax: 6 },
    learning: { verdictCountMin: 1, trustMin: 0.6 },
    score: { sampleCountMin: 1 },
  },
};

/** The longest that an applied patch may be under way, with tries and one late timer. */
const windowMs = 40 + 100;

const order = { by: 'ada', why: 'storm' };
const groups = Object.keys(failureTaxonomy) as FailureGroup[];
const keys = Object.keys(secrCatalogue.envelopes).map((key) =>
  key.replace('/breakers/*', '/breakers/broker').replace('/protections/*', '/protections/quotes'),
);

/** Draws of one storm. */
class Chance {
  private readonly seed: number;
  private n = 0;
  constructor(seed: number) {
    this.seed = seed;
  }
  ratio = (): number => drawRatio(this.seed, this.n++);
  below = (count: number): number => Math.floor(this.ratio() * count);
  one = <T>(items: readonly T[]): T => items[this.below(items.length)]!;
}

type Told = { readonly type: string; readonly id: string; readonly at: number } & {
  readonly [field: string]: unknown;
};

/** Everything that one log says of patches, read from its turns in any life. */
class Watch {
  /** By seq: a crash takes turns back, and others take their place. */
  readonly facts = new Map<number, readonly Told[]>();
  readonly changes = new Map<number, SettingsChange>();

  readonly observe = ({ input, line }: ObservedTurn): void => {
    const { seq, kind, event } = input;
    this.facts.delete(seq);
    this.changes.delete(seq);
    if (line.facts) this.facts.set(seq, line.facts as unknown as Told[]);
    if (kind === 'settings') this.changes.set(seq, event as unknown as SettingsChange);
  };

  forgetAfter(seq: number): void {
    for (const map of [this.facts, this.changes]) {
      for (const known of map.keys()) if (known > seq) map.delete(known);
    }
  }

  ofType(type: string): readonly Told[] {
    return [...this.facts.values()].flat().filter((fact) => fact.type === type);
  }
}

export class Storm {
  private readonly chance: Chance;
  private readonly watch = new Watch();
  private log = memoryLog();
  private runtime!: Runtime;
  private clock = simulatedClock({ startMs: 0 });
  private readonly seed: number;
  readonly counts = {
    kept: 0,
    rolledBack: 0,
    rejected: 0,
    quarantined: 0,
    restarts: 0,
    crashes: 0,
  };

  constructor(seed: number) {
    this.seed = seed;
    this.chance = new Chance(seed);
  }

  async run(stepCount: number): Promise<void> {
    await this.begin(0);
    for (let step = 0; step < stepCount; step += 1) {
      await this.step();
      this.expectSound();
    }
    await this.end();
  }

  private async begin(startMs: number): Promise<void> {
    this.clock = simulatedClock({ startMs });
    const journal = new Journal(this.log, { blockEntryCountMax: 1 });
    const settings = { ...stormSettings, journal: { snapshotEveryCount: 40 } };
    const { observe } = this.watch;
    this.runtime = await createRuntime({
      settings,
      journal,
      clock: this.clock,
      seed: this.seed,
      observe,
    });
    await this.runtime.start();
    this.rehearse();
    await this.clock.settle();
  }

  /** Says what a rehearsal would: nothing, the same, worse, or too late. */
  private rehearse(): void {
    const { chance } = this;
    this.runtime.secr.rule('sometimes', () => (chance.ratio() < 0.1 ? 'not today' : undefined));
    this.runtime.secr.rehearseWith(async () => {
      const kind = chance.below(4);
      if (kind === 0) return { kind: 'notEvaluable', text: 'no past' };
      return { kind: 'evaluated', isWorse: kind === 1, text: 'compared' };
    });
  }

  private async step(): Promise<void> {
    const { chance } = this;
    const what = chance.below(16);
    const { secr } = this.runtime;
    if (what < 5) this.fail();
    else if (what < 7) this.perform();
    else if (what < 10) await this.clock.advance(chance.below(60));
    else if (what === 10) secr.pin({ key: chance.one(keys), ...order });
    else if (what === 11) this.unpin();
    else if (what === 12) this.operate();
    else if (what === 13) this.orderPatch();
    else if (what === 14) this.crash();
    else if (chance.ratio() < 0.3) await this.restart();
    else if (chance.ratio() < 0.15) secr.emergencyReset(order);
    else secr.resume(order);
    if (chance.ratio() < 0.6) await this.clock.settle();
  }

  private fail(): void {
    const { chance } = this;
    const group = chance.one(groups);
    const subgroup = chance.one(failureTaxonomy[group] as readonly FailureSubgroup[]);
    const target = chance.one(['broker', 'quotes']);
    this.runtime.secr.reportFailure({ group, subgroup, severity: chance.ratio(), target });
  }

  private perform(): void {
    const { ratio } = this.chance;
    this.runtime.secr.updatePerformanceFeedback({
      ...{ profitDelta: ratio() - 0.5, latencyMs: ratio() * 500 },
      ...{ errorRatio: ratio() * 0.2, stabilityScore: ratio() * 100 },
    });
  }

  private unpin(): void {
    const pinned = Object.keys(this.runtime.secr.pins);
    if (pinned.length === 0) return;
    this.runtime.secr.unpin({ key: this.chance.one(pinned), ...order });
  }

  /** A person changes a setting; what schemas refuse is not the storm's concern. */
  private operate(): void {
    const { chance, runtime } = this;
    const path = chance.one(keys);
    if (path.startsWith('/allocation/w') || settingAt(runtime.settings.current, path) === undefined)
      return;
    const { min, max } = envelopeOf(secrCatalogue.envelopes, path)!;
    const value = Math.round(min + chance.ratio() * (max - min)) || min;
    // The same value once more is no change, and nobody is told of it.
    if (settingAt(runtime.settings.current, path) === value) return;
    try {
      runtime.settings.patch([{ op: 'replace', path, value }], order);
    } catch {
      // Two settings that do not fit together.
    }
  }

  private orderPatch(): void {
    const { secr } = this.runtime;
    const [patch] = secr.patches;
    if (!patch) return;
    this.chance.one([
      () => secr.approve(patch.id, order),
      () => secr.reject(patch.id, order),
      () => secr.withdraw(patch.id, order),
    ])();
  }

  private crash(): void {
    const { coordinator, failures } = secrPaths;
    const patches = this.runtime.secr.patches.map(({ actor }) => `${coordinator}/${actor}`);
    const path = this.chance.one([coordinator, failures, ...patches]);
    const at = path === coordinator ? 'now' : this.chance.one(['now', 'next-event'] as const);
    this.counts.crashes += 1;
    this.runtime.command({ command: 'crash', path, at, why: 'storm' });
  }

  /** The process ends; what is left is the log, or what of it was on disk a moment before. */
  private async restart(): Promise<void> {
    const now = this.clock.now();
    await this.runtime.stop();
    const { version } = await this.log.head();
    this.log = await cutAfter(this.log, Math.max(1, version - this.chance.below(4)));
    this.watch.forgetAfter((await this.log.head()).lastSeq);
    this.counts.restarts += 1;
    await this.begin(now + this.chance.below(100));
  }

  private context(): SecrContext | undefined {
    return this.runtime.snapshot(secrPaths.coordinator)?.context as SecrContext | undefined;
  }

  /** What holds after every step. */
  private expectSound(): void {
    const context = this.context();
    if (!context) return;
    const owned = Object.values(context.active).flatMap(({ from }) => Object.keys(from));
    expect(new Set(owned).size, 'one owner for each key').toBe(owned.length);
    expect(Object.keys(context.active).length).toBeLessThanOrEqual(3);
  }

  /** Everybody goes home: what was applied has ended, and a reset brings everything back. */
  private async end(): Promise<void> {
    await this.clock.settle();
    await this.clock.advance(windowMs + 400);
    // A crash that is still armed waits for an event.
    for (let i = 0; i < 3; i += 1) this.fail();
    this.runtime.secr.emergencyReset(order);
    await this.clock.advance(1_000);
    this.runtime.secr.emergencyReset(order);
    await this.clock.advance(1_000);
    this.expectLives();
    this.expectChanges();
    expect(settingsHash(this.runtime.settings.current), 'as people left it').toBe(
      settingsHash(this.asPeopleLeftIt()),
    );
    await this.runtime.stop();
    this.count();
  }

  async expectReplays(): Promise<void> {
    const replayed = await replayJournal(this.log);
    expect(replayed.divergence).toBeUndefined();
    expect(replayed.digest).toBe(this.runtime.digest);
  }

  private count(): void {
    const { counts, watch } = this;
    for (const end of ['kept', 'rolledBack', 'rejected', 'quarantined'] as const) {
      counts[end] += watch.ofType(`patch.${end}`).length;
    }
  }

  /** Every patch that was tried: validated and snapshotted before, ended within its window. */
  private expectLives(): void {
    const { watch } = this;
    expect(this.runtime.secr.patches, 'nothing is under way for ever').toEqual([]);
    const firstOf = (type: string, id: string) =>
      [...watch.facts].find(([, facts]) =>
        facts.some((fact) => fact.type === type && fact.id === id),
      );
    // A process that is down judges nothing.
    const downMs = 100 * this.counts.restarts;
    for (const { id, at } of watch.ofType('patch.canaryStarted')) {
      const begun = firstOf('patch.canaryStarted', id)![0];
      for (const type of ['patch.validated', 'patch.snapshotted']) {
        expect(firstOf(type, id)?.[0], `${id} ${type}`).toBeLessThan(begun);
      }
      const ends = ['patch.kept', 'patch.rolledBack'].flatMap((type) =>
        watch.ofType(type).filter((fact) => fact.id === id),
      );
      expect(ends, `${id} ends once`).toHaveLength(1);
      expect(ends[0]!.at - at, `${id} ends in its window`).toBeLessThanOrEqual(
        windowMs + 200 + downMs,
      );
    }
  }

  /** No key outside its envelope, none that was pinned, but to bring back what was there. */
  private expectChanges(): void {
    const pins = new Set<string>();
    const seqs = [...new Set([...this.watch.facts.keys(), ...this.watch.changes.keys()])];
    for (const seq of seqs.sort((a, b) => a - b)) {
      const change = this.watch.changes.get(seq);
      if (change?.by === 'secr') this.expectChange(change, pins);
      for (const fact of this.watch.facts.get(seq) ?? []) {
        if (fact.type === 'secr.pinned') pins.add(fact['key'] as string);
        if (fact.type === 'secr.unpinned') pins.delete(fact['key'] as string);
      }
    }
  }

  private expectChange({ patch, why }: SettingsChange, pins: ReadonlySet<string>): void {
    const isBack = /^(?:reset: reset|[ph]-\d+: rolled back)/.test(why);
    for (const { path, value } of patch as readonly SettingChange[]) {
      const envelope = envelopeOf(secrCatalogue.envelopes, path);
      expect(envelope && isInside(envelope, value), `${path} = ${value}`).toBe(true);
      if (!isBack) expect(pins.has(path), `${path} is pinned`).toBe(false);
    }
  }

  private asPeopleLeftIt(): Settings {
    let settings = inside(this.runtime).core.given;
    for (const [, { by, patch }] of [...this.watch.changes].sort(([a], [b]) => a - b)) {
      if (by === 'ada') settings = applyPatch(settings, patch);
    }
    return settings;
  }
}
