/** Jobs and learning: tensor jobs and SECR, where they run. */
import { secrPaths } from '../../../actors/secr.ts';
import { failureGroups } from '../../../config/secr-taxonomy.ts';
import type { Runtime } from '../../runtime.ts';
import type { TensorMetrics } from '../../tensor/tensor.ts';
import type { TreeView } from '../../view.ts';
import { counter, type Family, gauge, only, type Sample, summary } from './text.ts';

const jobOutcomes = [
  ...(['asked', 'done', 'failed', 'withdrawn', 'refused', 'dropped', 'repeated'] as const),
  'fellBack',
] as const;
const jobStates = ['running', 'waiting', 'blocked'] as const;

/** A sample for each of some numbers, under the name that it has. */
const samplesOf = <K extends string>(
  label: string,
  names: readonly K[],
  numbers: Readonly<Record<K, number>> | undefined,
): readonly Sample[] =>
  numbers ? names.map((name) => ({ value: numbers[name], labels: { [label]: name } })) : [];

const tensor = (metrics: TensorMetrics | undefined): readonly Family[] => [
  counter(
    'kintsugi_tensor_jobs_total',
    'Tensor jobs by what became of them.',
    samplesOf('outcome', jobOutcomes, metrics),
  ),
  gauge(
    'kintsugi_tensor_jobs',
    'Tensor jobs that have not ended.',
    samplesOf('state', jobStates, metrics),
  ),
  summary(
    'kintsugi_tensor_run_seconds',
    'Real time that computing took, of jobs with a result.',
    metrics && { sum: metrics.times.ranMs / 1_000, count: metrics.times.count },
  ),
  summary(
    'kintsugi_tensor_wait_seconds',
    'Real time in the queue, of jobs with a result.',
    metrics && { sum: metrics.times.queuedMs / 1_000, count: metrics.times.count },
  ),
  gauge('kintsugi_tensor_bytes', 'Bytes of jobs that wait or run.', only(metrics?.bytes)),
  gauge('kintsugi_tensor_gpu_bytes', 'Bytes on the GPU.', only(metrics?.gpuBytes)),
  gauge('kintsugi_tensor_threads', 'Worker threads.', only(metrics?.threads)),
  counter(
    'kintsugi_tensor_losses_total',
    'Workers and GPU processes that were lost.',
    samplesOf('what', ['workersLost', 'gpusLost'], metrics),
  ),
];

function secr({ secr: handle }: Runtime): readonly Family[] {
  const active = new Map<string, number>();
  for (const { state } of handle.patches) active.set(state, (active.get(state) ?? 0) + 1);
  return [
    gauge(
      'kintsugi_patch_pressure',
      'Pressure of failures by group, in severities.',
      failureGroups.map((group) => ({ value: handle.pressure(group), labels: { group } })),
    ),
    gauge('kintsugi_patch_threshold', 'Adaptive ICAP threshold.', only(handle.threshold)),
    gauge(
      'kintsugi_patches',
      'Patches that have not ended.',
      [...active].map(([state, value]) => ({ value, labels: { state } })),
    ),
    gauge(
      'kintsugi_patch_pins',
      'Settings that no patch touches.',
      only(Object.keys(handle.pins).length),
    ),
    gauge('kintsugi_patch_paused', '1 after a reset.', only(handle.state === 'watching' ? 0 : 1)),
  ];
}

/** @param actors of the runtime. */
export const learningFamilies = (
  runtime: Runtime,
  actors: readonly TreeView[],
): readonly Family[] => [
  ...tensor(runtime.tensor.metrics()),
  ...(actors.some(({ path }) => path === secrPaths.coordinator) ? secr(runtime) : []),
];
