import { describe, expect, it } from 'vitest';
import { createActor, waitFor } from 'xstate';
import { type AnalysisPorts, analysisActor } from '../../../actors/paper/analysis.ts';
import { paperAnalysisSettingsSchema } from '../../../config/paper-analysis.ts';

const settings = paperAnalysisSettingsSchema.parse({});
const reading = { entropy: 0.5, leadingShare: 0.6 };

async function analysed(analyse: AnalysisPorts['analyse']) {
  let now = 10;
  const clock = { now: () => now };
  const actor = createActor(analysisActor({ analyse, clock }), {
    input: { settings, paths: { entropySignal: '/signal' } },
  }).start();
  const facts: object[] = [];
  actor.on('*', (fact) => facts.push(fact));
  actor.send({ type: 'ANALYSIS_DUE', at: 10 });
  now = 15;
  await waitFor(actor, ({ value }) => value === 'waiting');
  actor.stop();
  return facts;
}

describe('port of the analysis', () => {
  it('hands the request on, and dates the reading by the clock at its end', async () => {
    let asked: unknown;
    const facts = await analysed(async (request, signal) => {
      asked = [request, signal.aborted];
      return reading;
    });
    expect(asked).toEqual([{ at: 10, settings }, false]);
    expect(facts).toEqual([{ type: 'market.analysed', at: 15, ...reading }]);
  });

  it('makes an outcome of a rejection, whatever it is', async () => {
    const failed = (why: string) => [{ type: 'analysis.failed', at: 15, why }];
    expect(await analysed(() => Promise.reject(new Error('no worker')))).toEqual(
      failed('no worker'),
    );
    expect(await analysed(() => Promise.reject('a text'))).toEqual(failed('a text'));
  });

  it('keeps to the reading: what else a computer says is not journaled', async () => {
    const facts = await analysed(async () => ({ ...reading, ranMs: 3 }));
    expect(facts).toEqual([{ type: 'market.analysed', at: 15, ...reading }]);
  });
});
