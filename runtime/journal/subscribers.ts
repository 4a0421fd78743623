/** Tells subscribers of a log about its new blocks. */
import type { LogBlock } from '../../actors/ports.ts';

export class Subscribers {
  readonly #listeners = new Set<{ readonly onBlock: (block: LogBlock) => void }>();

  add(onBlock: (block: LogBlock) => void): () => void {
    const listener = { onBlock };
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** A listener that throws is the listener's fault: it must not look like a failed commit. */
  tell(block: LogBlock): void {
    for (const { onBlock } of this.#listeners) {
      try {
        onBlock(block);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
