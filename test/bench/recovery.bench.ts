/**
 * What a recovery costs beside its steps: planner and scheduler alone, next to p-graph on the same
 * graphs; and, apart from that, turns and journal of whole recoveries.
 *
 * CPU time of this thread, the median of several rounds in which contenders take turns, because the
 * machine is shared.
 */
import { PGraph } from 'p-graph';
import { recoverySettingsSchema } from '../../config/recovery.ts';
import { drawRatio } from '../../machines/policies/random.ts';
import {
  graphOf,
  type OptionalStep,
  type PlannedComponent,
} from '../../machines/policies/recovery-plan.ts';
import {
  begun,
  newProgress,
  type RecoveryProgress,
  stepDone,
} from '../../machines/policies/recovery-progress.ts';
import { reportOf } from '../../machines/policies/recovery-report.ts';
import { simulatedClock } from '../../runtime/clock/simulated.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import { recoverySeries, seriesTable } from '../simulation/recoveries.ts';

const cpuUs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return user + system;
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const { objectives } = recoverySettingsSchema.parse({});
const priorities = ['critical', 'core', 'supporting'] as const;

/** Each component needs up to three of the twenty before it. */
function components(count: number, steps: readonly OptionalStep[]): PlannedComponent[] {
  return Array.from({ length: count }, (_, index) => {
    const needCount = Math.min(index, Math.floor(drawRatio(count, index) * 4));
    const dependsOn = Array.from({ length: needCount }, (_unused, nth) => {
      const back = 1 + Math.floor(drawRatio(index, nth) * Math.min(20, index));
      return `c${index - back}`;
    });
    return {
      id: `c${index}`,
      priority: priorities[index % 3]!,
      dependsOn,
      steps,
      reducedMode: null,
      dataAgeMaxMs: null,
      stepTimeoutMs: 10_000,
      attemptCountMax: 3,
    };
  });
}

/** Plans, makes every step at once, and reports. */
function ours(plan: readonly PlannedComponent[], parallelCountMax: number): number {
  const planned = graphOf(plan, objectives);
  if ('problem' in planned) throw new Error('unreachable');
  const { graph } = planned;
  let progress: RecoveryProgress = newProgress(graph);
  for (let at = 0; ; at += 1) {
    progress = begun(progress, parallelCountMax, at);
    const [run] = progress.running;
    if (!run) break;
    progress = stepDone(graph, progress, run.place, { at });
  }
  const times = { outageAtMs: 0, beganAtMs: 0, endedAtMs: 0, heldMs: 0 };
  return reportOf(graph, progress, { objectives, times, outcome: 'recovered', why: null })
    .validatedCount;
}

async function theirs(plan: readonly PlannedComponent[], concurrency: number): Promise<number> {
  let count = 0;
  const run = () => {
    count += 1;
  };
  const nodes = new Map(plan.map(({ id }) => [id, { run }]));
  const edges = plan.flatMap(({ id, dependsOn }) =>
    [...new Set(dependsOn)].map((needed): [string, string] => [needed, id]),
  );
  await new PGraph(nodes, edges).run({ concurrency });
  return count;
}

/** Microseconds of CPU for one call: many calls in a batch, the median of all batches. */
async function costs(
  contenders: readonly (() => unknown)[],
  batch: number,
  roundCount: number,
): Promise<number[]> {
  const samples = contenders.map((): number[] => []);
  for (let round = -2; round < roundCount; round += 1) {
    for (const [index, call] of contenders.entries()) {
      const from = cpuUs();
      for (let i = 0; i < batch; i += 1) await call();
      if (round >= 0) samples[index]!.push((cpuUs() - from) / batch);
    }
  }
  return samples.map(median);
}

async function plannerTable(full: boolean): Promise<string> {
  const rows: string[] = [];
  for (const count of [10, 100, 1_000]) {
    const one = components(count, []);
    const three = components(count, ['restore', 'validate', 'rollback']);
    const batch = Math.max(5, Math.round((full ? 20_000 : 5_000) / count));
    const [mine, whole, other] = await costs(
      [() => ours(one, 4), () => ours(three, 4), () => theirs(one, 4)],
      batch,
      full ? 31 : 11,
    );
    const ratio = (other! / mine!).toFixed(1);
    rows.push(
      `| ${count} | ${mine!.toFixed(1)} | ${whole!.toFixed(1)} | ${other!.toFixed(1)} | ${ratio} |`,
    );
  }
  return [
    '| components | us, one step each | us, three steps each | us, p-graph 2 | p-graph, times |',
    '|---:|---:|---:|---:|---:|',
    ...rows,
    '',
    'Wanted: at most 100 us for 10 components and 10,000 us for 1,000. All with four at once.',
  ].join('\n');
}

/** A whole recovery through a runtime with its journal in memory: turns, entries, CPU. */
async function wholeRecovery(count: number): Promise<{ us: number; entries: number }> {
  const clock = simulatedClock();
  await using runtime = await createRuntime({ clock });
  await runtime.start();
  const given = Object.fromEntries(
    components(count, []).map(({ id, dependsOn, priority }) => [
      id,
      { dependsOn, priority, start: () => {}, validate: () => true },
    ]),
  );
  const [fromUs, fromSeq] = [cpuUs(), runtime.seq];
  const ended = runtime.recovery.run({ id: 'bench', components: given });
  let isEnded = false;
  void ended.then(() => {
    isEnded = true;
  });
  while (!isEnded) await clock.advance(0);
  return { us: cpuUs() - fromUs, entries: runtime.seq - fromSeq };
}

async function runtimeTable(full: boolean): Promise<string> {
  const rows: string[] = [];
  for (const [count, roundCount] of [
    [10, full ? 200 : 50],
    [100, full ? 40 : 10],
    [1_000, full ? 5 : 2],
  ] as const) {
    const samples: { us: number; entries: number }[] = [];
    for (let round = 0; round < roundCount; round += 1) samples.push(await wholeRecovery(count));
    const ms = median(samples.map(({ us }) => us)) / 1_000;
    const { entries } = samples[0]!;
    const each = (ms * 1_000) / entries;
    rows.push(`| ${count} | ${entries} | ${ms.toFixed(1)} | ${each.toFixed(0)} |`);
  }
  return [
    '| components, started, validated, checked | entries | ms of CPU | us an entry |',
    '|---:|---:|---:|---:|',
    ...rows,
  ].join('\n');
}

export async function run({ full }: { readonly full: boolean }): Promise<string> {
  const series = await recoverySeries(full ? 1_000 : 200);
  return [
    '## Planner and scheduler alone',
    await plannerTable(full),
    '## Whole recoveries: turns, chart and journal in memory',
    await runtimeTable(full),
    '## Ten components with random failures',
    seriesTable(series),
  ].join('\n\n');
}
