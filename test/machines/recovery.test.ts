import { describe, expect, it } from 'vitest';
import { createActor, fromPromise } from 'xstate';
import type { PlannedComponent } from '../../machines/policies/recovery-plan.ts';
import { recoveryMachine, type StepOutcome, type StepRequest } from '../../machines/recovery.ts';
import { simulatedClock } from '../../runtime/clock/simulated.ts';
import { inputOf, planned } from '../support/recovery-plan.ts';

type Given = Parameters<typeof inputOf>[1];
type Answer = (request: StepRequest) => 'done' | 'failed' | 'never' | StepOutcome;

const order = { by: 'ada', why: 'drill' };
const noJitter = { retryJitterRatio: 0, retryMinMs: 100, retryMaxMs: 100 };

/** The chart alone, under plain XState, on a simulated clock. */
function played(components: readonly PlannedComponent[], answer: Answer, settings: Given = {}) {
  const time = simulatedClock();
  const asked: StepRequest[] = [];
  const step = fromPromise<StepOutcome, StepRequest>(async ({ input }) => {
    asked.push(input);
    const said = answer(input);
    if (said === 'never') return new Promise(() => {});
    if (typeof said === 'object') return said;
    const at = time.now();
    return said === 'done' ? { kind: 'done', at } : { kind: 'failed', at, why: 'refused' };
  });
  const withdrawals = new Map<number, () => void>();
  let timerCount = 0;
  const clock = {
    setTimeout(wake: () => void, ms: number) {
      timerCount += 1;
      withdrawals.set(timerCount, time.at(time.now() + ms, wake));
      return timerCount;
    },
    clearTimeout: (id: number) => withdrawals.get(id)?.(),
  };
  const logic = recoveryMachine.provide({ actors: { step } });
  const input = inputOf(components, { ...noJitter, ...settings });
  const actor = createActor(logic, { input, clock: clock as never });
  const facts: { type: string; [field: string]: unknown }[] = [];
  actor.on('*', (fact) => facts.push(fact as never));
  actor.start();
  const made = () => asked.map((request) => `${request.component}.${request.step}`);
  return { actor, time, asked, facts, made };
}

const two = [planned('a', [], { priority: 'critical' }), planned('b', ['a'])];

