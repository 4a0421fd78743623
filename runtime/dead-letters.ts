/** Events that nobody took, kept for inspection; how many there were is counted elsewhere. */
import type { DeadLetter } from './engine/engine.ts';
import type { RunLog } from './run-log.ts';

const KEPT_COUNT_MAX = 1_000;

export class DeadLetters {
  private readonly letters: DeadLetter[] = [];

  /** @param log where a live runtime tells of it. */
  keep(letter: DeadLetter, log: Pick<RunLog, 'deadLetter'> | undefined): void {
    log?.deadLetter(letter);
    this.letters.push(letter);
    if (this.letters.length > KEPT_COUNT_MAX) this.letters.shift();
  }

  /** The newest last. */
  get kept(): readonly DeadLetter[] {
    return this.letters;
  }
}
