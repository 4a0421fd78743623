/**
 * What the restart of the process does to timers that are set. It happens in the turn of the
 * `resume` entry, so that a replay does the same.
 */
import type { TimerPolicy } from '../../config/supervision.ts';
import type { Engine } from './engine.ts';
import type { Timer } from './timers.ts';

type Policies = Readonly<Record<string, TimerPolicy>>;

/** @param policiesOf policies of the child that a path belongs to; none for supervisors. */
export function resumeTimers(
  engine: Engine,
  policiesOf: (path: string) => Policies | undefined,
): void {
  for (const timer of engine.timers.all()) {
    const { source, id, name = id } = timer;
    const path = engine.paths.of(source);
    const policy = policyOf(policiesOf(path), name);
    if (policy === 'deadline') continue;
    if (policy === 'drop') {
      engine.timers.cancel(source, id);
      engine.record.timer({ path, id, policy });
    } else {
      const deadlineMs = engine.at + delayLeft(policy, timer, engine.lastAt);
      engine.setTimer({ ...timer, deadlineMs });
      engine.record.timer({ path, id, policy, deadlineMs });
    }
  }
}

/** From the last entry before the end of the process: nobody knows when it ended. */
const delayLeft = (policy: 'remaining' | 'restart', timer: Timer, lastAt: number): number =>
  policy === 'restart' ? timer.delayMs : timer.deadlineMs - lastAt;

/** XState names the timer of a delayed transition after its delay and its state. */
function policyOf(policies: Policies | undefined, id: string): TimerPolicy {
  if (policies === undefined) return 'deadline';
  const name = Object.keys(policies).find(
    (key) => key === id || id.startsWith(`xstate.after.${key}.`),
  );
  return policies[name ?? '*'] ?? 'deadline';
}
