/**
 * Pool of tensor jobs: who is let in, who goes first, where each runs, and what is tried again.
 *
 * States: `open` and `full`. It keeps a ledger of bytes, because typed arrays escape the limits of
 * worker threads. Jobs, slots and the GPU are actors of their own, found by path.
 *
 * Pure: reads no clock, does no I/O.
 */
import { tensorPoolSetup } from './tensor-pool-setup.ts';
import type { TensorPoolContext, TensorPoolInput } from './tensor-pool-types.ts';

export type {
  TensorCounts,
  TensorGpuNews,
  TensorJobNews,
  TensorOrder,
  TensorPaths,
  TensorPoolContext,
  TensorPoolEmitted,
  TensorPoolEvent,
  TensorPoolInput,
} from './tensor-pool-types.ts';

const noCounts: TensorPoolContext['counts'] = {
  asked: 0,
  done: 0,
  failed: 0,
  withdrawn: 0,
  refused: 0,
  dropped: 0,
  repeated: 0,
  fellBack: 0,
  workersLost: 0,
  gpusLost: 0,
};

const place = (params: 'JOB_QUEUED' | 'JOB_BLOCKED') => ({ type: 'tellPlace', params }) as const;
const load = (params: 'tensorPool.saturated' | 'tensorPool.relieved') =>
  ({ type: 'announceLoad', params }) as const;

/** XState hands the input over with the first event. */
const slotIdsOf = (event: object): readonly string[] =>
  (event as { readonly input?: TensorPoolInput }).input?.slotIds ?? [];

// Machine

export const tensorPoolMachine = tensorPoolSetup.createMachine({
  id: 'tensorPool',
  description: 'Lets tensor jobs in, and says where each of them runs.',
  context: ({ input }) => ({
    settings: input.settings,
    paths: input.paths,
    slots: {},
    gpu: { state: 'off' },
    waiting: [],
    blocked: [],
    running: {},
    bytes: 0,
    counts: noCounts,
    gpuLossStreak: 0,
    atMs: input.at,
  }),
  entry: { type: 'askAround', params: ({ event }) => slotIdsOf(event) },
  initial: 'open',
  on: {
    JOB_ASKED: [
      {
        guard: 'isAdmitted',
        actions: ['noteTime', 'admit', 'noteAsked', place('JOB_QUEUED'), 'dispatch'],
      },
      { guard: 'isBlocked', actions: ['noteTime', 'block', 'noteAsked', place('JOB_BLOCKED')] },
      {
        guard: 'displaces',
        actions: ['noteTime', 'displace', 'admit', 'noteAsked', place('JOB_QUEUED'), 'dispatch'],
      },
      { actions: ['noteTime', 'refuse', 'noteAsked'] },
    ],
    JOB_WITHDRAWN: { guard: 'isKnownJob', actions: ['noteTime', 'withdraw', 'dispatch'] },
    // What the pool took back, or gave to another worker, has no outcome any more.
    ATTEMPT_ENDED: [
      { guard: 'repeats', actions: ['noteTime', 'repeat', 'dispatch'] },
      { guard: 'isCurrent', actions: ['noteTime', 'endAttempt', 'dispatch'] },
    ],
    SLOT_READY: [
      { guard: 'repeats', actions: ['noteTime', 'repeat', 'addSlot', 'dispatch'] },
      { guard: 'isStranding', actions: ['noteTime', 'endAttempt', 'addSlot', 'dispatch'] },
      { actions: ['noteTime', 'addSlot', 'dispatch'] },
    ],
    SLOT_LOST: [
      { guard: 'repeats', actions: ['noteTime', 'repeat', 'removeSlot', 'dispatch'] },
      { guard: 'isStranding', actions: ['noteTime', 'endAttempt', 'removeSlot', 'dispatch'] },
      { actions: ['noteTime', 'removeSlot', 'dispatch'] },
    ],
    GPU_CHANGED: [
      { guard: 'repeats', actions: ['noteTime', 'repeat', 'noteGpu', 'dispatch'] },
      { guard: 'isStranding', actions: ['noteTime', 'endAttempt', 'noteGpu', 'dispatch'] },
      { actions: ['noteTime', 'noteGpu', 'dispatch'] },
    ],
    RETRY_GPU: { actions: ['noteTime', 'retryGpu', 'dispatch'] },
    SETTINGS_CHANGED: { actions: ['noteTime', 'applySettings', 'dispatch'] },
  },
  states: {
    open: {
      tags: 'admits',
      always: { guard: 'isFull', target: 'full', actions: load('tensorPool.saturated') },
    },
    full: {
      tags: 'refuses',
      always: { guard: 'isRoomy', target: 'open', actions: load('tensorPool.relieved') },
    },
  },
});
