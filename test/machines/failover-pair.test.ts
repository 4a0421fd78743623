/** Failover pair under plain XState: what it asks for, says, and tells the alerts. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { type EventObject, fromCallback, fromPromise } from 'xstate';
import { type FailoverSettingsInput, failoverSettingsSchema } from '../../config/failover-pair.ts';
import {
  type AcquireInput,
  type AcquireOutcome,
  type ActivateInput,
  failoverPairMachine,
  type StandDownInput,
  type StepOutcome,
  type WatchInput,
} from '../../machines/failover-pair.ts';
import type { Side } from '../../machines/policies/failover-verdict.ts';
import { stage } from '../support/stage.ts';

const alerts = '/safeguards/alerts';
const who = { by: 'ada', why: 'test' };

/** A pair on a host with some sides, whose steps come to what `answers` holds. */
async function acting(local: readonly Side[], given: FailoverSettingsInput = {}) {
  const asked: string[] = [];
  const answers: { acquire?: AcquireOutcome; activate: StepOutcome } = {
    activate: { kind: 'done', at: 0 },
  };
  const logic = failoverPairMachine.provide({
    actors: {
      watch: fromCallback<EventObject, WatchInput>(() => {}),
      acquire: fromPromise<AcquireOutcome, AcquireInput>(async ({ input }) => {
        asked.push(`acquire ${input.side} after ${input.afterEpoch}`);
        return answers.acquire ?? { kind: 'granted', at: 0, epoch: input.afterEpoch + 1 };
      }),
      activate: fromPromise<StepOutcome, ActivateInput>(async ({ input }) => {
        const { side, epoch, copiesFirst } = input;
        asked.push(`activate ${side} ${epoch}${copiesFirst ? ' after a copy' : ''}`);
        return answers.activate;
      }),
      standDown: fromPromise<StepOutcome, StandDownInput>(async ({ input }) => {
        asked.push(`standDown ${input.side}`);
        return { kind: 'done', at: 0 };
      }),
    },
  });
  const settings = failoverSettingsSchema.parse(given);
  const input = {
    name: 'a',
    settings,
    local,
    seed: 1,
    at: 0,
    path: '/failover/a',
    alerts: [alerts],
  };
  const it = stage(logic, input, [alerts]);
  onTestFinished(() => it.stop());
  const send = async (event: EventObject & { readonly [field: string]: unknown }) => {
    it.send({ at: 0, ...event });
    for (let turn = 0; turn < 6; turn += 1) await it.settle();
  };
  for (const side of ['primary', 'backup']) await send({ type: 'BEAT_PASSED', side });
  const state = () => {
    const { value } = it.snapshot;
    return typeof value === 'string' ? value : JSON.stringify(value);
  };
  const facts = () => it.emitted().map(({ type, ...fact }) => [type.slice(9), fact] as const);
  const take = () => asked.splice(0);
  return { it, send, state, facts, take, answers, context: () => it.snapshot.context };
}

const missed = (side: Side, missedCount = 3) => ({
  type: 'BEAT_MISSED',
  side,
  missedCount,
  why: 'x',
});

describe('failover pair, on a host with both sides', () => {
  it('stands down, takes the lease and activates, in this order', async () => {
    const t = await acting(['primary', 'backup']);
    expect(t.take()).toEqual(['acquire primary after 0', 'activate primary 1']);
    await t.send({ type: 'SWITCH', to: 'backup', ...who });
    expect(t.take()).toEqual([
      'standDown primary',
      'acquire backup after 1',
      'activate backup 2 after a copy',
    ]);
    await t.send(missed('backup'));
    expect(t.take()).toEqual(['standDown backup', 'acquire primary after 2', 'activate primary 3']);
  });

  it('alerts people when nobody can take over, and says when that is past', async () => {
    const t = await acting(['primary', 'backup']);
    t.it.sent();
    await t.send(missed('backup'));
    await t.send(missed('primary'));
    await t.send(missed('primary', 4));
    const key = 'failover.a';
    expect(t.it.sent(alerts)).toEqual([
      {
        type: 'RAISE',
        at: 0,
        key,
        severity: 'critical',
        text: 'The active side is dead, and the other one does not take over.',
        path: '/failover/a',
      },
    ]);
    await t.send({ type: 'BEAT_PASSED', side: 'primary' });
    expect(t.it.sent(alerts)).toEqual([{ type: 'RESOLVE', at: 0, key }]);
  });

  it('alerts people when it is suspended', async () => {
    const t = await acting(['primary', 'backup']);
    t.it.sent();
    await t.send({ type: 'SUSPEND', ...who });
    expect(t.it.sent(alerts)).toMatchObject([{ type: 'RAISE', severity: 'critical' }]);
    await t.send({ type: 'RESUME', ...who });
    expect(t.it.sent(alerts)).toMatchObject([{ type: 'RESOLVE' }]);
  });

  it('says why an order is not followed', async () => {
    const t = await acting(['primary', 'backup']);
    t.facts();
    await t.send({ type: 'RESUME', ...who });
    await t.send({ type: 'SWITCH', to: 'primary', ...who });
    await t.send({ type: 'SWITCH', to: 'backup', by: '', why: 'test' });
    await t.send({ type: 'SUSPEND', ...who });
    await t.send({ type: 'SUSPEND', ...who });
    const refusals = t.facts().flatMap(([type, fact]) => (type === 'ordered' ? [fact] : []));
    expect(refusals.map(({ order, refusal }) => [order, refusal])).toEqual([
      ['RESUME', 'it is not suspended'],
      ['SWITCH', 'it is active already'],
      ['SUSPEND', 'it is suspended already'],
    ]);
  });

  it('takes no lease whose epoch is not newer', async () => {
    const t = await acting(['primary', 'backup']);
    t.answers.acquire = { kind: 'granted', at: 0, epoch: 1 };
    await t.send({ type: 'SWITCH', to: 'backup', ...who });
    const failures = t.facts().filter(([type]) => type === 'failed');
    expect(failures[0]?.[1]).toMatchObject({
      why: 'the lease has the old epoch 1',
      failureCount: 1,
    });
    expect(t.take()).not.toContain('activate backup 1');
  });
});

