/** Copies of the active side's state on the side that may take over, and how old the newest is. */
import type { Clock } from '../../actors/ports.ts';
import { otherSide, type Side } from '../../machines/policies/failover-verdict.ts';
import { isRemote, localSides, type Sides } from './sides.ts';

export class StateCopy {
  private readonly clock: Clock;
  private readonly sides: Sides;
  /** On the other side, as of this time, logical ms; null: none. */
  private copiedAtMs: number | null = null;
  /** Who is active, as far as this host knows. */
  private from: Side | undefined;

  constructor(clock: Clock, sides: Sides) {
    this.clock = clock;
    this.sides = sides;
    const [own, ...others] = localSides(sides);
    // A host that only has one side takes the other for active until it has the role itself.
    this.from = others.length === 0 ? otherSide(own!) : undefined;
  }

  /** Somebody else became active: the copies that were made are of no use. */
  begin(from: Side): void {
    if (from === this.from) return;
    this.from = from;
    this.copiedAtMs = null;
  }

  /** For the chart: nothing when there is nothing that this host could copy. */
  get evidence(): { readonly copiedAtMs?: number | null } {
    const { from } = this;
    return from && this.isPossible(from) ? { copiedAtMs: this.copiedAtMs } : {};
  }

  /** Age of the newest copy, ms; null: none was made; undefined: there is nothing to copy. */
  get lagMs(): number | null | undefined {
    const { copiedAtMs } = this.evidence;
    return typeof copiedAtMs === 'number' ? this.clock.now() - copiedAtMs : copiedAtMs;
  }

  /** Copies once, if there is something to copy. */
  async make(signal: AbortSignal): Promise<void> {
    if (this.from) await this.copy(this.from, signal);
  }

  /** Copies from a side to the other one; false when there is nothing to copy. */
  async copy(from: Side, signal: AbortSignal): Promise<boolean> {
    const to = this.sides[otherSide(from)];
    if (!this.isPossible(from) || isRemote(to)) return false;
    // What changes while it is read is not in it.
    const at = this.clock.now();
    const state = await this.sides[from].save!({ signal });
    signal.throwIfAborted();
    await to.load!(state, { signal });
    if (from === this.from) this.copiedAtMs = at;
    return true;
  }

  private isPossible(from: Side): boolean {
    const to = this.sides[otherSide(from)];
    return this.sides[from].save !== undefined && !isRemote(to) && to.load !== undefined;
  }
}
