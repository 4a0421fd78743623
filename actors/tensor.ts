/**
 * Tensor jobs: the supervisor of the pool, the slots of workers, the GPU process and the jobs, with
 * the ports through which they compute.
 */
import { type EventObject, fromCallback, fromPromise } from 'xstate';
import type { Settings } from '../config/settings.ts';
import type { TensorSettings } from '../config/tensor.ts';
import { poolSettingsOf } from '../machines/policies/tensor-shares.ts';
import type { TensorTicket } from '../machines/policies/tensor-ticket.ts';
import type { TensorAnswer, TensorAttempt } from '../machines/tensor-attempt.ts';
import {
  type TensorGpuInput,
  type TensorGpuStart,
  tensorGpuMachine,
} from '../machines/tensor-gpu.ts';
import { type TensorJobInput, tensorJobMachine } from '../machines/tensor-job.ts';
import {
  type TensorPaths,
  type TensorPoolInput,
  tensorPoolMachine,
} from '../machines/tensor-pool.ts';
import { type TensorSlotInput, tensorSlotMachine } from '../machines/tensor-slot.ts';
import {
  type ChildScope,
  child,
  dynamicSupervisor,
  type SupervisorSpec,
  supervisor,
} from './child.ts';
import type { TensorBackends } from './ports.ts';
import { safeguardPaths } from './safeguards.ts';

/** Where each of them lives; they find each other by these paths. */
export const tensorPaths = {
  root: '/tensor',
  pool: '/tensor/pool',
  gpu: '/tensor/gpu',
  slots: '/tensor/slots',
  jobs: '/tensor/jobs',
  alerts: [safeguardPaths.alerts],
} as const satisfies TensorPaths & { readonly root: string };

/** What a job is started with; part of the journal. Its numbers are not. */
export interface TensorJobGiven {
  readonly ticket: TensorTicket;
  readonly deadlineMs: number;
}

/** Crashes wait longer and longer: so many restarts in a period mean that nothing else helps. */
const patience = { intensity: 1_000, periodMs: 60_000 } as const;
/** All slots that the settings ask for. */
export const slotIds = ({ workerCountMax }: TensorSettings): string[] =>
  Array.from({ length: workerCountMax }, (_, index) => `worker-${index + 1}`);

const idOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

const slotActor = (backends: TensorBackends) =>
  tensorSlotMachine.provide({
    actors: {
      compute: fromPromise<TensorAnswer, TensorAttempt>(({ input, signal }) =>
        backends.compute(input, signal),
      ),
    },
  });

const gpuActor = (backends: TensorBackends) =>
  tensorGpuMachine.provide({
    actors: {
      process: fromCallback<EventObject, TensorGpuStart>(({ input, sendBack }) =>
        backends.gpu(input.settings, sendBack),
      ),
      compute: fromPromise<TensorAnswer, TensorAttempt>(({ input, signal }) =>
        backends.compute(input, signal),
      ),
    },
  });

const slotsSupervisor = (backends: TensorBackends) =>
  dynamicSupervisor({
    id: 'slots',
    ...patience,
    child: {
      logic: slotActor(backends),
      backoff: { minMs: 10, maxMs: 10_000, factor: 2, resetAfterMs: 60_000 },
      input: ({ path, at }: ChildScope): TensorSlotInput => ({
        id: idOf(path),
        pool: tensorPaths.pool,
        at,
      }),
    },
  });

const jobsSupervisor = () =>
  dynamicSupervisor({
    id: 'jobs',
    ...patience,
    child: {
      logic: tensorJobMachine,
      restart: 'temporary',
      input: ({ at, given }: ChildScope): TensorJobInput => {
        const { ticket, deadlineMs } = given as TensorJobGiven;
        return { ticket, deadlineMs, pool: tensorPaths.pool, at };
      },
    },
  });

/**
 * Describes `/tensor`. The pool remembers who waits; whoever computes is replaced when it dies, and
 * what it computed is tried again by the pool.
 */
export function tensorSupervisor(backends: TensorBackends): SupervisorSpec {
  return supervisor({
    id: 'tensor',
    ...patience,
    children: [
      child({
        id: 'pool',
        logic: tensorPoolMachine,
        memory: 'snapshot',
        // Its own are in `/tensor`, the shares of the kinds of work in `/allocation`.
        settings: '',
        input: ({ settings, at }: ChildScope): TensorPoolInput => ({
          settings: poolSettingsOf(settings as Settings),
          paths: tensorPaths,
          slotIds: slotIds((settings as Settings).tensor),
          at,
        }),
      }),
      child({
        id: 'gpu',
        logic: gpuActor(backends),
        settings: '/tensor',
        backoff: { minMs: 1_000, maxMs: 60_000, factor: 2, resetAfterMs: 300_000 },
        input: ({ settings, at }: ChildScope): TensorGpuInput => ({
          settings: (settings as TensorSettings).gpu,
          pool: tensorPaths.pool,
          at,
        }),
      }),
      slotsSupervisor(backends),
      jobsSupervisor(),
    ],
  });
}