describe('recovery', () => {
  it('brings up each component after those that it needs, and looks at all once more', async () => {
    const { actor, time, made, facts } = played(two, () => 'done');
    await time.settle();
    expect(actor.getSnapshot().value).toBe('recovered');
    expect(made()).toEqual([
      'a.start',
      'a.validate',
      'b.start',
      'b.validate',
      'a.check',
      'b.check',
    ]);
    expect(facts.map(({ type, component, to }) => [type, component, to].filter(Boolean))).toEqual([
      ['recovery.planned'],
      ['recovery.progressed', 'a', 'validated'],
      ['recovery.progressed', 'b', 'validated'],
      ['recovery.ended'],
    ]);
  });

  it('goes on with what is most urgent before it begins anything else', async () => {
    const urgent = planned('urgent', [], { priority: 'critical' });
    const { made, time } = played([planned('other'), urgent], () => 'done', {
      parallelCountMax: 1,
    });
    await time.settle();
    const urgentFirst = ['urgent.start', 'urgent.validate', 'other.start', 'other.validate'];
    expect(made().slice(0, 4)).toEqual(urgentFirst);
  });

  it('begins nothing more once it cannot succeed, and has nothing of it to undo', async () => {
    const lost = planned('lost', [], { priority: 'critical', attemptCountMax: 1 });
    const settings = { parallelCountMax: 1 };
    const { facts, made, time } = played([lost, planned('other')], () => 'failed', settings);
    await time.settle();
    expect(made()).toEqual(['lost.start', 'lost.rollback']);
    expect(facts.at(-1)).toMatchObject({
      order: ['lost'],
      components: [{ status: 'failed' }, { status: 'skipped', attemptCount: 0 }],
    });
  });

  it('restores what can be restored, and leaves out what a component does not have', async () => {
    const components = [planned('a', [], { steps: ['restore'] }), planned('b', [], { steps: [] })];
    const { made, time } = played(components, () => 'done');
    await time.settle();
    expect(made().toSorted()).toEqual(['a.restore', 'a.start', 'b.start']);
  });

  it('begins anew with the start after a growing pause', async () => {
    let failureCount = 0;
    const answer: Answer = ({ step }) => {
      if (step !== 'validate' || failureCount === 2) return 'done';
      failureCount += 1;
      return 'failed';
    };
    const settings = { retryMinMs: 100, retryFactor: 3, retryMaxMs: 1_000 };
    const { actor, asked, time } = played(
      [planned('a', [], { attemptCountMax: 3 })],
      answer,
      settings,
    );
    await time.settle();
    await time.advance(99);
    expect(asked).toHaveLength(2);
    await time.advance(1);
    expect(asked.map(({ attempt }) => attempt)).toEqual([1, 1, 2, 2]);
    await time.advance(300);
    expect(asked.map(({ step }) => step).slice(4)).toEqual(['start', 'validate', 'check']);
    expect(actor.getSnapshot().value).toBe('recovered');
  });

  it('tries a pause that is shorter by chance, and never longer', async () => {
    const { actor, time } = played([planned('a')], () => 'failed', {
      ...noJitter,
      retryJitterRatio: 0.5,
    });
    await time.settle();
    const [pause] = actor.getSnapshot().context.progress.pausing;
    expect(pause!.dueMs).toBeGreaterThanOrEqual(50);
    expect(pause!.dueMs).toBeLessThanOrEqual(100);
  });

  it('gives a step its own time, and what is left until the deadline', async () => {
    const slow = planned('a', [], { stepTimeoutMs: 400, attemptCountMax: 9 });
    const { asked, time, actor, facts } = played([slow], () => 'never');
    actor.getSnapshot();
    await time.advance(399);
    expect(asked).toHaveLength(1);
    await time.advance(1);
    await time.advance(100);
    expect(asked.map(({ deadlineAtMs }) => deadlineAtMs)).toEqual([400, 900]);
    expect(facts.find(({ to }) => to === 'pausing')).toMatchObject({
      why: 'start: no outcome within 400 ms',
      attempt: 1,
    });
  });

  it('ends at its deadline, with nothing running', async () => {
    const slow = planned('a', [], { stepTimeoutMs: 2_000_000 });
    const components = [slow, planned('b', ['a'], { priority: 'critical' })];
    const { actor, time, facts } = played(components, ({ step }) =>
      step === 'start' ? 'never' : 'done',
    );
    await time.advanceTo(999_999);
    expect(actor.getSnapshot().value).toBe('recovering');
    await time.advanceTo(1_000_000);
    expect(actor.getSnapshot().value).toBe('failed');
    expect(facts.at(-1)).toMatchObject({
      outcome: 'failed',
      why: 'the deadline has passed',
      rolledBack: ['a'],
      components: [{ status: 'failed' }, { status: 'skipped', startedAtMs: null }],
    });
  });

  it('keeps what is validated when its deadline cuts off the last check', async () => {
    const slow = planned('a', [], { stepTimeoutMs: 2_000_000 });
    const { actor, time, facts } = played([slow], ({ step }) =>
      step === 'check' ? 'never' : 'done',
    );
    await time.advanceTo(1_000_000);
    expect(actor.getSnapshot().value).toBe('recovered');
    expect(facts.at(-1)).toMatchObject({ validatedCount: 1, endedAtMs: 1_000_000 });
  });

  it('does not wait for an attempt that the deadline would cut off', async () => {
    const components = [planned('a', [], { attemptCountMax: 9 })];
    const { facts, time } = played(components, () => 'failed', {
      retryMinMs: 1_000_000,
      retryMaxMs: 1_000_000,
    });
    await time.settle();
    expect(facts.find(({ to }) => to === 'failed')).toMatchObject({
      why: 'start: refused; no time is left for another attempt',
    });
  });

  it('undoes what needed a component that failed its check, the last one first', async () => {
    const chain = [
      planned('a', [], { priority: 'critical' }),
      planned('b', ['a']),
      planned('c', ['b']),
      planned('d'),
    ];
    const failing: Answer = ({ component, step }) =>
      component === 'a' && step === 'check' ? 'failed' : 'done';
    const { actor, facts, made, time } = played(chain, failing, { parallelCountMax: 1 });
    await time.advance(1_000);
    expect(actor.getSnapshot().value).toBe('failed');
    expect(made().filter((step) => step.endsWith('rollback'))).toEqual([
      'c.rollback',
      'b.rollback',
      'a.rollback',
    ]);
    expect(facts.find(({ type }) => type === 'recovery.doomed')).toMatchObject({
      component: 'a',
      why: 'check: refused',
      without: ['a'],
    });
    expect(facts.at(-1)).toMatchObject({
      outcome: 'failed',
      rolledBack: ['c', 'b', 'a'],
      validatedCount: 1,
    });
  });

  it.each([
    ['the failed component', { reducedMode: 'readOnly' }, {}],
    ['the critical one that needs it', {}, { reducedMode: 'readOnly' }],
  ])('goes on in a mode that %s declares', async (_, failed, needing) => {
    const components = [
      planned('a', [], failed),
      planned('b', ['a'], { priority: 'critical', ...needing }),
      planned('c'),
    ];
    const { actor, facts, time } = played(components, ({ component, step }) =>
      component === 'a' && step === 'start' ? 'failed' : 'done',
    );
    await time.advance(1_000);
    expect(actor.getSnapshot().value).toBe('reduced');
    expect(facts.at(-1)).toMatchObject({
      outcome: 'reduced',
      reducedModes: ['readOnly'],
      why: null,
    });
  });

  it('fails when something critical is missing and nobody has said that it may be', async () => {
    const components = [planned('a'), planned('b', ['a'], { priority: 'critical' }), planned('c')];
    const { actor, facts, time } = played(components, ({ component, step }) => {
      if (step === 'rollback') return 'done';
      return component === 'c' ? 'never' : 'failed';
    });
    await time.advance(1_000);
    expect(actor.getSnapshot().value).toBe('failed');
    // What was under way is given up, and undone as well.
    expect(facts.at(-1)).toMatchObject({
      why: 'start: refused',
      rolledBack: ['c', 'a'],
      components: [
        { id: 'a', status: 'failed' },
        { id: 'b', status: 'skipped', why: "needs 'a', which is not there", startedAtMs: null },
        { id: 'c', status: 'failed', why: 'the recovery has failed' },
      ],
    });
  });

  it('goes on without a component that nobody critical needs', async () => {
    const { actor, facts, time } = played([planned('a'), planned('b')], ({ component, step }) =>
      component === 'a' && step !== 'rollback' ? 'failed' : 'done',
    );
    await time.advance(1_000);
    expect(actor.getSnapshot().value).toBe('reduced');
    expect(facts.at(-1)).toMatchObject({ reducedModes: [], rolledBack: ['a'] });
  });

  it('ends a rollback that fails or takes too long, and says so', async () => {
    const chain = [planned('a'), planned('b', ['a'], { priority: 'critical' })];
    const answer: Answer = ({ component, step }) => {
      if (step === 'rollback') return component === 'b' ? 'failed' : 'never';
      return component === 'b' && step === 'check' ? 'failed' : 'done';
    };
    const failing: Answer = (request) =>
      request.component === 'a' && request.step === 'check' ? 'failed' : answer(request);
    const { facts, time, actor } = played(chain, failing, { rollbackMs: 5_000 });
    await time.advance(5_099);
    expect(actor.getSnapshot().value).toBe('rollingBack');
    await time.advance(1);
    expect(actor.getSnapshot().value).toBe('failed');
    const told = facts.filter(({ to }) => to === 'notRolledBack');
    expect(told.map(({ component }) => component)).toEqual(['b', 'a']);
  });

  it('lets nothing begin while it is held, and adds the hold to its deadline', async () => {
    const { actor, made, facts, time } = played(two, () => 'done');
    actor.send({ type: 'HOLD', at: 0, ...order });
    await time.advance(60_000);
    expect([actor.getSnapshot().value, made()]).toEqual(['held', ['a.start']]);
    actor.send({ type: 'RESUME', at: time.now(), by: '', why: 'nobody' });
    expect(actor.getSnapshot().value).toBe('held');
    actor.send({ type: 'RESUME', at: time.now(), ...order });
    expect(actor.getSnapshot().context).toMatchObject({ deadlineAtMs: 1_060_000, heldMs: 60_000 });
    await time.settle();
    expect(actor.getSnapshot().value).toBe('recovered');
    expect(facts.at(-1)).toMatchObject({ heldMs: 60_000, inTimeCount: 0, validatedCount: 2 });
  });

  it('begins nothing when a hold ends after it was lost meanwhile', async () => {
    const lost = planned('lost', [], { priority: 'critical', attemptCountMax: 1 });
    const settings = { parallelCountMax: 1 };
    const { actor, facts, time } = played([lost, planned('other')], () => 'failed', settings);
    actor.send({ type: 'HOLD', at: 0, ...order });
    await time.settle();
    expect(actor.getSnapshot().value).toBe('held');
    actor.send({ type: 'RESUME', at: 0, ...order });
    await time.settle();
    expect(facts.at(-1)).toMatchObject({ outcome: 'failed', order: ['lost'] });
  });

  it('plans another attempt while it is held, for the deadline waits', async () => {
    const slow = planned('a', [], { stepTimeoutMs: 999_950 });
    const { actor, time } = played([slow], ({ step, attempt }) =>
      step === 'start' && attempt === 1 ? 'never' : 'done',
    );
    await time.advance(999_949);
    actor.send({ type: 'HOLD', at: time.now(), ...order });
    await time.advance(60_051);
    expect(actor.getSnapshot().value).toBe('held');
    actor.send({ type: 'RESUME', at: time.now(), ...order });
    await time.settle();
    expect(actor.getSnapshot().value).toBe('recovered');
  });

  it('goes on by itself when nobody ends a hold', async () => {
    const { actor, facts, time } = played(two, () => 'done', { holdMs: 1_000 });
    actor.send({ type: 'HOLD', at: 0, ...order });
    await time.advance(999);
    expect(actor.getSnapshot().value).toBe('held');
    await time.advance(1);
    expect(actor.getSnapshot().value).toBe('recovered');
    expect(facts.find(({ type }) => type === 'recovery.resumed')).toMatchObject({
      by: 'runtime',
      why: 'the hold expired',
    });
  });

  it('is held while it checks, and goes on with the checks', async () => {
    const answer: Answer = ({ step }) => (step === 'check' ? 'never' : 'done');
    const { actor, time } = played(two, answer);
    await time.settle();
    expect(actor.getSnapshot().value).toBe('validating');
    actor.send({ type: 'HOLD', at: 0, ...order });
    actor.send({ type: 'RESUME', at: 0, ...order });
    expect(actor.getSnapshot().value).toBe('validating');
  });

  it('is ended by an operator: what is under way is undone, what is there stays', async () => {
    const { actor, facts, time } = played(two, ({ component, step }) =>
      component === 'b' && step === 'start' ? 'never' : 'done',
    );
    await time.settle();
    actor.send({ type: 'HOLD', at: 0, ...order });
    actor.send({ type: 'CANCEL', at: 5, ...order });
    await time.settle();
    expect(facts.at(-1)).toMatchObject({
      outcome: 'failed',
      why: 'ended by ada: drill',
      rolledBack: ['b'],
      heldMs: 5,
      components: [{ id: 'a', status: 'validated', rollback: 'none' }, { id: 'b' }],
    });
  });

  it('refuses a plan with a cycle, whoever gives it', () => {
    const { actor, facts, asked } = played(
      [planned('a', ['b']), planned('b', ['a'])],
      () => 'done',
    );
    expect([actor.getSnapshot().value, asked]).toEqual(['failed', []]);
    const why = 'a cycle of dependencies: a -> b -> a';
    expect(facts).toMatchObject([
      { type: 'recovery.refused', why },
      { type: 'recovery.ended', outcome: 'failed', why },
    ]);
  });

  it('judges times and ages of data against the objectives', async () => {
    const components = [
      planned('a', [], { priority: 'critical', steps: ['restore'], dataAgeMaxMs: 1_000 }),
      planned('b', [], { priority: 'supporting', steps: ['restore'], dataAgeMaxMs: 1_000 }),
      planned('c', [], { priority: 'supporting', dataAgeMaxMs: 1_000 }),
    ];
    const at = { a: 30_000, b: 60_001, c: 60_000 };
    const answer: Answer = ({ component, step }) => {
      const dataAtMs = component === 'a' ? -1_000 : -1_001;
      const isLast = step === 'restore' || step === 'validate';
      const name = component as keyof typeof at;
      return { kind: 'done', at: isLast ? at[name] : 0, ...(step === 'restore' && { dataAtMs }) };
    };
    const { facts, time } = played(components, answer, { parallelCountMax: 3 });
    await time.settle();
    expect(facts.at(-1)).toMatchObject({
      components: [
        { id: 'a', recoveryMs: 30_000, isInTime: true, dataAgeMs: 1_000, isDataFresh: true },
        { id: 'b', recoveryMs: 60_001, isInTime: false, dataAgeMs: 1_001, isDataFresh: false },
        { id: 'c', dataAgeMs: null, isDataFresh: false },
      ],
    });
  });
});
