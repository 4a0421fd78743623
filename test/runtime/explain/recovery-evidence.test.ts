/** Decisions of recoveries: their evidence in words, and judged again by the same rules. */
import { describe, expect, it } from 'vitest';
import { judge } from '../../../runtime/explain/evidence.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { decisionsIn, explained } from '../../support/explained.ts';

const settings = { recovery: { attemptCountMax: 2, retryMinMs: 100, retryJitterRatio: 0 } };
const patch = Object.entries(settings.recovery).map(
  ([name, value]) => ({ op: 'replace', path: `/recovery/${name}`, value }) as const,
);
const order = { by: 'ada', why: 'drill' };

/** What was said of each decision of two recoveries, one of which fails. */
async function decisions(play: (runtime: Runtime) => unknown) {
  const { log, why } = await explained([], async (runtime, clock) => {
    runtime.settings.patch(patch, order);
    play(runtime);
    await clock.advance(120_000);
  });
  const told = await decisionsIn(log, why);
  expect(told.filter(({ agrees }) => !agrees)).toEqual([]);
  return told.map(({ text }) => text);
}

const start = () => {};
const refuse = () => {
  throw new Error('refused');
};

describe('decisions of a recovery', () => {
  it('are told with their evidence, and come to the same again', async () => {
    const told = await decisions((runtime) =>
      runtime.recovery.run({
        id: 'desk',
        components: {
          session: { priority: 'critical', dependsOn: ['database'], start, rollback: start },
          database: { start, validate: refuse, rollback: start },
          chat: { priority: 'supporting', start, dataAgeMaxMs: 5 },
        },
      }),
    );
    expect(told).toEqual([
      '3 components, 1 of which wait for others, 4 at a time: database, session, chat',
      'database, attempt 1 of 2, "validate: refused": it is tried again',
      'database, attempt 2 of 2, "validate: refused": it is given up',
      'database is not there ("validate: refused"), and the system cannot do without ' +
        'session: no reduced mode is declared',
      'failed: 1 of 3 components are there, 1 in time; 0.1 s after the outage; ' +
        'missing: database, session; data too old or unknown: chat',
    ]);
  });

  it('are told of deadlines, and of operators', async () => {
    const hanging = { start: () => new Promise(() => {}), priority: 'critical' } as const;
    const late = await decisions((runtime) =>
      runtime.recovery.run({ id: 'late', deadlineMs: 5_000, components: { a: hanging } }),
    );
    expect(late.slice(1)).toEqual([
      'a, attempt 1 of 2, "the deadline has passed": it is given up',
      'a is not there ("the deadline has passed"), and the system cannot do without a: ' +
        'no reduced mode is declared',
      'failed: 0 of 1 components are there, 0 in time; 5 s after the outage; missing: a',
    ]);
    const cancelled = await decisions((runtime) => {
      const run = runtime.recovery.run({ id: 'desk', components: { a: hanging } });
      runtime.recovery.cancel('desk', order);
      return run;
    });
    expect(cancelled[1]).toBe('ended by ada: "drill"');
  });

  it('do not agree when a fact says what the rules do not', () => {
    const after = { plan: { components: [], deadlineMs: 5 }, settings: {}, beganAtMs: 0 };
    const fact = { type: 'recovery.planned', order: ['a'], deadlineAtMs: 5, parallelCountMax: 1 };
    const decision = { fact, event: undefined, before: undefined, after };
    expect(judge('recovery', decision)?.agrees).toBe(false);
  });
});
