/**
 * The edge of one pair: looks at both sides, keeps the role, copies the state, and does the steps
 * that the chart asks for. It decides nothing.
 */
import type { StepOptions, WatchEvent } from '../../actors/failover-pair.ts';
import type { Clock, LeaseStore } from '../../actors/ports.ts';
import type { FailoverSettings } from '../../config/failover-pair.ts';
import type {
  AcquireInput,
  AcquireOutcome,
  ActivateInput,
  FailoverRole,
  StandDownInput,
  StepOutcome,
} from '../../machines/failover-pair-types.ts';
import { otherSide, type Side } from '../../machines/policies/failover-verdict.ts';
import { errorText } from '../error-text.ts';
import { Beat, within } from './beat.ts';
import { Role, sideOf } from './role.ts';
import { isRemote, type LocalSide, localSides, type Sides } from './sides.ts';
import { StateCopy } from './state-copy.ts';

export interface PairEdgeOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly store: LeaseStore;
  readonly sides: Sides;
  readonly settings: () => FailoverSettings;
  /** Names this life of this host among all that ever were. */
  readonly life: string;
}

export class PairEdge {
  readonly role: Role;
  readonly copy: StateCopy;
  private readonly options: PairEdgeOptions;
  private readonly remote: Side | undefined;
  private tell: ((event: WatchEvent) => void) | undefined;
  private beats: Beat[] = [];
  /** When each side was told of last, and whether it passed then. */
  private readonly told = new Map<Side, { readonly atMs: number; readonly passed: boolean }>();
  private toldRole = '';
  /** The signs of life of the other host that were seen last. */
  private signs = '';
  /** Between standing down and the end of the role, nothing new may begin. */
  private isLeaving = false;

  constructor(options: PairEdgeOptions) {
    this.options = options;
    const { name, clock, store, sides, settings, life } = options;
    const [own, ...others] = localSides(sides);
    this.remote = others.length === 0 ? otherSide(own!) : undefined;
    this.copy = new StateCopy(clock, sides);
    this.role = new Role({
      name,
      clock,
      store,
      settings,
      life,
      lost: (epoch, why) => {
        if (this.remote) this.copy.begin(this.remote);
        this.say({ type: 'LEASE_LOST', at: clock.now(), epoch, why });
      },
    });
  }

  /** Whether effects may be begun under the role. */
  get isActing(): boolean {
    return !this.isLeaving && this.role.isSafe;
  }

  /** Begins to look, and tells what changes. */
  watch(tell: (event: WatchEvent) => void): void {
    this.unwatch();
    const { clock, settings, sides } = this.options;
    this.tell = tell;
    this.toldRole = '';
    this.told.clear();
    this.say({
      type: 'WATCH_BEGAN',
      at: clock.now(),
      heldEpoch: this.role.held?.epoch ?? null,
    });
    const timing = () => {
      const { heartbeatMs, checkTimeoutMs } = settings();
      return { everyMs: heartbeatMs, limitMs: checkTimeoutMs };
    };
    const look = (side: Side, run: (signal: AbortSignal) => unknown) =>
      new Beat({
        clock,
        timing,
        run,
        passed: () => this.passed(side),
        missed: (why, count) => this.missed(side, why, count),
      });
    this.beats = localSides(sides).map((side) => look(side, (signal) => this.look(side, signal)));
    const { remote } = this;
    if (remote) this.beats.push(look(remote, () => this.lookAtOther(remote)));
    this.beats.push(new Beat({ clock, timing, run: () => this.role.renew() }));
    this.beats.push(
      new Beat({
        clock,
        timing: () => ({ everyMs: settings().syncEveryMs, limitMs: settings().checkTimeoutMs }),
        run: (signal) => this.copy.make(signal),
      }),
    );
  }

  unwatch(): void {
    for (const beat of this.beats) beat.stop();
    this.beats = [];
    this.tell = undefined;
  }

  /** The host ends: the lease runs out. */
  end(): void {
    this.unwatch();
    this.role.end();
  }

  private say(event: WatchEvent): void {
    this.tell?.(event);
  }

  // Looks

  private async look(side: Side, signal: AbortSignal): Promise<void> {
    const { sides, name, store, settings } = this.options;
    const value = await (sides[side] as LocalSide).check({ signal });
    const isWell = value === undefined || value === true;
    if (!isWell && !(typeof value === 'number' && Number.isFinite(value))) {
      throw new Error(`the check gave ${String(value)}, not true or a finite number`);
    }
    if (!this.remote) return;
    // Its sign of life for the other host.
    const { leaseMs: ttlMs } = settings();
    const holder = this.role.holderOf(side);
    await store.acquire({ name: `alive:${name}:${side}`, holder, ttlMs });
  }

