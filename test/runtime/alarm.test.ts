/** Timers that come due while a turn is still being told of. */
import { expect, it } from 'vitest';
import { createMachine, emit } from 'xstate';
import { child, supervisor } from '../../actors/child.ts';
import type { Clock } from '../../actors/ports.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import { memoryJournal } from '../../runtime/journal/memory-log.ts';
import { replayJournal } from '../../runtime/replay/replay.ts';

/** A host's own clock, which it moves at once, wherever it is. */
function handClock(): Clock & { moveTo(ms: number): void } {
  let time = 0;
  const requests = new Set<{ readonly dueMs: number; readonly wake: () => void }>();
  return {
    now: () => time,
    at(dueMs, wake) {
      const request = { dueMs, wake };
      requests.add(request);
      return () => requests.delete(request);
    },
    moveTo(ms) {
      time = ms;
      for (const request of [...requests]) {
        if (request.dueMs <= time && requests.delete(request)) request.wake();
      }
    },
  };
}

it('a timer that comes due while watchers are told of a turn fires after it, once', async () => {
  const logic = createMachine({
    id: 'm',
    initial: 'waiting',
    on: { TELL: { actions: emit({ type: 'told' }) } },
    states: { waiting: { after: { 100: 'fired' } }, fired: { entry: emit({ type: 'fired' }) } },
  });
  const tree = supervisor({ id: 'app', children: [child({ id: 'm', logic })] });
  const clock = handClock();
  const journal = memoryJournal();
  await using runtime = await createRuntime({ tree, clock, journal });
  await runtime.start();
  runtime.on('told', () => clock.moveTo(100));
  let fired = 0;
  runtime.on('fired', () => fired++);
  runtime.send('/app/m', { type: 'TELL' });
  await Promise.resolve();
  clock.moveTo(100);
  expect(runtime.snapshot('/app/m')?.value).toBe('fired');
  expect(fired).toBe(1);
  await runtime.flush();
  expect((await replayJournal(journal.log, { tree })).divergence).toBeUndefined();
});
