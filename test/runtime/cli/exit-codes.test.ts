import { describe, expect, it } from 'vitest';
import {
  ConfigInvalidError,
  JournalCorruptError,
  JournalUnavailableError,
  KintsugiError,
  ReplayDivergedError,
} from '../../../actors/errors.ts';
import { exitCodeOf } from '../../../runtime/cli/exit-codes.ts';

class FeedInvalidError extends KintsugiError {
  readonly code = 'FEED_INVALID';
  readonly retryable = false;
}

describe('exitCodeOf', () => {
  it('is 2 for settings and feeds that cannot be used', () => {
    expect(exitCodeOf(new ConfigInvalidError([]), 'run')).toBe(2);
    expect(exitCodeOf(new FeedInvalidError('no good line'), 'run')).toBe(2);
  });

  it('is 3 for a journal that cannot be opened', () => {
    expect(exitCodeOf(new JournalUnavailableError('x'), 'verify')).toBe(3);
  });

  it('is 1 for damage when the journal itself was asked about, else 3', () => {
    const where = { file: 'f', block: 1, firstSeq: 1, lastSeq: 2 };
    const code = (command: string) => exitCodeOf(new JournalCorruptError('x', where), command);
    expect(['verify', 'replay', 'tree', 'tail', 'export'].map(code)).toEqual([1, 1, 1, 1, 1]);
    expect(code('run')).toBe(3);
  });

  it('is 1 for other expected errors and 70 for ours', () => {
    expect(exitCodeOf(new ReplayDivergedError('x', 1, '/a', 1, 2), 'replay')).toBe(1);
    expect(exitCodeOf(new TypeError('x'), 'run')).toBe(70);
  });
});
