import { expect, it } from 'vitest';
import type { SimulatedClock } from '../../../runtime/clock/simulated.ts';
import type { Fact } from '../../../runtime/options.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { explained } from '../../support/explained.ts';
import { bad, good, timeout } from '../../support/secr-rig.ts';

const decided = /^(?:secr\.(?!refused|pinned|reset)|patch\.judged)/;

/** Plays with SECR, and explains every entry in which it decided something. */
async function decisions(play: (runtime: Runtime, clock: SimulatedClock) => unknown) {
  const facts: Fact[] = [];
  const known = await explained([], async (runtime, clock) => {
    runtime.on('*', (fact) => facts.push(fact));
    await play(runtime, clock);
  });
  const seqs = [...new Set(facts.filter(({ type }) => decided.test(type)).map(({ seq }) => seq))];
  const texts: string[] = [];
  for (const seq of seqs as number[]) {
    const why = JSON.stringify(await known.why(seq));
    expect(why, `seq ${seq}`).toContain('"agrees":true');
    expect(why, `seq ${seq}`).not.toContain('"agrees":false');
    texts.push(await known.text(seq));
  }
  return { known, text: texts.join('\n') };
}

const perform = ({ secr }: Runtime, sample: typeof good, times: number) => {
  for (let i = 0; i < times; i += 1) secr.updatePerformanceFeedback(sample);
};

it('tells why a failure was answered, and why the patch was kept', async () => {
  const { text, known } = await decisions(async (runtime, clock) => {
    perform(runtime, bad, 5);
    runtime.secr.reportFailure({ ...timeout, severity: 0.5 });
    runtime.secr.reportFailure({ ...timeout, severity: 0.9 });
    await clock.advance(300_000);
    perform(runtime, good, 4);
    await clock.advance(900_000);
  });
  expect(text).toContain('API_TIMEOUT-2 of severity 0.9: pressure 0.500 -> 1.400, answered from 1');
  expect(text).toMatch(/patch p-1 by net\w+; it could have been \(with trust\): net\w+ 0\.500/);
  expect(text).toContain('kept: composite score');
  expect(text).toContain('4 samples against 5 before, failure of 0.000 severities against');
  expect(text).toMatch(/patch p-1 kept: .*trust in net\w+ 0\.500 -> 0\.[6-9]/);
  const story = await known.story({ actor: '/secr/coordinator/p-1' });
  const states = story.incidents.flatMap((one) =>
    one.kind === 'changed' ? [JSON.stringify(one.to)] : [],
  );
  for (const state of ['validated', 'rehearsed', 'snapshotted', 'canary', 'applied', 'observing']) {
    expect(states.join()).toContain(state);
  }
  const facts = story.incidents.flatMap((one) =>
    one.kind === 'fact' ? [(one.fact as { type: string }).type] : [],
  );
  expect(facts).toContain('patch.judged');
  expect(facts).toContain('patch.kept');
});

it('tells why a patch was rolled back before its time, and why nothing was answered', async () => {
  const { text } = await decisions(async (runtime, clock) => {
    perform(runtime, good, 5);
    runtime.secr.reportFailure(timeout);
    await clock.settle();
    runtime.secr.reportFailure(timeout);
    perform(runtime, bad, 3);
    await clock.settle();
  });
  expect(text).toContain('no patch: patch p-1 is under way for API_TIMEOUT');
  expect(text).toContain('rolled back before its time: composite score -');
  expect(text).toContain('all settings are what they were');
});

it('tells why the threshold moved', async () => {
  const { text } = await decisions((runtime) => {
    perform(runtime, bad, 3);
    runtime.secr.updateMarket({ volatilityRatio: 3, volumeRatio: 1, momentumRatio: 0 });
    runtime.secr.reportFailure({ group: 'ENTROPY', subgroup: 'ICAP_COLLAPSE', severity: 0.9 });
  });
  expect(text).toMatch(/threshold 0\.\d+ -> 0\.\d+, on its way to 0\.\d+ \(ENTROPY pressure/);
});
