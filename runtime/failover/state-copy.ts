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
  /** When it was first missed; undefined while it is alive. */
  private aliveUntilMs: number | undefined;

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
    this.aliveUntilMs = undefined;
  }

  /** A look found a side alive, or dead: what it still changes after that is not known. */
  look(side: Side, isAlive: boolean): void {
    if (side !== this.from) return;
    if (isAlive) this.aliveUntilMs = undefined;
    else this.aliveUntilMs ??= this.clock.now();
  }

  /**
   * What a switch would lose at most: the time that the active side lived on after the newest copy,
   * ms. Null: none was made; undefined: this host has nothing to copy.
   */
  get lagMs(): number | null | undefined {
    const { from, copiedAtMs } = this;
    if (!from || !this.isPossible(from)) return undefined;
    if (copiedAtMs === null) return null;
    return Math.max(0, (this.aliveUntilMs ?? this.clock.now()) - copiedAtMs);
  }

  /** For the chart. */
  get evidence(): { readonly lagMs?: number | null } {
    const { lagMs } = this;
    return lagMs === undefined ? {} : { lagMs };
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
