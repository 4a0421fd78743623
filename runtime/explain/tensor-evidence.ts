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
import type { Decision, Judge } from './evidence.ts';

type Fact<T extends TensorPoolEmitted['type']> = Extract<TensorPoolEmitted, { readonly type: T }>;

interface Known<F> {
  readonly fact: F;
  readonly event: TensorPoolEvent;
  readonly before: TensorPoolContext;
  readonly after: TensorPoolContext;
}

/** A chart that is starting decides nothing. */
const judging =
  <F>(judge: (known: Known<F>) => ReturnType<Judge>): Judge =>
  ({ fact, event, before, after }: Decision) =>
    event && before ? judge({ fact, event, before, after } as never) : undefined;

const repeated = judging<Fact<'tensorPool.repeated'>>(({ fact, event, before }) => {
  const { id, device, attempt, why } = fact;
  const running = before.running[id];
  const outcome = outcomeOf({ context: before, event });
  const code = outcome.ok ? 'none' : outcome.code;
  return {
    text: `'${id}' runs again after attempt ${attempt} on the ${device}: ${code}, ${why}`,
    checks: [
      {
        what: 'may be repeated by the rules',
        expected: running && mayRepeat(running.row, device, outcome),
        actual: true,
      },
      { what: 'device of the attempt', expected: running?.device, actual: device },
      { what: 'attempts so far', expected: running?.row.attemptCount, actual: attempt },
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
        {
          what: 'full by the rules',
          expected: isFull,
          actual: runningCount + waitingCount >= placeCount,
        },
        {
          what: 'jobs that run',
          expected: Object.keys(after.running).length,
          actual: runningCount,
        },
        { what: 'bytes in the ledger', expected: after.bytes, actual: bytes },
      ],
    };
  });

export const tensorPoolEvidence = {
  'tensorPool.repeated': repeated,
  'tensorPool.saturated': loaded(true),
  'tensorPool.relieved': loaded(false),
};
