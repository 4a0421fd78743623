import { expect, it } from 'vitest';
import { limitedEmergencyPort, treeSteps } from '../../runtime/emergency-port.ts';

it('names the limit of a call that rejects because it was cut off', async () => {
  const done = async () => ({ isDone: true });
  const port = limitedEmergencyPort({
    ...{ reducePosition: done, flush: done, stopTree: done, startTree: done },
    cancelOrders: ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  });
  const request = {
    planId: 'e-0.1',
    key: 'k',
    tryNumber: 1,
    how: 'verified',
    timeoutMs: 5,
  } as const;
  const { signal } = new AbortController();
  expect(await port.cancelOrders({ ...request, signal })).toEqual({
    isDone: false,
    why: 'no outcome within 5 ms',
  });
});

it('stops what runs, the last first, and starts what is down, the first first', async () => {
  const up = new Set(['/app/a', '/app/c']);
  const log: string[] = [];
  const { stopTree, startTree } = treeSteps({
    tree: () => ['/app/a', '/app/b', '/app/c'],
    isUp: (path) => up.has(path),
    stop: (path) => {
      log.push(`stop ${path}`);
      up.delete(path);
    },
    start: (path) => {
      log.push(`start ${path}`);
      if (path !== '/app/c') up.add(path);
    },
  });
  expect(await stopTree({} as never)).toEqual({ isDone: true });
  up.add('/app/b');
  expect(await startTree()).toEqual({ isDone: false, why: 'not started: /app/c' });
  expect(log).toEqual(['stop /app/c', 'stop /app/a', 'start /app/a', 'start /app/c']);
});
