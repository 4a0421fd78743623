/** What the restarts of the process have added to a journal, taken out of it again. */
import assert from 'node:assert/strict';
import { Digest } from '../../runtime/engine/digest.ts';
import { type InputLine, isInput, isTurn, type TurnLine } from '../../runtime/journal/format.ts';
import type { ReadLine } from '../../runtime/journal/read.ts';

/**
 * The digest of the run that would have been without restarts: their entries are left out, those
 * behind them move up.
 */
export async function withoutResumes(lines: AsyncIterable<ReadLine>) {
  const digest = new Digest();
  const seqs = new Map<number, number>();
  let resumes = 0;
  let input: InputLine | undefined;
  for await (const line of lines) {
    if (isInput(line)) {
      input = line.kind === 'resume' ? undefined : line;
      if (input === undefined) resumes += 1;
      else seqs.set(input.seq, input.seq - resumes);
    } else if (isTurn(line) && input) {
      const cause = input.cause === undefined ? {} : { cause: seqs.get(input.cause) };
      const moved = { ...input, seq: seqs.get(input.seq), ...cause };
      const turn: TurnLine = { ...line, turn: input.seq - resumes };
      digest.add(`${JSON.stringify(moved)}\n${JSON.stringify(turn)}\n`);
    } else if (isTurn(line)) {
      assert.deepEqual(Object.keys(line), ['turn'], 'A restart changed something.');
    }
  }
  return { digestWithoutResumes: digest.value, resumes };
}
