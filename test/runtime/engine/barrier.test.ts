/** Who reads that an order was carried out may rely on it: the order is on disk by then. */
import { describe, expect, it } from 'vitest';
import { createMachine, fromPromise } from 'xstate';
import { child, supervisor } from '../../../actors/child.ts';
import { simulatedClock } from '../../../runtime/clock/simulated.ts';
import { createRuntime } from '../../../runtime/create-runtime.ts';
import { Journal } from '../../../runtime/journal/journal.ts';
import { memoryLog } from '../../../runtime/journal/memory-log.ts';

describe('the effects of an entry of class safety', () => {
  it('wait until it is on disk; those of other entries do not', async () => {
    const log = memoryLog();
    const release: (() => void)[] = [];
    const append = log.append.bind(log);
    log.append = async (...args) => {
      if (release.length > 0 || isHeld) await new Promise<void>((resolve) => release.push(resolve));
      return append(...args);
    };
    let isHeld = false;
    const made: string[] = [];
    const job = fromPromise(async () => made.push('made'));
    const machine = createMachine({
      id: 'm',
      initial: 'idle',
      states: {
        idle: { on: { GO: 'work', SETTINGS_CHANGED: 'work' } },
        work: { invoke: { src: job } },
      },
    });
    const children = [
      child({ id: 'a', logic: machine }),
      child({ id: 'b', logic: machine, settings: '/log' }),
    ];
    const tree = supervisor({ id: 'app', children });
    const runtime = await createRuntime({
      tree,
      journal: new Journal(log),
      clock: simulatedClock(),
    });
    await runtime.start();
    await runtime.flush();
    isHeld = true;
    runtime.send('/app/a', { type: 'GO' });
    expect(made).toEqual(['made']);
    const patch = [{ op: 'replace', path: '/log/level', value: 'debug' }] as const;
    runtime.settings.patch(patch, { by: 'ada', why: 'test' });
    expect(runtime.snapshot('/app/b')?.value).toBe('work');
    await new Promise((resolve) => setImmediate(resolve));
    expect(made).toEqual(['made']);
    isHeld = false;
    release.shift()!();
    await runtime.flush();
    await new Promise((resolve) => setImmediate(resolve));
    expect(made).toEqual(['made', 'made']);
    await runtime.stop();
  });
});
