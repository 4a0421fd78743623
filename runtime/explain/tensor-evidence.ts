/**
 * Why the pool let a job run again, and why it is full: the rules of `machines/policies` applied
 * once more, to what the pool knew before.
 */
import { mayRepeat } from '../../machines/policies/tensor-placement.ts';
import { placeCountOf } from '../../machines/policies/tensor-queue.ts';
import type {
  TensorPoolContext,
  TensorPoolEmitted,
  TensorPoolEvent,
} from '../../machines/tensor-pool.ts';
import { outcomeOf } from '../../machines/tensor-pool-decisions.ts';
import { check, type Decided, type Judged, judging as judgingDecided } from './judging.ts';

type Fact<T extends TensorPoolEmitted['type']> = Extract<TensorPoolEmitted, { readonly type: T }>;

const judging = <F>(judge: (known: Decided<F, TensorPoolContext, TensorPoolEvent>) => Judged) =>
  judgingDecided(judge);

const repeated = judging<Fact<'tensorPool.repeated'>>(({ fact, event, before }) => {
  const { id, device, attempt, why } = fact;
  const running = before.running[id];
  const outcome = outcomeOf({ context: before, event });
  const code = outcome.ok ? 'none' : outcome.code;
  return {
    text: `'${id}' runs again after attempt ${attempt} on the ${device}: ${code}, ${why}`,
    checks: [
      check(
        'may be repeated by the rules',
        running && mayRepeat(running.row, device, outcome),
        true,
      ),
      check('device of the attempt', running?.device, device),
      check('attempts so far', running?.row.attemptCount, attempt),
    ],
  };
});

const loaded = (isFull: boolean) =>
  judging<Fact<'tensorPool.saturated'>>(({ fact, after }) => {
    const { runningCount, waitingCount, bytes } = fact;
    const placeCount = placeCountOf(after.settings);
    return {
      text:
        `${runningCount} jobs run and ${waitingCount} wait on ${placeCount} places; ` +
        `they hold ${bytes} bytes`,
      checks: [
        check('full by the rules', isFull, runningCount + waitingCount >= placeCount),
        check('jobs that run', Object.keys(after.running).length, runningCount),
        check('bytes in the ledger', after.bytes, bytes),
      ],
    };
  });

export const tensorPoolEvidence = {
  'tensorPool.repeated': repeated,
  'tensorPool.saturated': loaded(true),
  'tensorPool.relieved': loaded(false),
};
