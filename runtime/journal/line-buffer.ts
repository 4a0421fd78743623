/** Lines that wait for their commit, in groups: each group becomes one block. */
import type { JournalSettings } from '../../config/journal.ts';

/** Lines that are committed together. */
export interface Group {
  readonly text: string;
  readonly bytes: number;
  readonly entryCount: number;
  /** Calls of `add` that it came from. */
  readonly appendCount: number;
}

/**
 * While a commit is under way its successor may grow to this many times the size that makes a
 * commit due: larger groups are cheaper. Beyond it a new group starts, because a reader holds a
 * block whole.
 */
const growthMax = 16;

export class LineBuffer {
  readonly #entryCountMax: number;
  readonly #bytesMax: number;
  readonly #full: Group[] = [];
  #text = '';
  #bytes = 0;
  #entryCount = 0;
  #appendCount = 0;
  #backlogBytes = 0;

  constructor(limits: Pick<JournalSettings, 'blockEntryCountMax' | 'blockBytesMax'>) {
    this.#entryCountMax = limits.blockEntryCountMax;
    this.#bytesMax = limits.blockBytesMax;
  }

  /** Bytes added and not yet forgotten. */
  get backlogBytes(): number {
    return this.#backlogBytes;
  }

  /** Groups that `take` will return. */
  get groupCount(): number {
    return this.#full.length + (this.#appendCount > 0 ? 1 : 0);
  }

  /** Adds complete lines; true when a commit is due because of the size. */
  add(text: string, isEntry: boolean): boolean {
    const bytes = Buffer.byteLength(text);
    if (this.#appendCount > 0 && this.#bytes + bytes > this.#bytesMax * growthMax)
      this.#closeGroup();
    this.#text += text;
    this.#bytes += bytes;
    this.#backlogBytes += bytes;
    this.#appendCount += 1;
    if (isEntry) this.#entryCount += 1;
    return this.#entryCount >= this.#entryCountMax || this.#bytes >= this.#bytesMax;
  }

  #closeGroup(): void {
    this.#full.push({
      text: this.#text,
      bytes: this.#bytes,
      entryCount: this.#entryCount,
      appendCount: this.#appendCount,
    });
    this.#text = '';
    this.#bytes = 0;
    this.#entryCount = 0;
    this.#appendCount = 0;
  }

  /** Takes the oldest group out; it still counts as backlog until it is forgotten. */
  take(): Group | undefined {
    if (this.#full.length === 0 && this.#appendCount > 0) this.#closeGroup();
    return this.#full.shift();
  }

  /** The group is durable. */
  forget(group: Group): void {
    this.#backlogBytes -= group.bytes;
  }
}