describe('failover pair, on a host with the backup', () => {
  const seen = (side: Side | null, epoch: number, isReleased = false) => ({
    type: 'ROLE_SEEN',
    side,
    epoch,
    isReleased,
  });

  it('follows the primary, and takes over once that one is dead', async () => {
    const t = await acting(['backup']);
    expect(t.state()).toBe('{"switching":"handing"}');
    await t.send(seen('primary', 4));
    expect([t.state(), t.context().epoch]).toEqual(['primary', 4]);
    await t.send(missed('primary', 2));
    expect(t.state()).toBe('primary');
    await t.send(missed('primary'));
    expect(t.state()).toBe('{"backup":"alone"}');
    expect(t.take()).toEqual(['acquire backup after 4', 'activate backup 5']);
  });

  it('takes over at once when the role expires, or is handed over', async () => {
    for (const isReleased of [false, true]) {
      const t = await acting(['backup']);
      await t.send(seen('primary', 4));
      await t.send(seen(null, 4, isReleased));
      const copy = isReleased ? ' after a copy' : '';
      expect(t.take()).toEqual(['acquire backup after 4', `activate backup 5${copy}`]);
      const causes = t.facts().flatMap(([type, { cause }]) => (type === 'switched' ? [cause] : []));
      expect(causes.at(-1)).toBe(isReleased ? 'handedOver' : 'failure');
    }
  });

  it('goes back to a primary that turns out to live, and waits before it tries again', async () => {
    const t = await acting(['backup']);
    await t.send(seen('primary', 4));
    t.answers.acquire = { kind: 'held', at: 0, side: 'primary', epoch: 4 };
    await t.send(missed('primary'));
    expect(t.state()).toBe('primary');
    await t.send(missed('primary', 4));
    expect(t.take()).toEqual(['acquire backup after 4']);
    await t.send({ ...missed('primary', 5), at: 2_000 });
    expect(t.take()).toEqual(['acquire backup after 4']);
  });

  it('hands the role back, and takes it again when nobody wants it', async () => {
    const t = await acting(['backup'], { stableMs: 5_000, handOverMs: 2_000 });
    await t.send(seen('primary', 4));
    await t.send(missed('primary'));
    await t.send({ type: 'BEAT_PASSED', side: 'primary' });
    t.take();
    t.it.pass(5_000);
    await t.it.settle();
    expect([t.state(), t.take()]).toEqual(['{"failingBack":"handing"}', ['standDown backup']]);
    t.it.pass(2_000);
    for (let turn = 0; turn < 6; turn += 1) await t.it.settle();
    expect(t.take()).toEqual(['acquire backup after 5', 'activate backup 6']);
    expect(t.context().active).toBe('backup');
  });

  it('stands down when it lost the role, and follows whoever has it', async () => {
    const t = await acting(['backup']);
    await t.send(seen('primary', 4));
    await t.send(missed('primary'));
    t.take();
    t.answers.acquire = { kind: 'held', at: 0, side: 'primary', epoch: 6 };
    await t.send({ type: 'LEASE_LOST', epoch: 5, why: 'paused' });
    expect(t.take()).toEqual(['standDown backup', 'acquire backup after 5']);
    expect([t.state(), t.context().epoch]).toEqual(['primary', 6]);
    expect(t.facts().find(([type]) => type === 'deposed')?.[1]).toMatchObject({
      side: 'backup',
      epoch: 5,
      why: 'paused',
    });
  });
});
