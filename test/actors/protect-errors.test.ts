import { expect, it } from 'vitest';
import { CallTimeoutError, ConfigInvalidError } from '../../actors/errors.ts';
import { isRetryableError, retryAfterMsOf } from '../../actors/protect-errors.ts';

it('takes what says so itself, and failures of a network, for passing', () => {
  const fetchFailed = new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } });
  const passing = [
    new CallTimeoutError('quotes', 1),
    Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
    Object.assign(new Error('timeout'), { code: 'UND_ERR_CONNECT_TIMEOUT' }),
    { retryable: true },
    fetchFailed,
  ];
  expect(passing.filter((error) => !isRetryableError(error))).toEqual([]);
  const final = [
    new ConfigInvalidError([]),
    new TypeError('x is not a function'),
    new RangeError('invalid'),
    new Error('something'),
    Object.assign(new Error('missing'), { code: 'ENOENT' }),
    { code: 'ECONNRESET', retryable: false },
    { retryable: 1 },
    undefined,
    null,
    'ECONNRESET',
  ];
  expect(final.filter(isRetryableError)).toEqual([]);
});

it('reads a pause only where there is one', () => {
  const asked = [{ retryAfterMs: 5 }, { retryAfterMs: Number.POSITIVE_INFINITY }];
  expect(asked.map(retryAfterMsOf)).toEqual([5, Number.POSITIVE_INFINITY]);
  const odd = [-1, Number.NaN, '5', undefined].map((retryAfterMs) => ({ retryAfterMs }));
  expect([...odd, null, undefined, 'no'].map(retryAfterMsOf)).toEqual([0, 0, 0, 0, 0, 0, 0]);
});
