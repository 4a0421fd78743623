/**
 * The edges of all pairs, by name. Functions stay in memory: a host gives them again after a
 * restart, and until then nothing is looked at and no step succeeds.
 */
import type { FailoverPorts, StepOptions, WatchEvent } from '../../actors/failover-pair.ts';
import type { Clock } from '../../actors/ports.ts';
import type {
  AcquireInput,
  AcquireOutcome,
  ActivateInput,
  StandDownInput,
  StepOutcome,
  WatchInput,
} from '../../machines/failover-pair-types.ts';
import type { PairEdge } from './pair-edge.ts';

export class PairTable implements FailoverPorts {
  /** Given by a runtime; a replay has none and asks nothing. */
  clock: Clock | undefined;
  private readonly edges = new Map<string, PairEdge>();
  private readonly tellers = new Map<string, (event: WatchEvent) => void>();

  edge(name: string): PairEdge | undefined {
    return this.edges.get(name);
  }

  /** What was given before ends: its lease runs out. */
  set(name: string, edge: PairEdge): void {
    this.edges.get(name)?.end();
    this.edges.set(name, edge);
    const tell = this.tellers.get(name);
    if (tell) edge.watch(tell);
  }

  /** The runtime ends. */
  end(): void {
    for (const edge of this.edges.values()) edge.end();
    this.edges.clear();
  }

  watch({ name }: WatchInput, tell: (event: WatchEvent) => void): () => void {
    this.tellers.set(name, tell);
    this.edges.get(name)?.watch(tell);
    return () => {
      if (this.tellers.get(name) !== tell) return;
      this.tellers.delete(name);
      this.edges.get(name)?.unwatch();
    };
  }

  async acquire(input: AcquireInput, options: StepOptions): Promise<AcquireOutcome> {
    return this.edges.get(input.name)?.acquire(input, options) ?? this.unknown();
  }

  async activate(input: ActivateInput, options: StepOptions): Promise<StepOutcome> {
    return this.edges.get(input.name)?.activate(input, options) ?? this.unknown();
  }

  async standDown(input: StandDownInput, options: StepOptions): Promise<StepOutcome> {
    return this.edges.get(input.name)?.standDown(input, options) ?? this.unknown();
  }

  private unknown(): Extract<StepOutcome, { kind: 'failed' }> {
    const why = 'no sides were given since the start of the process';
    return { kind: 'failed', at: this.clock?.now() ?? 0, why };
  }
}
