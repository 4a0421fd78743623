/**
 * What SECR is worth, and what it costs. Four failures that come again and again, each over many
 * seeds, under four regimes; and the times of a patch on the machine's own clock.
 */
import type { SettingsInput } from '../../config/settings.ts';
import { settingsSchema } from '../../config/settings.ts';
import { thresholdAfter, thresholdAtStart } from '../../machines/policies/icap-threshold.ts';
import { simulatedClock } from '../../runtime/clock/simulated.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { applyPatch } from '../../runtime/settings/patch.ts';
import { plans, recurrenceMs, sampleCount, World } from '../support/secr-world.ts';
import { type Cost, mean, patchTimesOf, row, timed } from './secr-times.ts';

const regimes = ['without', 'reset to defaults', 'SECR, nothing learned', 'SECR'] as const;
type Regime = (typeof regimes)[number];

const defaults = settingsSchema.parse({});
const recurrenceCount = 120;
const minuteMs = recurrenceMs / sampleCount;

/** One recurrence is tried by the canary, three are observed; then the setting rests for one. */
const secrSettings = (regime: Regime): SettingsInput['secr'] => ({
  halfLifeMs: 3 * recurrenceMs,
  actPressureMin: 0.3,
  patch: { canaryMs: recurrenceMs, observationMs: 3 * recurrenceMs, cooldownMs: recurrenceMs },
  budget: { changeCountMax: 1_000, deviationMax: 10 },
  // With the smallest gain every verdict is worth nearly the same: nobody is trusted more.
  learning: { rewardGain: regime === 'SECR' ? 2 : 0.1, trustMin: 0.1 },
});

/** Harm of each recurrence where settings do not move, or are put back at the first failure. */
function still(world: World, regime: Regime): readonly number[] {
  let settings = applyPatch(defaults, world.spoil);
  return Array.from({ length: recurrenceCount }, (_, index) => {
    const harm = world.harm(settings, index);
    if (regime === 'reset to defaults') settings = defaults;
    return harm;
  });
}

async function tuned(world: World, regime: Regime, seed: number): Promise<readonly number[]> {
  const clock = simulatedClock({ startMs: 0 });
  const runtime = await createRuntime({ settings: { secr: secrSettings(regime) }, clock, seed });
  await runtime.start();
  if (world.spoil.length > 0) runtime.settings.patch(world.spoil, { by: 'eve', why: 'spoiled' });
  const harms: number[] = [];
  for (let index = 0; index < recurrenceCount; index += 1) {
    harms.push(await recur(runtime, clock, world, index));
  }
  await runtime.stop();
  return harms;
}

/** One recurrence: a failure as bad as its harm, and samples while it lasts. */
async function recur(
  runtime: Runtime,
  clock: ReturnType<typeof simulatedClock>,
  world: World,
  index: number,
): Promise<number> {
  const { group, subgroup } = world.plan;
  let harm = 0;
  for (let part = 0; part < sampleCount; part += 1) {
    const settings = runtime.settings.current;
    harm += world.harm(settings, index) / sampleCount;
    runtime.secr.updatePerformanceFeedback(world.sample(settings, index, part));
    if (part === 0) {
      const severity = Math.min(1, world.harm(settings, index));
      if (severity > 0.1) runtime.secr.reportFailure({ group, subgroup, severity });
    }
    await clock.advance(minuteMs);
  }
  return harm;
}

/** Mean of the seeds with the half-width of its 95 % confidence interval. */
function interval(values: readonly number[]): string {
  const middle = mean(values);
  const variance = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  const half = 1.96 * Math.sqrt(variance / (values.length - 1) / values.length);
  return `${middle.toFixed(3)} ± ${half.toFixed(3)}`;
}

