/** Plans for tests of recoveries, and what may happen to one at any moment. */
import type { SnapshotFrom } from 'xstate';
import { type RecoverySettingsInput, recoverySettingsSchema } from '../../config/recovery.ts';
import type { PlannedComponent } from '../../machines/policies/recovery-plan.ts';
import type { RecoveryEvent, RecoveryInput, recoveryMachine } from '../../machines/recovery.ts';
import { childIdOf } from '../../machines/recovery-decisions.ts';

type Snapshot = SnapshotFrom<typeof recoveryMachine>;

export const planned = (
  id: string,
  dependsOn: readonly string[] = [],
  over: Partial<PlannedComponent> = {},
): PlannedComponent => ({
  id,
  dependsOn,
  priority: 'core',
  steps: ['validate', 'rollback'],
  reducedMode: null,
  dataAgeMaxMs: null,
  stepTimeoutMs: 10_000,
  attemptCountMax: 2,
  ...over,
});

export const inputOf = (
  components: readonly PlannedComponent[],
  settings: RecoverySettingsInput = {},
): RecoveryInput => ({
  plan: { id: 'plan', outageAtMs: null, deadlineMs: 1_000_000, components },
  settings: recoverySettingsSchema.parse({ parallelCountMax: 2, ...settings }),
  seed: 1,
  at: 0,
});

const order = { by: 'ada', why: 'drill' };

/** Outcomes of what runs, elapsed times, and orders of operators. */
export function eventsOf({ value, context }: Snapshot): RecoveryEvent[] {
  const { progress, atMs, deadlineAtMs, hold } = context;
  const at = atMs + 1;
  const events: RecoveryEvent[] = [];
  for (const run of progress.running) {
    const id = childIdOf(context, run);
    const [done, error] = [`xstate.done.actor.${id}`, `xstate.error.actor.${id}`] as const;
    events.push(
      { type: done, output: { kind: 'done', at } },
      { type: done, output: { kind: 'failed', at, why: 'refused' } },
      { type: error, error: new Error('interrupted') },
      { type: 'STEP_TIMED_OUT', at, ...run },
    );
  }
  for (const { place } of progress.pausing) events.push({ type: 'RETRY_DUE', at, place });
  const isOpen = value === 'recovering' || value === 'validating';
  if (isOpen && atMs < deadlineAtMs) events.push({ type: 'DEADLINE_PASSED', at: deadlineAtMs });
  if (value === 'rollingBack') events.push({ type: 'ROLLBACK_TIME_OVER', at });
  if (hold) events.push({ type: 'HOLD_EXPIRED', at });
  events.push(
    { type: 'HOLD', at: atMs, ...order },
    { type: 'RESUME', at: atMs, ...order },
    { type: 'CANCEL', at: atMs, ...order },
    { type: 'HOLD', at: atMs, by: ' ', why: 'nobody' },
    { type: 'STEP_TIMED_OUT', at, place: 0, step: 'start', attempt: 99 },
  );
  return events;
}

/** Times count only against the deadline. */
export const keyOf = ({ value, context }: Snapshot): string => {
  const { progress, atMs, deadlineAtMs, hold, isChecking, failure, problem } = context;
  const { parts, started, undo, running, pausing, ready } = progress;
  return JSON.stringify([
    value,
    parts.map(({ status, step, attempt, cause, rollback }) => [
      status,
      step,
      attempt,
      cause,
      rollback,
    ]),
    [started, undo, running, pausing.map(({ place }) => place), ready],
    [atMs >= deadlineAtMs, hold !== null, isChecking, failure !== null, problem !== null],
  ]);
};
