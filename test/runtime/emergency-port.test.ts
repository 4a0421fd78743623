import { expect, it } from 'vitest';
import { limitedEmergencyPort } from '../../runtime/emergency-port.ts';

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
