/** A world for commands that keeps what they say. */
import type { Io, Stream } from '../../../runtime/cli/output.ts';

export interface FakeStream extends Stream {
  text: string;
}

export const fakeStream = (isTTY = false): FakeStream => ({
  text: '',
  isTTY,
  columns: 100,
  write(text: string) {
    this.text += text;
  },
});

export function fakeIo(environment: Record<string, string> = {}) {
  const stdout = fakeStream();
  const stderr = fakeStream();
  const stdin: Io['stdin'] = (async function* () {})();
  return { stdin, stdout, stderr, environment };
}
