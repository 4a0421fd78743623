/** Events that nobody took, kept for inspection; how many there were is counted elsewhere. */
import type { DeadLetter } from './engine/engine.ts';

const KEPT_COUNT_MAX = 1_000;

export class DeadLetters {
  private readonly letters: DeadLetter[] = [];

  keep(letter: DeadLetter): void {
    this.letters.push(letter);
    if (this.letters.length > KEPT_COUNT_MAX) this.letters.shift();
  }

  /** The newest last. */
  get kept(): readonly DeadLetter[] {
    return this.letters;
  }
}
