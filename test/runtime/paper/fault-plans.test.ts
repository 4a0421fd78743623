import { describe, expect, it } from 'vitest';
import { type SettingsInput, settingsSchema } from '../../../config/settings.ts';
import { simulatedClock } from '../../../runtime/clock/simulated.ts';
import { troublesAt } from '../../../runtime/paper/fault-effects.ts';
import { FaultPlansInForce } from '../../../runtime/paper/fault-plans.ts';
import { barAt } from '../../support/bars.ts';

/** Plans in the middle of the first trouble of this kind; settings can be changed. */
function inTrouble(name: 'gpuLag' | 'icapCollapse' | 'orderIssues') {
  const input: SettingsInput = { paper: { faultPlans: { [name]: { enabled: true } } } };
  const settings = { current: settingsSchema.parse(input) };
  const plans = settings.current.paper.faultPlans;
  let at = 0;
  while (troublesAt({ plans, seed: 7, at }).length === 0) at += 60_000;
  const clock = simulatedClock({ startMs: at });
  const runtime = { settings, seed: 7 } as never;
  return { settings, clock, plans: new FaultPlansInForce(() => runtime, clock) };
}

const { signal } = new AbortController();

describe('fault plans in force', () => {
  it('go by the time of the clock, and by the settings of the moment', async () => {
    const { settings, clock, plans } = inTrouble('gpuLag');
    const { latencyMedianMs } = plans.faults(clock.now());
    expect(latencyMedianMs).toBe(60 + plans.computer.backlogMs);
    expect(latencyMedianMs).toBeGreaterThan(60);
    const workers = { trading: 1, analytics: 0, background: 0 };
    settings.current = settingsSchema.parse({ ...settings.current, allocation: { workers } });
    expect(plans.faults(clock.now()).latencyMedianMs).toBe(60);
    settings.current = settingsSchema.parse({
      paper: { faultPlans: settings.current.paper.faultPlans },
    });
    await clock.advanceTo(clock.now() + 47 * 3_600_000);
    while (plans.computer.backlogMs > 0) await clock.advance(3_600_000);
    expect(plans.faults(clock.now()).latencyMedianMs).toBe(60);
  });

  it('let an analysis come that much later, and not at all when it was given up', async () => {
    const { clock, plans } = inTrouble('gpuLag');
    const stop = new AbortController();
    const givenUp = plans.delayed(Promise.resolve('reading'), stop.signal);
    givenUp.catch(() => {});
    await clock.advance(1_000);
    stop.abort(new Error('late'));
    await expect(givenUp).rejects.toThrow('late');
    expect(clock.nextDueMs).toBeUndefined();
    const startMs = clock.now();
    const { analysisDelayMs } = plans.computer;
    let cameAt: number | undefined;
    void plans.delayed(Promise.resolve('reading'), signal).then(() => {
      cameAt = clock.now();
    });
    await clock.advance(200_000);
    expect(cameAt).toBe(startMs + analysisDelayMs);
    const stopped = AbortSignal.abort(new Error('stopped'));
    await expect(plans.delayed(Promise.resolve(1), stopped)).rejects.toThrow('stopped');
  });

  it('hand an analysis on as it is while nothing lags', async () => {
    const { plans } = inTrouble('orderIssues');
    await expect(plans.delayed(Promise.resolve(1), signal)).resolves.toBe(1);
    expect(plans.fees(2).slippageBasisPoints).toBeGreaterThan(plans.fees(1).slippageBasisPoints);
  });

  it('show a bar by the time of the bar', () => {
    const { clock, plans } = inTrouble('icapCollapse');
    const bar = barAt(clock.now() + 60_000, 40_000);
    expect(plans.seen(bar).close).not.toBe(bar.close);
    expect(plans.seen(barAt(clock.now() - 120_000, 40_000)).close).toBe(40_000);
  });
});
