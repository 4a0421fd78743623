import { expect, it } from 'vitest';
import { FailureCollector } from '../../../runtime/paper/failure-collector.ts';
import type { FailureReport } from '../../../runtime/secr.ts';

const lag = (severity: number, value = 0): FailureReport => ({
  ...{ group: 'PERF', subgroup: 'GPU_LAG', severity },
  context: { value },
});
const slip = (severity: number) => ({ group: 'ORDER', subgroup: 'SLIP_DRIFT', severity }) as const;

/** A collector that has seen the first moment of minute 0. */
function begun() {
  const collector = new FailureCollector();
  expect(collector.due(0, 60_000)).toEqual([]);
  return collector;
}

it('tells failures of one kind as one, when their interval is over', () => {
  const collector = begun();
  collector.take(slip(0.4), 'sum');
  collector.take(slip(0.3), 'sum');
  expect(collector.due(59_999, 60_000)).toEqual([]);
  expect(collector.due(60_000, 60_000)).toEqual([{ ...slip(0.7), context: { count: 2 } }]);
  expect(collector.due(120_000, 60_000)).toEqual([]);
});

it('never adds up to more than the worst severity', () => {
  const collector = begun();
  for (let i = 0; i < 5; i++) collector.take(slip(0.4), 'sum');
  expect(collector.due(60_000, 60_000)).toMatchObject([{ severity: 1, context: { count: 5 } }]);
});

it('lets the worst of what lasts stand for it, with its measure', () => {
  const collector = begun();
  collector.take(lag(0.2, 1), 'worst');
  collector.take(lag(0.6, 2), 'worst');
  collector.take(lag(0.4, 3), 'worst');
  expect(collector.due(60_000, 60_000)).toEqual([
    { ...lag(0.6, 2), context: { value: 2, count: 3 } },
  ]);
});

it('tells each kind by itself, in the order in which they came', () => {
  const collector = begun();
  collector.take(slip(0.4), 'sum');
  collector.take(lag(0.2), 'worst');
  expect(collector.due(70_000, 60_000).map(({ subgroup }) => subgroup)).toEqual([
    'SLIP_DRIFT',
    'GPU_LAG',
  ]);
});

it('waits for the end of the interval in which a process was started', () => {
  const collector = new FailureCollector();
  collector.take(slip(0.4), 'sum');
  expect(collector.due(59_000, 60_000)).toEqual([]);
  expect(collector.due(60_000, 60_000)).toHaveLength(1);
});
