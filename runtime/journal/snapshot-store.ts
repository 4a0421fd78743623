/** Tree snapshots in memory, for tests; and what a snapshot's text is checked by. */
import type { SnapshotStore } from '../../actors/ports.ts';

class MemorySnapshots implements SnapshotStore {
  readonly #texts = new Map<number, string>();

  async list(): Promise<readonly number[]> {
    return [...this.#texts.keys()].sort((a, b) => b - a);
  }

  async *read(seq: number): AsyncIterable<string> {
    const text = this.#texts.get(seq);
    if (text !== undefined) yield text;
  }

  async write(seq: number, chunks: AsyncIterable<string>): Promise<void> {
    let text = '';
    for await (const chunk of chunks) text += chunk;
    this.#texts.set(seq, text);
  }

  async remove(seq: number): Promise<void> {
    this.#texts.delete(seq);
  }
}

/** Snapshots that live as long as the object. */
export const memorySnapshots = (): SnapshotStore => new MemorySnapshots();
