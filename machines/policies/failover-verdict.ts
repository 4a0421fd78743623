/** What a failover pair does about its active side: stays, switches, refuses to, or gives up. */
import type { FailoverSettings } from '../../config/failover-pair.ts';
import { backoffMs } from './backoff.ts';
import { addRestart, exceedsIntensity } from './restart-intensity.ts';

export type Side = 'primary' | 'backup';

export const otherSide = (side: Side): Side => (side === 'primary' ? 'backup' : 'primary');

/** What the looks at one side came to. */
export interface Beats {
  /** Heartbeats missed in a row. */
  readonly missedCount: number;
  /** The newest look found it alive; false before the first one. */
  readonly passes: boolean;
  /** Why the newest look failed; null when it did not. */
  readonly why: string | null;
}

/** The copy of the active side's state on the other one. */
export interface Copy {
  /**
   * What a switch would lose at most: the time that the active side lived on after it, ms. Null:
   * none was made yet.
   */
  readonly lagMs: number | null;
}

export type Verdict =
  | 'stay'
  | 'switch'
  /** It has switched too often: people decide. */
  | 'suspend'
  /** It would switch, but the policy leaves that to operators. */
  | 'manual'
  /** ... but the last switch failed a short while ago. */
  | 'backOff'
  /** ... but the other side is not alive. */
  | 'standbyDown'
  /** ... but the other side's copy of the state is too old. */
  | 'stale';

/** All that the verdict is made from. */
export interface FailoverEvidence {
  readonly at: number;
  readonly active: Side;
  readonly beats: Readonly<Record<Side, Beats>>;
  /** On a host that only watches: nobody has the role, its holder gave it up or lost it. */
  readonly role: 'held' | 'released' | 'expired';
  /** Null: there is nothing to copy, or another host knows of it. */
  readonly copy: Copy | null;
  readonly nextTryAtMs: number;
  /** Switches without an order, logical ms, oldest first. */
  readonly switchesAtMs: readonly number[];
}

export const isStale = (
  { lagMaxMs }: Pick<FailoverSettings, 'lagMaxMs'>,
  copy: Copy | null,
): boolean => copy !== null && (copy.lagMs === null || copy.lagMs > lagMaxMs);

/** A side is dead once it has missed so many heartbeats in a row. */
export const isDead = (
  { missedCountMax }: Pick<FailoverSettings, 'missedCountMax'>,
  { missedCount }: Beats,
): boolean => missedCount >= missedCountMax;

const isFlapping = ({ flap }: FailoverSettings, switchesAtMs: readonly number[], at: number) =>
  exceedsIntensity(switchesAtMs, at, { intensity: flap.switchCountMax, periodMs: flap.periodMs });

/** What to do about the active side. A role that was handed over is taken whatever the policy. */
export function failoverVerdict(settings: FailoverSettings, known: FailoverEvidence): Verdict {
  const { at, active, beats, role, copy } = known;
  const stale = isStale(settings, copy);
  // A side that is alive is asked for its state once more.
  if (role === 'released') return stale && !beats[active].passes ? 'stale' : 'switch';
  if (role === 'held' && !isDead(settings, beats[active])) return 'stay';
  if (settings.policy === 'manual') return 'manual';
  if (at < known.nextTryAtMs) return 'backOff';
  if (!beats[otherSide(active)].passes) return 'standbyDown';
  if (stale) return 'stale';
  return isFlapping(settings, known.switchesAtMs, at) ? 'suspend' : 'switch';
}

/** Whether the pair returns to its primary by itself, once that has been stable for long enough. */
export function mayFailBack(settings: FailoverSettings, known: FailoverEvidence): boolean {
  const { at, active, beats, nextTryAtMs, switchesAtMs } = known;
  if (settings.policy === 'manual' || settings.policy === 'sticky') return false;
  if (active !== 'backup' || !beats.primary.passes) return false;
  return at >= nextTryAtMs && !isFlapping(settings, switchesAtMs, at);
}

/**
 * How long the primary has to be stable before a return, ms.
 *
 * With `automatic` it doubles with each switch that still counts, up to `stableMaxMs`: 60 s after
 * the first one, then 120 s, 240 s. With `preferPrimary` it is always `stableMs`.
 */
export function stableTimeMs(
  settings: FailoverSettings,
  switchesAtMs: readonly number[],
  at: number,
): number {
  const { policy, stableMs: baseMs, stableMaxMs: maxMs, flap } = settings;
  if (policy !== 'automatic') return baseMs;
  const recentCount = addRestart(switchesAtMs, at, flap.periodMs).length - 1;
  return backoffMs({ baseMs, factor: 2, maxMs, jitterRatio: 0 }, Math.max(0, recentCount - 1), 0);
}
