import { describe, expect, it } from 'vitest';
import { fromPromise } from 'xstate';
import { paperAnalysisSettingsSchema } from '../../../config/paper-analysis.ts';
import {
  type AnalysisContext,
  type AnalysisOutcome,
  type AnalysisRequest,
  analysisMachine,
} from '../../../machines/paper/analysis.ts';
import { expectSound } from '../../../runtime/testing/expect-sound.ts';
import { stage } from '../../support/stage.ts';

const settings = paperAnalysisSettingsSchema.parse({ deadlineMs: 100 });
const paths = { entropySignal: '/signal' };
const reading = { entropy: 0.9, leadingShare: 0.25 };
const done: AnalysisOutcome = { kind: 'done', at: 70, ...reading };
const failed: AnalysisOutcome = { kind: 'failed', at: 70, why: 'no worker' };
const due = (at: number) => ({ type: 'ANALYSIS_DUE', at }) as const;

/** The chart with a port that a test answers, and what it was asked. */
function start(peers: readonly string[] = [paths.entropySignal]) {
  const requests: AnalysisRequest[] = [];
  const answers: PromiseWithResolvers<AnalysisOutcome>[] = [];
  const signals: AbortSignal[] = [];
  const machine = analysisMachine.provide({
    actors: {
      analyse: fromPromise<AnalysisOutcome, AnalysisRequest>(({ input, signal }) => {
        requests.push(input);
        signals.push(signal);
        const answer = Promise.withResolvers<AnalysisOutcome>();
        answers.push(answer);
        return answer.promise;
      }),
    },
  });
  return Object.assign(stage(machine, { settings, paths }, peers), { requests, answers, signals });
}

const counts = ({ doneCount, failedCount, lateCount, skippedCount }: AnalysisContext) => [
  doneCount,
  failedCount,
  lateCount,
  skippedCount,
];

describe('analysis', () => {
  it('asks, waits, and tells what it learned as a fact and as a sample', async () => {
    const s = start();
    s.send(due(50));
    expect(s.requests).toEqual([{ at: 50, settings }]);
    expect(s.snapshot.hasTag('analysing')).toBe(true);
    s.answers[0]!.resolve(done);
    await s.settle();
    expect(s.snapshot.value).toBe('waiting');
    expect(s.snapshot.context.last).toEqual({ at: 70, ...reading });
    expect(s.emitted()).toEqual([{ type: 'market.analysed', at: 70, ...reading }]);
    expect(s.sent('/signal')).toEqual([{ type: 'SIGNAL_SAMPLED', at: 70, value: 0.9 }]);
    expect(counts(s.snapshot.context)).toEqual([1, 0, 0, 0]);
  });

  it('needs nobody who listens', async () => {
    const s = start([]);
    s.send(due(50));
    s.answers[0]!.resolve(done);
    await s.settle();
    expect(counts(s.snapshot.context)).toEqual([1, 0, 0, 0]);
  });

  it('counts and tells a failure, keeps the last result, and asks again', async () => {
    const s = start();
    for (const [index, outcome] of [done, failed, done].entries()) {
      s.send(due(50 + index));
      s.answers[index]!.resolve(outcome);
      await s.settle();
      if (outcome === failed) expect(s.snapshot.context.last).toEqual({ at: 70, ...reading });
    }
    const told = s.emitted();
    expect(told[1]).toEqual({ type: 'analysis.failed', at: 70, why: 'no worker' });
    expect(told.map(({ type }) => type)).toEqual([
      ...['market.analysed', 'analysis.failed', 'market.analysed'],
    ]);
    expect(s.sent('/signal')).toHaveLength(2);
    expect(counts(s.snapshot.context)).toEqual([2, 1, 0, 0]);
  });

  it('takes a rejection for a failure at the time of asking', async () => {
    const s = start();
    s.send(due(50));
    s.answers[0]!.reject(new Error('interrupted'));
    await s.settle();
    expect(s.emitted()).toEqual([{ type: 'analysis.failed', at: 50, why: 'interrupted' }]);
    expect(counts(s.snapshot.context)).toEqual([0, 1, 0, 0]);
  });

  it('gives up what is late, and hears nothing of it any more', async () => {
    const s = start();
    s.send(due(50));
    s.pass(99);
    expect(s.snapshot.value).toBe('analysing');
    s.pass(1);
    expect(s.snapshot.value).toBe('waiting');
    expect(s.signals[0]!.aborted).toBe(true);
    s.answers[0]!.resolve(done);
    await s.settle();
    expect(s.emitted()).toEqual([{ type: 'analysis.late', at: 150 }]);
    expect(s.snapshot.context.last).toBeNull();
    expect(counts(s.snapshot.context)).toEqual([0, 0, 1, 0]);
  });

  it('skips what is due while another one runs', async () => {
    const s = start();
    s.send(due(50));
    s.send(due(60));
    expect(s.requests).toHaveLength(1);
    s.answers[0]!.resolve(done);
    await s.settle();
    expect(s.emitted()[0]).toEqual({ type: 'analysis.skipped', at: 60 });
    expect(s.snapshot.context.askedAt).toBe(50);
    expect(counts(s.snapshot.context)).toEqual([1, 0, 0, 1]);
  });

  it('asks by new settings from the next time on', () => {
    const s = start();
    const other = { ...settings, columnCount: 3, deadlineMs: 10 };
    s.send(due(50));
    s.send({ type: 'SETTINGS_CHANGED', settings: other });
    s.pass(100);
    s.send(due(200));
    expect(s.requests.map(({ settings: asked }) => asked.columnCount)).toEqual([8, 3]);
    s.pass(10);
    expect(s.emitted()).toEqual([
      { type: 'analysis.late', at: 150 },
      { type: 'analysis.late', at: 210 },
    ]);
  });
});

const options = {
  input: { settings, paths },
  // Counts grow without bound, and no guard reads them.
  key: ({ value, context }: { value: unknown; context: AnalysisContext }) =>
    JSON.stringify([value, context.last, context.askedAt]),
  events: [
    due(50),
    { type: 'SETTINGS_CHANGED', settings },
    { type: 'xstate.done.actor.0.analysis.analysing', output: done },
    { type: 'xstate.done.actor.0.analysis.analysing', output: failed },
    { type: 'xstate.error.actor.0.analysis.analysing', error: new Error('x') },
  ] as never[],
};

describe('analysis on every edge', () => {
  it('is sound, counts each end once, and begins only while it waits', () => {
    const sum = (context: AnalysisContext) => counts(context).reduce((a, b) => a + b, 0);
    const edges = expectSound(analysisMachine, options);
    expect(edges.length).toBeGreaterThan(10);
    for (const { from, event, to } of edges) {
      const { type } = event as { readonly type: string };
      const isOver = from.value === 'analysing' && to.value === 'waiting';
      const isSkipped = from.value === 'analysing' && type === 'ANALYSIS_DUE';
      expect(sum(to.context) - sum(from.context)).toBe(isOver || isSkipped ? 1 : 0);
      const begins = from.value === 'waiting' && to.value === 'analysing';
      expect(begins).toBe(from.value === 'waiting' && type === 'ANALYSIS_DUE');
    }
  });
});
