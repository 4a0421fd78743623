/** The role of a pair as this host has it: taken, renewed, lost, given up. */
import type { Clock, Lease, LeaseStore } from '../../actors/ports.ts';
import type { FailoverSettings } from '../../config/failover-pair.ts';
import type { AcquireOutcome } from '../../machines/failover-pair-types.ts';
import type { Side } from '../../machines/policies/failover-verdict.ts';
import { sleep } from './beat.ts';

export interface RoleOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly store: LeaseStore;
  readonly settings: () => FailoverSettings;
  /** Names this life of this host among all that ever were. */
  readonly life: string;
  /** Told when the role was lost, not when it was given up. */
  readonly lost: (epoch: number, why: string) => void;
}

interface Held {
  readonly side: Side;
  readonly epoch: number;
  /** Until when it certainly lasts, counted from when the renewal was sent, ms. */
  readonly untilMs: number;
  /** Calls that run under it. */
  readonly calls: AbortController;
}

const marked = ({ epoch, renewalCount }: Lease): string => `${epoch} ${renewalCount}`;

/** The side that a holder is of. */
export const sideOf = (holder: string): Side =>
  holder.startsWith('primary@') ? 'primary' : 'backup';

export class Role {
  private readonly options: RoleOptions;
  private current: Held | undefined;
  private withdraw: () => void = () => {};

  constructor(options: RoleOptions) {
    this.options = options;
  }

  get held(): Held | undefined {
    return this.current;
  }

  /** Whether effects may be begun under it: its time has not run out by the clock of this host. */
  get isSafe(): boolean {
    return this.current !== undefined && this.options.clock.now() < this.current.untilMs;
  }

  get leaseName(): string {
    return `role:${this.options.name}`;
  }

  holderOf(side: Side): string {
    return `${side}@${this.options.life}`;
  }

  isOwn({ holder }: Lease): boolean {
    return holder.endsWith(`@${this.options.life}`);
  }

  /** Waits for the end of another's lease, unless that one is seen to renew it. */
  async acquire(side: Side, afterEpoch: number, signal: AbortSignal): Promise<AcquireOutcome> {
    const { clock, store, settings } = this.options;
    const giveUpAtMs = clock.now() + settings().switchTimeoutMs;
    let seen: string | undefined;
    for (;;) {
      const sentAtMs = clock.now();
      const { leaseMs: ttlMs, heartbeatMs } = settings();
      const holder = this.holderOf(side);
      const outcome = await store.acquire({ name: this.leaseName, holder, ttlMs, afterEpoch });
      const at = clock.now();
      if (outcome.kind === 'ok') {
        const { epoch } = outcome.lease;
        this.hold(side, epoch, sentAtMs + ttlMs);
        return { kind: 'granted', at, epoch };
      }
      if (outcome.kind === 'held') {
        const { lease } = outcome;
        if (seen !== undefined && seen !== marked(lease)) {
          return { kind: 'held', at, side: sideOf(lease.holder), epoch: lease.epoch };
        }
        seen = marked(lease);
      }
      if (signal.aborted || at >= giveUpAtMs) {
        return { kind: 'failed', at, why: `no lease: ${outcome.kind}` };
      }
      await sleep(clock, Math.max(1, Math.floor(heartbeatMs / 5)));
    }
  }

  private hold(side: Side, epoch: number, untilMs: number): void {
    const { clock, lost } = this.options;
    const isSame = this.current?.epoch === epoch && this.current.side === side;
    const calls = isSame ? this.current!.calls : new AbortController();
    if (!isSame) this.current?.calls.abort(new Error('The role has another epoch.'));
    this.current = { side, epoch, untilMs, calls };
    this.withdraw();
    this.withdraw = clock.at(untilMs, () => {
      if (this.drop(epoch)) lost(epoch, 'the lease ran out before it was renewed');
    });
  }

  /** Ends it here; true when it was held under this epoch. */
  private drop(epoch: number): boolean {
    const { current } = this;
    if (current?.epoch !== epoch) return false;
    this.current = undefined;
    this.withdraw();
    current.calls.abort(new Error(`Epoch ${epoch} has ended on this host.`));
    return true;
  }

  /** Begins its time anew, if it is held. */
  async renew(): Promise<void> {
    const { clock, store, lost } = this.options;
    const { current } = this;
    if (!current) return;
    const { side, epoch } = current;
    const sentAtMs = clock.now();
    const holder = this.holderOf(side);
    const outcome = await store.renew({ name: this.leaseName, holder, epoch });
    if (this.current?.epoch !== epoch) return;
    if (outcome.kind === 'ok') this.hold(side, epoch, sentAtMs + outcome.lease.ttlMs);
    else if (outcome.kind === 'fenced' && this.drop(epoch)) {
      lost(epoch, `the lease ended, and the newest epoch is ${outcome.epoch}`);
    }
  }

  /** Gives it up, so that nobody has to wait for its end. */
  async release(): Promise<void> {
    const { current } = this;
    if (!current) return;
    const { side, epoch } = current;
    this.drop(epoch);
    const holder = this.holderOf(side);
    await this.options.store.release({ name: this.leaseName, holder, epoch });
  }

  /** The host ends: nothing is told any more, and the lease runs out. */
  end(): void {
    if (this.current) this.drop(this.current.epoch);
  }
}
