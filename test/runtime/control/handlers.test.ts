import { expect, it } from 'vitest';
import type { Safety } from '../../../actors/safety.ts';
import { controlHandlers } from '../../../runtime/control/handlers.ts';

const order = { v: 1, by: 'ada', why: 'test' } as const;

it('answers a reset when it is on disk, and not before', async () => {
  const done: string[] = [];
  const disk = Promise.withResolvers<void>();
  const safety = { state: 'healthy', reset: () => done.push('reset') } as unknown as Safety;
  const handlers = controlHandlers(safety, () => disk.promise);
  const answer = handlers['emergency.reset']({
    ...{ ...order, command: 'emergency.reset', scope: 'all' },
  }).then((result) => done.push(String(result.state)));
  await Promise.resolve();
  done.push('on disk');
  disk.resolve();
  await answer;
  expect(done).toEqual(['reset', 'on disk', 'healthy']);
});

it('answers an emergency without waiting for a disk that hangs', async () => {
  const outcome = { isFlat: true, remaining: null, undone: [], text: 'stopped, flat' };
  const safety = { state: 'healthy', emergency: async () => outcome } as unknown as Safety;
  const handlers = controlHandlers(safety, () => new Promise(() => {}));
  expect(await handlers['emergency.start']({ ...order, command: 'emergency.start' })).toEqual({
    ...{ state: 'healthy', isAlready: false, ...outcome },
  });
});
