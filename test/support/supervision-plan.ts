/** A tree as the model of supervision and the runtime are both given it. */
export interface Plan {
  readonly id: string;
  readonly restart: 'permanent' | 'transient' | 'temporary';
  readonly significant: boolean;
  readonly dependsOn: readonly string[];
  readonly shutdownMs: number;
  readonly backoff: { minMs: number; maxMs: number; factor: number; resetAfterMs: number };
  /** Workers only: time to close (without it, it does not react), and when its starts fail. */
  readonly closesInMs?: number | undefined;
  readonly failsIncarnation: readonly [from: number, count: number];
  readonly failsAtMs: readonly [from: number, to: number];
  /** Supervisors only. */
  readonly children?: readonly Plan[];
  readonly strategy: 'one_for_one' | 'one_for_all' | 'rest_for_one';
  readonly intensity: number;
  readonly periodMs: number;
  readonly autoShutdown: 'never' | 'any_significant' | 'all_significant';
}