async function harmTable(seedCount: number): Promise<string[]> {
  const rows: string[] = [];
  for (const plan of plans) {
    const cells: string[] = [];
    const late: Partial<Record<Regime, number[]>> = {};
    for (const regime of regimes) {
      const means: number[] = [];
      const ends: number[] = [];
      for (let seed = 1; seed <= seedCount; seed += 1) {
        const world = new World(plan, seed);
        const isTuned = regime.startsWith('SECR');
        const harms = isTuned ? await tuned(world, regime, seed) : still(world, regime);
        means.push(mean(harms));
        ends.push(mean(harms.slice(-recurrenceCount / 3)));
      }
      late[regime] = ends;
      cells.push(`${interval(means)} (${interval(ends)})`);
    }
    const won = late.SECR!.map((harm, index) => late.without![index]! - harm);
    const gained = late.SECR!.map((harm, i) => late['SECR, nothing learned']![i]! - harm);
    rows.push(`| ${plan.name} | ${cells.join(' | ')} | ${interval(won)} | ${interval(gained)} |`);
  }
  return rows;
}

async function times(count: number): Promise<string[]> {
  const memory = await patchTimesOf([], count, false);
  // A smaller young generation: garbage is collected more often, and for a shorter time.
  const flag = '--max-semi-space-size=8';
  const short = await patchTimesOf([flag], count, false);
  const disk = await patchTimesOf([], count, true);
  const applied = 'report to canary applied, no rehearsal';
  const rolledBack = 'withdrawal to rolled back';
  return [
    row('`reportFailure`, no answer', memory.noted, 'below 50'),
    row(applied, memory.applied, 'below 5'),
    row(`${applied}, \`node ${flag}\``, short.applied, 'below 5'),
    row(rolledBack, memory.rolledBack, ''),
    row(`${applied}, journal on disk`, disk.applied, ''),
    row(`${rolledBack}, journal on disk`, disk.rolledBack, ''),
    row('validation: schemas', validations(count), 'below 5'),
    row('decision on the threshold', decisions(count), 'below 10'),
  ];
}

const validations = (count: number): Cost[] =>
  timed(count, (index) =>
    applyPatch(defaults, [
      { op: 'replace', path: '/paper/broker/breaker/callTimeoutMs', value: 10_001 + index },
    ]),
  );

const decisions = (count: number): Cost[] => {
  const { threshold } = defaults.secr;
  const start = thresholdAtStart(threshold);
  return timed(count, (index) => thresholdAfter(start, index / count, index, threshold));
};

export async function run({ full }: { readonly full: boolean }): Promise<string> {
  const seedCount = full ? 100 : 30;
  const rows = await harmTable(seedCount);
  const timeRows = await times(full ? 2_000 : 500);
  return [
    `Harm: money lost by one recurrence of a failure (a host that does nothing wrong earns 1 in ` +
      `that time), mean of ${recurrenceCount} recurrences, in brackets of the last third; of ` +
      `${seedCount} seeds with its 95 % confidence interval; half of the seeds begin with ` +
      'settings that somebody has spoiled. The last columns: how much less harm a recurrence of ' +
      'the last third does under SECR.',
    '',
    `| failure | ${regimes.join(' | ')} | less than without | less than with nothing learned |`,
    `|---|${'---|'.repeat(regimes.length)}---|---|`,
    ...rows,
    '',
    'Why learning adds little here: two or three resolvers answer each of these failures, and a ' +
      'bad try is rolled back within four recurrences, so that judging each patch does most of ' +
      'the work. Trust steers only which is tried next, which shows where resolvers differ most ' +
      '(ICAP collapse).',
    '',
    'Times on this machine in ms, memory journal, nothing rehearsed; on a machine that is shared ' +
      'the CPU of the thread says more than the clock. Nothing waits for a timer on the way: the ' +
      'slowest ones met a collection of garbage, or another process. On disk the change waits ' +
      'for one fdatasync, and its way back for another:',
    '',
    '| what | p50 | p99 | mean CPU | wanted p99 |',
    '|---|---:|---:|---:|---|',
    ...timeRows,
  ].join('\n');
}
