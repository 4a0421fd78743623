import { beforeAll, describe, expect, it } from 'vitest';
import {
  recoverySeries,
  type SeenRecovery,
  type SeenStep,
  seriesTable,
  system,
} from './recoveries.ts';

const full = process.env['KINTSUGI_RUNS'] === 'full';
const count = full ? 1_000 : 40;

const needsOf = (component: string): readonly string[] =>
  system[component as keyof typeof system].dependsOn;

const begins = (seen: readonly SeenStep[]) => seen.filter(({ what }) => what === 'begun');

/** Components in the order of the first time that a step of theirs was seen. */
const firsts = (steps: readonly SeenStep[]) => [
  ...new Set(steps.map(({ component }) => component)),
];

describe(`${count} seeded recoveries of ten components`, () => {
  let series: SeenRecovery[] = [];
  beforeAll(async () => {
    series = await recoverySeries(count);
    if (full) process.stdout.write(`${seriesTable(series)}\n`);
  }, 240_000);

  it('start nothing before all that it needs was validated', () => {
    for (const { seed, seen } of series) {
      const validated = new Set<string>();
      for (const { component, step, what } of seen) {
        if (step === 'validate' && what === 'done') validated.add(component);
        if (step !== 'start' || what !== 'begun') continue;
        const missing = needsOf(component).filter((needed) => !validated.has(needed));
        expect(missing, `seed ${seed}: ${component}`).toEqual([]);
      }
    }
  });

  it('run nothing after the deadline but rollbacks, and those not for long', () => {
    for (const { seed, seen, report } of series) {
      const late = seen.filter(({ atMs, step }) => step !== 'rollback' && atMs > 60_000);
      expect(late, `seed ${seed}`).toEqual([]);
      const begun = begins(seen).filter(({ step }) => step !== 'rollback');
      expect(
        begun.every(({ atMs }) => atMs < 60_000),
        `seed ${seed}`,
      ).toBe(true);
      expect(report.endedAtMs, `seed ${seed}`).toBeLessThanOrEqual(90_000);
    }
  });

  it('leave no step running, and never run more than four', () => {
    for (const { seed, seen } of series) {
      let running = 0;
      for (const { what } of seen) {
        running += what === 'begun' ? 1 : -1;
        expect(running, `seed ${seed}`).toBeLessThanOrEqual(4);
      }
      expect(running, `seed ${seed}`).toBe(0);
    }
  });

  it('roll back in the reverse order of the starts, and only what is lost', () => {
    for (const { seed, seen, report } of series) {
      const starts = firsts(begins(seen).filter(({ step }) => step === 'start'));
      const undone = begins(seen).filter(({ step }) => step === 'rollback');
      const names = undone.map(({ component }) => component);
      const lost = report.components
        .filter(({ status, startedAtMs }) => status !== 'validated' && startedAtMs !== null)
        .map(({ id }) => id);
      const wanted = starts.toReversed().filter((id) => lost.includes(id));
      expect(wanted.slice(0, names.length), `seed ${seed}`).toEqual(names);
      expect(report.order, `seed ${seed}`).toEqual(starts);
    }
  });

  it('end, and are there when they say so', () => {
    for (const { seed, report, seen } of series) {
      const { outcome, components } = report;
      const isWhole = components.every(({ status }) => status === 'validated');
      expect(outcome === 'recovered', `seed ${seed}`).toBe(isWhole);
      const critical = components.filter(({ priority }) => priority === 'critical');
      const isSafe = critical.every(({ status }) => status === 'validated');
      expect(outcome === 'failed', `seed ${seed}`).toBe(!isSafe);
      for (const { id, recoveryMs, objectiveMs, isInTime } of components) {
        if (recoveryMs === null) continue;
        const first = seen.find(
          ({ component, step, what }) => component === id && step === 'validate' && what === 'done',
        );
        expect(recoveryMs, `seed ${seed}: ${id}`).toBe(first!.atMs);
        expect(isInTime, `seed ${seed}: ${id}`).toBe(recoveryMs <= objectiveMs);
      }
    }
  });

  it('bring back nearly all critical components within their objective', () => {
    const critical = series.flatMap(({ report }) =>
      report.components.filter(({ priority }) => priority === 'critical'),
    );
    const inTime = critical.filter(({ isInTime }) => isInTime).length / critical.length;
    expect(inTime).toBeGreaterThan(0.9);
  });
});

describe('recoveries without a fault', () => {
  it('bring back all within their objectives', async () => {
    const runs = await recoverySeries(full ? 100 : 5, { failureRatio: 0, hangRatio: 0 });
    for (const { report } of runs) {
      expect(report).toMatchObject({ outcome: 'recovered', inTimeCount: 10 });
      expect(report.components.every(({ isDataFresh }) => isDataFresh === true)).toBe(true);
    }
  });

  it('are the same again for the same seed', async () => {
    const [one] = await recoverySeries(1);
    const [other] = await recoverySeries(1);
    expect(other).toEqual(one);
  });
});
