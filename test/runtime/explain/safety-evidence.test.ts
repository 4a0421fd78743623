import { expect, it } from 'vitest';
import type { Fact } from '../../../runtime/options.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { explained } from '../../support/explained.ts';

const path = '/safeguards/safety';

/** Plays with the safety manager, and explains the last change of its state. */
async function lastChange(play: (runtime: Runtime) => unknown, type = 'safety.changed') {
  let seq = 0;
  const known = await explained([], async (runtime) => {
    runtime.on(type, (fact: Fact) => {
      seq = fact.seq as number;
    });
    await play(runtime);
  });
  return { text: await known.text(seq), why: await known.why(seq) };
}

const scored = (runtime: Runtime, at: number, score: number) =>
  runtime.send(path, { type: 'HEALTH_SCORED', at, score, components: [] });

const begin = (runtime: Runtime) => runtime.safety.withdraw('nobody');

it('names the score that made it worse, and judges it again', async () => {
  const { text, why } = await lastChange((runtime) => {
    begin(runtime);
    scored(runtime, 0, 60);
  });
  expect(text).toContain('healthy -> degraded: health score 60; by itself that is degraded');
  expect(JSON.stringify(why)).toContain('"agrees":true');
});

it('names the dwell that made it better', async () => {
  const { text, why } = await lastChange((runtime) => {
    begin(runtime);
    scored(runtime, 0, 60);
    scored(runtime, 10, 99);
    scored(runtime, 60_010, 99);
  });
  expect(text).toContain('degraded -> healthy: health score 99');
  expect(text).toContain('better for 60000 ms, 60000 ms were needed');
  expect(JSON.stringify(why)).not.toContain('"agrees":false');
});

it('names the reports that started an emergency', async () => {
  const { text } = await lastChange((runtime) => {
    for (let i = 0; i < 3; i++) runtime.safety.report({ source: 'drawdown', why: 'too deep' });
  });
  expect(text).toContain('healthy -> emergency: reported by drawdown');
  expect(text).toContain('reports in a row: drawdown 3; needed: 3 by one source or 2 sources');
});

it('names the operator who ordered one, and who reset it', async () => {
  const order = { by: 'ada', why: 'fat finger' };
  const ordered = await lastChange((runtime) => runtime.safety.emergency(order));
  expect(ordered.text).toContain('healthy -> emergency: ada: fat finger');
  const { text } = await lastChange(async (runtime) => {
    await runtime.safety.emergency(order);
    runtime.safety.reset({ scope: 'all', by: 'bob', why: 'cause found' });
  }, 'safety.reset');
  expect(text).toContain("bob reset 'all': cause found");
});
