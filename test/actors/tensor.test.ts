/** Pool, slots, GPU and jobs together, under the runtime; what computes is played by the test. */
import { describe, expect, it } from 'vitest';
import { tensorPaths } from '../../actors/tensor.ts';
import { expectReplays } from '../support/expect-replays.ts';
import { tensorStage } from '../support/tensor-stage.ts';
import { wishes } from '../support/tensor-tickets.ts';

describe('tensor jobs', () => {
  it('are computed one by one in each slot, the urgent ones first', async () => {
    await using t = await tensorStage({ workerCountMax: 2 });
    for (const id of ['a', 'b', 'c']) await t.ask(id);
    await t.ask('d', { priority: 1 });
    expect(t.calls.map(({ attempt }) => attempt.job)).toEqual(['a', 'b']);
    expect(['a', 'c', 'd'].map(t.stateOf)).toEqual(['running', 'queued', 'queued']);
    await t.done('a');
    expect(t.calls.map(({ attempt }) => attempt.job)).toEqual(['a', 'b', 'd']);
    for (const id of ['b', 'd', 'c']) await t.done(id);
    expect(t.ends().map(([id]) => id)).toEqual(['a', 'b', 'd', 'c']);
    expect(t.pool()).toMatchObject({ bytes: 0, running: {}, waiting: [], counts: { done: 4 } });
    expect(t.runtime.tree()[0]!.children.at(-1)!.children).toEqual([]);
    await expectReplays(t);
  });

  it('keep their values out of every context and fact', async () => {
    await using t = await tensorStage();
    await t.ask('a');
    await t.done('a', { values: [42.125] });
    const rows = await t.journal();
    const [row, ...others] = rows.filter((line) => JSON.stringify(line).includes('42.125'));
    expect(others).toEqual([]);
    expect(row!.input.kind).toBe('outcome');
    expect(JSON.stringify(row!.turn.facts)).not.toContain('42.125');
    const holders = row!.turn.changed!.filter((line) => JSON.stringify(line).includes('42.125'));
    expect(holders.map(({ path }) => path)).toEqual([
      `${tensorPaths.slots}/worker-1/0.tensorSlot.computing`,
    ]);
  });

  it('run once elsewhere when their worker dies; the slot is started anew', async () => {
    await using t = await tensorStage();
    await t.ask('a');
    await t.fail('a', 'LOST');
    expect(t.calls.map(({ attempt: { job, attempt } }) => [job, attempt])).toEqual([
      ['a', 1],
      ['a', 2],
    ]);
    expect(t.snapshot(`${tensorPaths.slots}/worker-1`)).toMatchObject({ status: 'down' });
    await t.advance(10);
    expect(t.snapshot(`${tensorPaths.slots}/worker-1`)).toMatchObject({
      value: 'idle',
      restarts: 1,
    });
    expect(Object.values(t.pool().slots)).toEqual(['a', null]);
    await t.done('a');
    expect(t.ends()).toEqual([['a', 'done', null, 'cpu']]);
    expect(t.pool().counts).toMatchObject({ repeated: 1, workersLost: 1, done: 1, failed: 0 });
    await expectReplays(t);
  });

  it('fail when their second worker dies too, or when they are too large or slow', async () => {
    await using t = await tensorStage({}, 4);
    for (const id of ['a', 'b', 'c']) await t.ask(id);
    await t.fail('a', 'LOST');
    await t.fail('a', 'LOST');
    await t.fail('b', 'OUT_OF_MEMORY');
    await t.fail('c', 'TIME_LIMIT');
    expect(t.ends()).toEqual([
      ['a', 'failed', 'LOST', 'cpu'],
      ['b', 'failed', 'OUT_OF_MEMORY', 'cpu'],
      ['c', 'failed', 'TIME_LIMIT', 'cpu'],
    ]);
    expect(t.pool()).toMatchObject({ bytes: 0, counts: { workersLost: 4, failed: 3 } });
    await expectReplays(t);
  });

  it('keep their worker when their kernel throws', async () => {
    await using t = await tensorStage({}, 1);
    await t.ask('a');
    await t.fail('a', 'FAILED');
    expect(t.snapshot(`${tensorPaths.slots}/worker-1`)).toMatchObject({
      value: 'idle',
      restarts: 0,
    });
    expect(t.ends()).toEqual([['a', 'failed', 'FAILED', 'cpu']]);
  });

  it('get the workers that are the share of their kind of work, the rest is lent', async () => {
    await using t = await tensorStage({ workerCountMax: 4 }, 4);
    const kinds = { t: 'trading', a: 'analytics', b: 'background' } as const;
    const ask = async (id: string) => t.ask(id, { work: kinds[id[0] as keyof typeof kinds] });
    for (const id of ['b1', 'b2', 'b3', 'b4', 'b5', 'b6', 'a1', 'a2', 't1', 't2']) await ask(id);
    const running = () => Object.keys(t.pool().running).toSorted().join(' ');
    expect(running()).toBe('b1 b2 b3 b4');
    for (const id of ['b1', 'b2', 'b3']) await t.done(id);
    expect(running()).toBe('a1 b4 t1 t2');
    await t.done('a1');
    expect(running()).toBe('a2 b4 t1 t2');
    await expectReplays(t);
  });

  it.each([
    ['/allocation/workerRatio', 0.5, 1],
    ['/tensor/workerCountMax', 2, 4],
  ])('compute on fewer workers at once while %s is %d', async (path, less, all) => {
    await using t = await tensorStage({ workerCountMax: 4 }, 4);
    for (const id of ['a', 'b', 'c', 'd', 'e']) await t.ask(id);
    const runningCount = () => Object.keys(t.pool().running).length;
    const limit = (value: number) =>
      t.runtime.settings.patch([{ op: 'replace', path, value }], { by: 'ada', why: 'heat' });
    limit(less);
    // What runs is not taken away.
    expect(runningCount()).toBe(4);
    for (const [id, left] of [
      ['a', 3],
      ['b', 2],
      ['c', 2],
    ] as const) {
      await t.done(id);
      expect([id, runningCount()]).toEqual([id, left]);
    }
    expect(t.stateOf('e')).toBe('running');
    await t.ask('f');
    expect(t.stateOf('f')).toBe('queued');
    limit(all);
    await t.settle();
    expect(t.stateOf('f')).toBe('running');
    await expectReplays(t);
  });

  it('wait for a slot when all are gone', async () => {
    await using t = await tensorStage({}, 1);
    await t.ask('a');
    await t.fail('a', 'TIME_LIMIT');
    await t.ask('b');
    expect(t.stateOf('b')).toBe('queued');
    await t.advance(10);
    expect(t.stateOf('b')).toBe('running');
  });

  it('stop being computed when they are cancelled, or when their time is up', async () => {
    await using t = await tensorStage({}, 1);
    await t.ask('a');
    await t.ask('b', {}, 50);
    const event = { type: 'CANCEL', at: t.clock.now(), why: 'test' };
    t.send(`${tensorPaths.jobs}/a`, event);
    await t.settle();
    expect(t.calls[0]!.signal.aborted).toBe(true);
    expect(t.stateOf('b')).toBe('running');
    await t.advance(50);
    expect(t.calls[1]!.signal.aborted).toBe(true);
    expect(t.ends()).toEqual([
      ['a', 'cancelled', 'CANCELLED', 'cpu'],
      ['b', 'expired', 'DEADLINE', 'cpu'],
    ]);
    expect(t.pool()).toMatchObject({
      bytes: 0,
      slots: { 'worker-1': null },
      counts: { withdrawn: 2 },
    });
    await expectReplays(t);
  });

  it('run again when an operator restarts their slot', async () => {
    await using t = await tensorStage({}, 1);
    await t.ask('a');
    await t.runtime.restart(`${tensorPaths.slots}/worker-1`);
    await t.settle();
    expect(t.calls[0]!.signal.aborted).toBe(true);
    expect(t.calls[1]!.attempt).toMatchObject({ job: 'a', attempt: 2 });
  });

  it('go on when the pool crashes', async () => {
    await using t = await tensorStage({ workerCountMax: 1 }, 1);
    await t.ask('a');
    await t.ask('b');
    t.crash(tensorPaths.pool);
    await t.settle();
    await t.done('a');
    await t.done('b');
    expect(t.ends().map(([id, outcome]) => [id, outcome])).toEqual([
      ['a', 'done'],
      ['b', 'done'],
    ]);
    await expectReplays(t);
  });

  it('go on after a pool was started anew, with slots and GPU that it finds again', async () => {
    await using t = await tensorStage({}, 1);
    await t.ask('a');
    await t.ask('g', { wish: wishes.gpu });
    await t.gpuReady();
    await t.runtime.restart(tensorPaths.pool);
    await t.settle();
    expect(t.calls.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    expect(t.pool()).toMatchObject({ slots: { 'worker-1': null }, gpu: { state: 'ready' } });
    await t.ask('b');
    await t.ask('h', { wish: wishes.gpu });
    await t.done('b');
    await t.done('h');
    await t.advance(10_000);
    expect(t.ends().map(([id, outcome]) => [id, outcome])).toEqual([
      ['b', 'done'],
      ['h', 'done'],
      ['a', 'expired'],
      ['g', 'expired'],
    ]);
    await expectReplays(t);
  });
});

describe('tensor jobs without a place', () => {
  const small = { workerCountMax: 1, queueCountMax: 1 } as const;

  it('are refused, or dropped for a more urgent one', async () => {
    await using t = await tensorStage({ ...small, rejectPolicy: 'drop' }, 1);
    for (const id of ['a', 'b', 'c']) await t.ask(id);
    await t.ask('d', { priority: 1 });
    expect(t.ends().map(([id, outcome, code]) => [id, outcome, code])).toEqual([
      ['c', 'refused', 'DROPPED'],
      ['b', 'refused', 'DROPPED'],
    ]);
    await using u = await tensorStage(small, 1);
    for (const id of ['a', 'b']) await u.ask(id);
    await u.ask('c', { priority: 1 });
    await u.ask('d', { bytes: 2 ** 40 });
    expect(u.ends().map(([id, outcome, code]) => [id, outcome, code])).toEqual([
      ['c', 'refused', 'QUEUE_FULL'],
      ['d', 'refused', 'OVER_BUDGET'],
    ]);
    const loads = u.facts.map(({ type }) => type).filter((type) => type.startsWith('tensorPool'));
    expect(loads).toEqual(['tensorPool.saturated']);
  });

  it('wait outside, with block', async () => {
    await using t = await tensorStage({ ...small, rejectPolicy: 'block' }, 1);
    for (const id of ['a', 'b', 'c']) await t.ask(id);
    expect([t.stateOf('c'), t.pool().bytes]).toEqual(['blocked', 200]);
    await t.done('a');
    expect([t.stateOf('b'), t.stateOf('c')]).toEqual(['running', 'queued']);
    await t.done('b');
    await t.done('c');
    expect(t.ends().map(([id]) => id)).toEqual(['a', 'b', 'c']);
    await expectReplays(t);
  });
});

describe('tensor jobs for a GPU', () => {
  const wish = wishes.gpu;

  it('start it when the first one comes, and wait for it', async () => {
    await using t = await tensorStage();
    expect(t.gpus).toHaveLength(0);
    await t.ask('a', { wish });
    expect([t.gpus.length, t.stateOf('a')]).toEqual([1, 'queued']);
    await t.gpuReady();
    expect(t.calls[0]!.attempt).toMatchObject({ job: 'a', device: 'gpu' });
    await t.ask('b', { wish });
    expect(t.calls).toHaveLength(1);
    await t.done('a');
    await t.done('b');
    expect(t.ends().map(([, outcome, , device]) => [outcome, device])).toEqual([
      ['done', 'gpu'],
      ['done', 'gpu'],
    ]);
    await expectReplays(t);
  });

  it('run once on the CPU when the process dies, whoever notices first', async () => {
    for (const notice of ['process', 'job'] as const) {
      await using t = await tensorStage();
      await t.ask('a', { wish });
      await t.gpuReady();
      if (notice === 'job') await t.fail('a', 'LOST');
      else t.gpus[0]!.tell({ type: 'GPU_LOST', at: t.clock.now(), why: 'SIGKILL' });
      await t.settle();
      expect(t.calls.map(({ attempt }) => attempt.device)).toEqual(['gpu', 'cpu']);
      expect(t.gpus[0]!.isStopped).toBe(true);
      await t.done('a');
      const [end] = t.facts.filter(({ type }) => type === 'tensorJob.ended');
      const fallbackReason = notice === 'job' ? 'test: LOST' : 'SIGKILL';
      expect(end).toMatchObject({
        outcome: 'done',
        device: 'cpu',
        attemptCount: 2,
        fallbackReason,
      });
      expect(t.pool().counts).toMatchObject({ gpusLost: 1, fellBack: 1, repeated: 1 });
      await t.advance(1_000);
      await t.ask('b', { wish });
      expect(t.gpus).toHaveLength(2);
      await expectReplays(t);
    }
  });

  it('run on the CPU after a wrong answer, and nobody trusts that GPU again', async () => {
    await using t = await tensorStage();
    await t.ask('a', { wish });
    await t.gpuReady();
    await t.done('a', { residual: 0.5 });
    expect(t.calls.map(({ attempt }) => attempt.device)).toEqual(['gpu', 'cpu']);
    await t.done('a');
    await t.ask('b', { wish });
    await t.done('b');
    const why = "the GPU's answer is off by 0.5, and 0.0001 is allowed";
    expect(t.pool().gpu).toEqual({ state: 'unusable', why });
    const reasons = t.facts.flatMap(({ fallbackReason }) => fallbackReason ?? []);
    expect(reasons).toEqual([why, why]);
    expect(t.gpus.map(({ isStopped }) => isStopped)).toEqual([true]);
    await expectReplays(t);
  });

  it('take an answer that is no number for a wrong one', async () => {
    await using t = await tensorStage();
    await t.ask('a', { wish });
    await t.gpuReady();
    await t.done('a', { residual: Number.NaN });
    expect(t.calls.map(({ attempt }) => attempt.device)).toEqual(['gpu', 'cpu']);
  });

  it('run on the CPU with the reason when there is none; who requires one is refused', async () => {
    await using t = await tensorStage();
    await t.ask('a', { wish });
    t.gpus[0]!.tell({ type: 'GPU_UNUSABLE', at: t.clock.now(), why: 'no adapter' });
    await t.settle();
    await t.done('a');
    await t.ask('b', { wish: wishes.onlyGpu });
    expect(t.ends()).toEqual([
      ['a', 'done', null, 'cpu'],
      ['b', 'refused', 'NO_BACKEND', null],
    ]);
    expect(t.facts.find(({ id }) => id === 'a')).toMatchObject({ fallbackReason: 'no adapter' });
    await expectReplays(t);
  });

  it('try a GPU again when an operator says so', async () => {
    await using t = await tensorStage({ gpu: { lossCountMax: 1 } });
    await t.ask('a', { wish });
    t.gpus[0]!.tell({ type: 'GPU_LOST', at: t.clock.now(), why: 'SIGKILL' });
    await t.settle();
    await t.advance(1_000);
    await t.done('a');
    expect(t.pool().gpu).toMatchObject({ state: 'unusable' });
    t.send(tensorPaths.pool, { type: 'RETRY_GPU', at: t.clock.now(), by: 'ada', why: 'driver' });
    await t.ask('b', { wish });
    expect(t.gpus).toHaveLength(2);
    await t.gpuReady();
    await t.done('b');
    expect(t.ends().at(-1)).toEqual(['b', 'done', null, 'gpu']);
    await expectReplays(t);
  });
});
