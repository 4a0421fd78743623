/** Who reads that an order was carried out may rely on it: the order is on disk by then. */
import { describe, expect, it } from 'vitest';
import { createMachine, fromPromise } from 'xstate';
import { child, supervisor } from '../../../actors/child.ts';
import { simulatedClock } from '../../../runtime/clock/simulated.ts';
import { createRuntime } from '../../../runtime/create-runtime.ts';
import { Journal } from '../../../runtime/journal/journal.ts';
import { memoryLog } from '../../../runtime/journal/memory-log.ts';

/** A runtime whose disk stands still, and what has been done at its edge. */
async function heldRuntime() {
  const log = memoryLog();
  const writes: (() => void)[] = [];
  let isHeld = false;
  const append = log.append.bind(log);
  log.append = async (...args) => {
    if (isHeld) await new Promise<void>((resolve) => writes.push(resolve));
    return append(...args);
  };
  const made: string[] = [];
  /** How many steps of the process each job takes, in the order in which they start. */
  const steps: number[] = [];
  const outcomes: string[] = [];
  const job = fromPromise(async ({ self }) => {
    made.push(self.id);
    for (let left = steps.shift() ?? 0; left > 0; left -= 1) await null;
  });
  const machine = createMachine({
    id: 'm',
    initial: 'idle',
    states: {
      idle: { on: { GO: 'work', SETTINGS_CHANGED: 'work' } },
      work: { invoke: { src: job, id: 'job' } },
    },
  });
  const children = [
    child({ id: 'plain', logic: machine }),
    child({ id: 'told', logic: machine, settings: '/log' }),
    child({ id: 'once', logic: machine, effects: { '*': 'retry' } }),
    child({ id: 'again', logic: machine, effects: { '*': 'retry' } }),
  ];
  const tree = supervisor({ id: 'app', children });
  const runtime = await createRuntime({
    ...{ tree, journal: new Journal(log), clock: simulatedClock() },
    observe: ({ input }) => {
      if (input.kind === 'outcome') outcomes.push(input.path);
    },
  });
  await runtime.start();
  await runtime.flush();
  isHeld = true;
  // What is on disk is released a turn of the event loop later, one entry after the other.
  const rest = async () => {
    for (let i = 0; i < 4; i += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    runtime,
    made,
    steps,
    outcomes,
    rest,
    /** Lets one write pass. */
    async writeOne() {
      writes.shift()!();
      await rest();
    },
    async release() {
      isHeld = false;
      for (const write of writes.splice(0)) write();
      await runtime.flush();
      await rest();
    },
  };
}

describe('the effects of an entry', () => {
  it('do not wait for the disk', async () => {
    const { runtime, made, release } = await heldRuntime();
    runtime.send('/app/plain', { type: 'GO' });
    expect(made).toEqual(['job']);
    await release();
    await runtime.stop();
  });

  it('of class safety wait until it is on disk', async () => {
    const { runtime, made, rest, release } = await heldRuntime();
    const patch = [{ op: 'replace', path: '/log/level', value: 'debug' }] as const;
    runtime.settings.patch(patch, { by: 'ada', why: 'test' });
    expect(runtime.snapshot('/app/told')?.value).toBe('work');
    await rest();
    expect(made).toEqual([]);
    await release();
    expect(made).toEqual(['job']);
    await runtime.stop();
  });

  it('wait until it is on disk where they are retried, and so do those behind them', async () => {
    const { runtime, made, rest, release } = await heldRuntime();
    runtime.send('/app/once', { type: 'GO' });
    runtime.send('/app/plain', { type: 'GO' });
    await rest();
    expect(made).toEqual([]);
    await release();
    expect(made).toEqual(['job', 'job']);
    await runtime.stop();
  });

  it('start as soon as their own entry is on disk, whatever comes behind it', async () => {
    const { runtime, made, rest, writeOne, release } = await heldRuntime();
    runtime.send('/app/once', { type: 'GO' });
    runtime.send('/app/again', { type: 'GO' });
    await rest();
    expect(made).toEqual([]);
    await writeOne();
    expect(made).toEqual(['job']);
    await release();
    expect(made).toEqual(['job', 'job']);
    await runtime.stop();
  });

  it('have outcomes in the order of their entries, also where these are one block', async () => {
    const { runtime, steps, outcomes, rest, release } = await heldRuntime();
    runtime.send('/app/plain', { type: 'GO' });
    void runtime.flush();
    await rest();
    outcomes.length = 0;
    // While this is written, two more wait for the disk; the first job takes longer.
    steps.push(20, 1);
    runtime.send('/app/once', { type: 'GO' });
    runtime.send('/app/again', { type: 'GO' });
    await release();
    await rest();
    expect(outcomes).toEqual(['/app/once/job', '/app/again/job']);
    await runtime.stop();
  });
});
