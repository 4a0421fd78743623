/** The actors of tensor jobs under a runtime, with backends that a test answers by hand. */
import { ActorFailedError } from '../../actors/errors.ts';
import type { TensorBackends } from '../../actors/ports.ts';
import { type TensorJobGiven, tensorPaths, tensorSupervisor } from '../../actors/tensor.ts';
import type { TensorSettingsInput } from '../../config/tensor.ts';
import type { TensorFailureCode, TensorTicket } from '../../machines/policies/tensor-ticket.ts';
import type { TensorAnswer, TensorAttempt } from '../../machines/tensor-attempt.ts';
import type { TensorGpuEvent } from '../../machines/tensor-gpu.ts';
import type { TensorPoolContext } from '../../machines/tensor-pool.ts';
import type { Fact } from '../../runtime/options.ts';
import { TensorAttemptError } from '../../runtime/tensor/attempt-error.ts';
import { testRuntime } from '../../runtime/testing/test-runtime.ts';
import { ticket } from './tensor-tickets.ts';

interface Call {
  readonly attempt: TensorAttempt;
  readonly signal: AbortSignal;
  readonly resolve: (answer: TensorAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** Backends that do nothing by themselves, with what they were asked. */
function played() {
  const calls: Call[] = [];
  const gpus: { tell: (event: TensorGpuEvent) => void; isStopped: boolean }[] = [];
  const backends: TensorBackends = {
    compute: (attempt, signal) =>
      new Promise((resolve, reject) => calls.push({ attempt, signal, resolve, reject })),
    gpu(_, tell) {
      const process = { tell, isStopped: false };
      gpus.push(process);
      return () => {
        process.isStopped = true;
      };
    },
  };
  return { calls, gpus, backends };
}

export async function tensorStage(tensor: TensorSettingsInput = {}, slotCount = 2) {
  const { calls, gpus, backends } = played();
  const t = await testRuntime({
    tree: tensorSupervisor(backends),
    settings: { tensor: { gpu: { breakEven: 'ignored' }, ...tensor } },
  });
  const facts: Fact[] = [];
  t.runtime.on('*', (fact) => facts.push(fact));
  for (let slot = 1; slot <= slotCount; slot += 1) {
    await t.runtime.spawn(tensorPaths.slots, { id: `worker-${slot}` });
  }
  const callOf = (job: string): Call => {
    const found = calls.findLast(({ attempt }) => attempt.job === job);
    if (!found) throw new Error(`Nobody computes '${job}'.`);
    return found;
  };
  return Object.assign(t, {
    calls,
    gpus,
    facts,
    async ask(id: string, over: Partial<TensorTicket> = {}, deadlineMs = 10_000) {
      const input: TensorJobGiven = { ticket: ticket(id, over), deadlineMs };
      // One that is refused has ended before its start was over.
      await t.runtime.spawn(tensorPaths.jobs, { id, input }).catch((error: unknown) => {
        if (!(error instanceof ActorFailedError)) throw error;
      });
      await t.settle();
    },
    async done(job: string, over: Partial<TensorAnswer> = {}) {
      const at = t.clock.now();
      const kind = callOf(job).attempt.device === 'gpu' ? 'hardware' : 'js';
      callOf(job).resolve({
        ...{ shape: [1], dtype: 'f32', kind, vendor: null, residual: 0, values: [7] },
        ...{ stored: { in: 'journal' }, at },
        ...over,
      });
      await t.settle();
    },
    async fail(job: string, code: TensorFailureCode) {
      callOf(job).reject(new TensorAttemptError(code, `test: ${code}`));
      await t.settle();
    },
    async gpuReady(gpu = gpus.at(-1)) {
      const { now } = t.clock;
      gpu?.tell({
        ...{ type: 'GPU_READY', at: now.call(t.clock), kind: 'hardware', vendor: 'acme' },
        ...{ architecture: 'x', breakEvenFlopsCount: 1, selfTestError: 0 },
      });
      await t.settle();
    },
    stateOf: (job: string) => {
      const value = t.snapshot(`${tensorPaths.jobs}/${job}`)?.value;
      return (value as { live?: string } | undefined)?.live;
    },
    /** How jobs ended: outcome, code and device. */
    ends: () =>
      facts
        .filter(({ type }) => type === 'tensorJob.ended')
        .map(({ id, outcome, code, device }) => [id, outcome, code, device]),
    pool: () => t.snapshot(tensorPaths.pool)?.context as TensorPoolContext,
  });
}
