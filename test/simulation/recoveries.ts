/**
 * Seeded recoveries of ten components whose steps take their time, fail, or hang.
 *
 * Each is a whole runtime over simulated time. What the steps saw is checked as well: order,
 * deadlines, rollbacks.
 */
import type { RecoveryComponent, StepScope } from '../../actors/recovery.ts';
import { drawRatio } from '../../machines/policies/random.ts';
import { type SimulatedClock, simulatedClock } from '../../runtime/clock/simulated.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import type { RecoveryReport } from '../../runtime/recovery.ts';

/** A trading system: who needs whom, and how long a start takes at most, ms. */
export const system = {
  journal: { priority: 'critical', dependsOn: [], startMs: 1_500 },
  configuration: { priority: 'critical', dependsOn: ['journal'], startMs: 300 },
  clock: { priority: 'critical', dependsOn: [], startMs: 200 },
  session: { priority: 'critical', dependsOn: ['configuration', 'clock'], startMs: 3_000 },
  account: { priority: 'critical', dependsOn: ['session'], startMs: 1_500 },
  marketData: { priority: 'core', dependsOn: ['configuration', 'clock'], startMs: 4_000 },
  strategy: { priority: 'core', dependsOn: ['marketData', 'account'], startMs: 2_000 },
  risk: { priority: 'core', dependsOn: ['account'], startMs: 1_000 },
  reports: { priority: 'supporting', dependsOn: ['strategy'], startMs: 5_000 },
  chat: { priority: 'supporting', dependsOn: ['configuration'], startMs: 2_500 },
} as const;

export interface SeriesOptions {
  /** Share of steps that fail after their time. */
  readonly failureRatio: number;
  /** Share of steps that hang until they are aborted. */
  readonly hangRatio: number;
}

const usual: SeriesOptions = { failureRatio: 0.1, hangRatio: 0.02 };

/** What happened at the edge, in order. */
export interface SeenStep {
  readonly component: string;
  readonly step: 'start' | 'restore' | 'validate' | 'rollback';
  readonly what: 'begun' | 'done' | 'failed' | 'aborted';
  readonly atMs: number;
}

export interface SeenRecovery {
  readonly seed: number;
  readonly report: RecoveryReport;
  readonly seen: readonly SeenStep[];
}

/** Steps that draw their time and their fate from the seed. */
function stepsOf(
  component: string,
  startMs: number,
  world: {
    readonly clock: SimulatedClock;
    readonly seed: number;
    readonly options: SeriesOptions;
    readonly seen: SeenStep[];
    count: number;
  },
): Pick<RecoveryComponent, 'start' | 'restore' | 'validate' | 'rollback'> {
  const { clock, seed, options, seen } = world;
  const make =
    (step: SeenStep['step'], mostMs: number) =>
    ({ signal }: StepScope): Promise<unknown> => {
      const note = (what: SeenStep['what']) =>
        seen.push({ component, step, what, atMs: clock.now() });
      world.count += 1;
      const draw = drawRatio(seed, world.count * 2);
      const tookMs = Math.round(mostMs * (0.2 + 0.8 * drawRatio(seed, world.count * 2 + 1)));
      note('begun');
      return new Promise((resolve, reject) => {
        const end = (what: 'done' | 'failed') => () => {
          note(what);
          if (what === 'failed') reject(new Error(`${step} of ${component} failed`));
          else resolve(step === 'restore' ? { dataAtMs: clock.now() - 500 } : undefined);
        };
        const isHung = draw < options.hangRatio;
        const hasFailed = draw < options.hangRatio + options.failureRatio;
        const withdraw = isHung
          ? () => {}
          : clock.at(clock.now() + tookMs, end(hasFailed ? 'failed' : 'done'));
        signal.addEventListener('abort', () => {
          withdraw();
          note('aborted');
          reject(signal.reason);
        });
      });
    };
  return {
    start: make('start', startMs),
    restore: make('restore', startMs / 2),
    validate: make('validate', 300),
    rollback: make('rollback', 500),
  };
}

/** One recovery from its beginning to its end. */
export async function recoveryOf(
  seed: number,
  options: SeriesOptions = usual,
): Promise<SeenRecovery> {
  const clock = simulatedClock();
  const seen: SeenStep[] = [];
  const world = { clock, seed, options, seen, count: 0 };
  await using runtime = await createRuntime({ clock, seed });
  await runtime.start();
  const components = Object.fromEntries(
    Object.entries(system).map(([id, { priority, dependsOn, startMs }]) => [
      id,
      {
        priority,
        dependsOn: [...dependsOn],
        dataAgeMaxMs: 1_000,
        ...stepsOf(id, startMs, world),
      },
    ]),
  );
  const ended = runtime.recovery.run({ id: 'system', components });
  let report: RecoveryReport | undefined;
  void ended.then((value) => {
    report = value;
  });
  await clock.settle();
  while (!report) {
    const { nextDueMs } = clock;
    if (nextDueMs === undefined) throw new Error(`Seed ${seed}: the recovery does not end.`);
    await clock.advanceTo(nextDueMs);
  }
  return { seed, report, seen };
}

export async function recoverySeries(
  count: number,
  options: SeriesOptions = usual,
): Promise<SeenRecovery[]> {
  const series: SeenRecovery[] = [];
  for (let seed = 1; seed <= count; seed += 1) series.push(await recoveryOf(seed, options));
  return series;
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const seconds = (ms: number): string => (ms / 1_000).toFixed(1);

/** Shares, worst cases and mean times, as Markdown. */
export function seriesTable(series: readonly SeenRecovery[]): string {
  const rows = (['critical', 'core', 'supporting'] as const).map((priority) => {
    const all = series.flatMap(({ report }) =>
      report.components.filter((component) => component.priority === priority),
    );
    const times = all.flatMap(({ recoveryMs }) => recoveryMs ?? []).toSorted((a, b) => a - b);
    const inTime = all.filter(({ isInTime }) => isInTime).length / all.length;
    const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
    const [objective, worst] = [all[0]!.objectiveMs, times.at(-1) ?? 0];
    const p99 = times[Math.floor(times.length * 0.99)] ?? 0;
    const there = times.length / all.length;
    return (
      `| ${priority} | ${seconds(objective)} | ${percent(inTime)} | ${percent(there)} | ` +
      `${seconds(mean)} | ${seconds(p99)} | ${seconds(worst)} |`
    );
  });
  const outcomes = (['recovered', 'reduced', 'failed'] as const).map(
    (outcome) => `${outcome} ${series.filter(({ report }) => report.outcome === outcome).length}`,
  );
  const whole = series.filter(({ report }) => report.outcome === 'recovered');
  const took = whole.map(({ report }) => report.endedAtMs - report.outageAtMs);
  const mean = took.reduce((sum, ms) => sum + ms, 0) / took.length;
  return [
    `${series.length} recoveries: ${outcomes.join(', ')}. Mean time to repair, if all are back: ` +
      `${seconds(mean)} s, at most ${seconds(Math.max(...took))} s.`,
    '',
    '| components | objective, s | in time | came back | mean, s | p99, s | worst, s |',
    '|---|---:|---:|---:|---:|---:|---:|',
    ...rows,
  ].join('\n');
}
