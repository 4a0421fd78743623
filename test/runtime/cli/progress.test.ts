import { describe, expect, it } from 'vitest';
import { createProgress } from '../../../runtime/cli/progress.ts';
import { fakeStream } from './fake-io.ts';

function shown(isTTY: boolean, upToMs: number, total?: number) {
  let nowMs = 1_000_000;
  const stream = fakeStream(isTTY);
  const options = { label: 'replaying', noun: 'entries', now: () => nowMs, stream };
  const progress = createProgress(total === undefined ? options : { ...options, total });
  for (; nowMs <= 1_000_000 + upToMs; nowMs += 10) progress.update((nowMs - 1_000_000) / 10);
  return { progress, stream };
}

describe('createProgress', () => {
  it('shows nothing of work under a second', () => {
    const { progress, stream } = shown(true, 990);
    progress.finish();
    expect(stream.text).toBe('');
  });

  it('rewrites one line of a terminal, and clears it at the end', () => {
    const { progress, stream } = shown(true, 1_100, 200);
    const writes = stream.text.split('\r\u001B[2K').slice(1);
    expect(writes).toEqual([
      'replaying [############............] 50 %: 100 of 200 entries, 1 s',
      'replaying [#############...........] 55 %: 110 of 200 entries, 1 s',
    ]);
    progress.finish();
    progress.finish();
    expect(stream.text.endsWith(' s\r\u001B[2K')).toBe(true);
    expect(stream.text).not.toContain('\n');
  });

  it('writes a line every five seconds elsewhere', () => {
    const { progress, stream } = shown(false, 14_000);
    progress.finish();
    expect(stream.text).toBe('replaying: 500 entries, 5 s\nreplaying: 1000 entries, 10 s\n');
  });

  it('never shows more than everything', () => {
    expect(shown(false, 5_000, 100).stream.text).toContain('100 %: 500 of 100 entries');
  });
});