  /** A side of another host lives as long as it renews its sign of life, or the role. */
  private async lookAtOther(side: Side): Promise<void> {
    const { name, store } = this.options;
    const [alive, role] = await Promise.all([
      store.get(`alive:${name}:${side}`),
      store.get(this.role.leaseName),
    ]);
    if (role) this.seeRole(role.status, role.holder, role.epoch);
    const isTheirs = role !== undefined && sideOf(role.holder) === side;
    const signs = JSON.stringify([
      alive && [alive.epoch, alive.renewalCount],
      isTheirs && [role.epoch, role.renewalCount],
    ]);
    const isFirst = this.signs === '';
    const hasMoved = signs !== this.signs;
    this.signs = signs;
    if (isFirst || !hasMoved) throw new Error('no sign of life');
  }

  private seeRole(status: 'held' | 'released' | 'expired', holder: string, epoch: number): void {
    if (this.role.held?.epoch === epoch) return;
    const isTheirs = status === 'held' && sideOf(holder) === this.remote;
    const side = isTheirs ? sideOf(holder) : null;
    const role: FailoverRole = { side, epoch, isReleased: status === 'released' };
    const text = JSON.stringify(role);
    if (text === this.toldRole) return;
    this.toldRole = text;
    const at = this.options.clock.now();
    this.say({ type: 'ROLE_SEEN', at, ...role, ...this.copy.evidence });
  }

  private passed(side: Side): void {
    this.copy.look(side, true);
    const at = this.options.clock.now();
    const told = this.told.get(side);
    const { reportEveryMs } = this.options.settings();
    if (told?.passed && at - told.atMs < reportEveryMs) return;
    this.told.set(side, { atMs: at, passed: true });
    this.say({ type: 'BEAT_PASSED', at, side, ...this.copy.evidence });
  }

  private missed(side: Side, why: string, missedCount: number): void {
    this.copy.look(side, false);
    const at = this.options.clock.now();
    const told = this.told.get(side);
    const { reportEveryMs, missedCountMax } = this.options.settings();
    const isNews = missedCount <= missedCountMax;
    if (!isNews && told && !told.passed && at - told.atMs < reportEveryMs) return;
    this.told.set(side, { atMs: at, passed: false });
    this.say({ type: 'BEAT_MISSED', at, side, missedCount, why, ...this.copy.evidence });
  }

  // Steps

  async acquire(
    { side, afterEpoch }: AcquireInput,
    { signal }: StepOptions,
  ): Promise<AcquireOutcome> {
    // Nothing begins before the side is activated.
    this.isLeaving = true;
    return this.role.acquire(side, afterEpoch, signal);
  }

  activate(input: ActivateInput, { key }: StepOptions): Promise<StepOutcome> {
    const { side, epoch, copiesFirst } = input;
    return this.step(async () => {
      const isOurs = () => this.role.held?.epoch === epoch && this.role.held.side === side;
      if (!isOurs()) throw new Error(`epoch ${epoch} has ended on this host`);
      const given = this.options.sides[side];
      if (isRemote(given)) throw new Error('it runs on another host');
      if (copiesFirst) await this.limited((abort) => this.copy.copy(otherSide(side), abort));
      await this.limited((abort) => given.activate({ epoch, key, signal: abort }));
      if (!isOurs()) throw new Error(`epoch ${epoch} ended while it began`);
      this.isLeaving = false;
      this.copy.begin(side);
    });
  }

  standDown({ side, epoch }: StandDownInput, { key }: StepOptions): Promise<StepOutcome> {
    return this.step(async () => {
      const given = this.options.sides[side];
      this.isLeaving = true;
      try {
        if (isRemote(given)) return;
        await this.limited((signal) => given.deactivate({ epoch, key, signal }));
      } finally {
        await this.limited(() => this.role.release());
        if (this.remote) this.copy.begin(this.remote);
      }
    });
  }

  private limited<T>(run: (signal: AbortSignal) => T | Promise<T>): Promise<T> {
    const { clock, settings } = this.options;
    return within(clock, settings().switchTimeoutMs, run);
  }

  private async step(run: () => Promise<void>): Promise<StepOutcome> {
    const { clock } = this.options;
    try {
      await run();
      return { kind: 'done', at: clock.now() };
    } catch (error) {
      return { kind: 'failed', at: clock.now(), why: errorText(error).slice(0, 200) };
    }
  }
}
