import { expect, it } from 'vitest';
import { judge } from '../../../runtime/explain/evidence.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { decisionsIn, explained } from '../../support/explained.ts';

const path = '/safeguards/safety';
const order = { by: 'ada', why: 'fat finger' };

/** Plays with the safety manager: what was said of each decision, all of which come out again. */
async function decisions(play: (runtime: Runtime) => unknown) {
  const { log, why } = await explained([], play);
  const told = await decisionsIn(log, why);
  expect(told.filter(({ agrees }) => !agrees)).toEqual([]);
  return (wanted: string) => told.flatMap(({ type, text }) => (type === wanted ? [text] : []));
}

const scored = (runtime: Runtime, at: number, score: number) =>
  runtime.send(path, { type: 'HEALTH_SCORED', at, score, components: [] });

const begin = (runtime: Runtime) => runtime.safety.withdraw('nobody');

it('names the score that made it worse, and the dwell that made it better', async () => {
  const of = await decisions((runtime) => {
    begin(runtime);
    scored(runtime, 0, 60);
    scored(runtime, 10, 99);
    scored(runtime, 60_010, 99);
  });
  expect(of('safety.changed')).toEqual([
    'healthy -> degraded: health score 60; by itself that is degraded',
    'degraded -> healthy: health score 99; by itself that is healthy; ' +
      'better for 60000 ms, 60000 ms were needed',
  ]);
});

it('names the reports that started an emergency', async () => {
  const of = await decisions((runtime) => {
    for (let i = 0; i < 3; i++) runtime.safety.report({ source: 'drawdown', why: 'too deep' });
  });
  expect(of('safety.changed')).toEqual([
    'healthy -> emergency: reported by drawdown; ' +
      'reports in a row: drawdown 3; needed: 3 by one source or 2 sources',
  ]);
});

it('names the operator who ordered one, and who reset it to what health gives', async () => {
  const of = await decisions(async (runtime) => {
    begin(runtime);
    scored(runtime, 0, 60);
    await runtime.safety.emergency(order);
    runtime.safety.reset({ scope: 'all', by: 'bob', why: 'cause found' });
  });
  expect(of('safety.changed').slice(1)).toEqual([
    'degraded -> emergency: ada: fat finger',
    'emergency -> degraded: bob: cause found',
  ]);
  expect(of('safety.reset')).toEqual([
    "bob reset 'all': cause found; begun anew: confirmations, dwell, failureCounts, uptime",
  ]);
  expect(of('alert.escalated')).toEqual(['"safety" is emergency now: everybody is told at once']);
});

it('names why a reset was refused, and why trading was halted', async () => {
  const of = await decisions((runtime) => {
    runtime.safety.authenticationFailed({ why: 'HTTP 401' });
    const reset = { scope: 'everything' as 'all', by: 'bob', why: 'try' };
    expect(() => runtime.safety.reset(reset)).toThrow('Say what is reset');
  });
  expect(of('safety.tradingHalted')).toEqual([
    'trading halted until a reset: authentication failed: HTTP 401',
  ]);
  expect(of('safety.resetRefused')[0]).toContain('reset by bob refused: Say what is reset');
});

it('does not agree with a reset to another level than health gives', () => {
  const before = { level: 'emergency', judged: 'critical', emergency: {}, outcome: {} };
  const decision = (to: string) => ({
    fact: { type: 'safety.changed', at: 1, to, evidence: null },
    ...{ event: { type: 'RESET', at: 1, scope: 'all', ...order }, before, after: before },
  });
  expect(judge('safety', decision('critical'))?.agrees).toBe(true);
  expect(judge('safety', decision('healthy'))?.agrees).toBe(false);
});
