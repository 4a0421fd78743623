/** One recorded journal that people upload: a private folder until it is closed. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { appendFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KintsugiError } from '../../actors/errors.ts';
import { Refusal } from '../http/problem.ts';
import { headFile, segmentFile } from '../journal/files.ts';
import { headlessLog } from '../journal/headless-log.ts';
import { Hub, type HubOptions } from './hub.ts';
import { openRecorded, type RecordedOptions, type RecordedSource } from './recorded-source.ts';

/** Said of segments that came without `head.json`. */
const HEADLESS = 'It came without head.json: its chain is whole, a cut end would not be noticed.';

export class Recording {
  readonly id = randomBytes(12).toString('base64url');
  /** Bytes of all files. */
  bytes = 0;
  hub: Hub | undefined;
  source: RecordedSource | undefined;
  /** Only its owner can look inside. */
  private readonly dir = mkdtempSync(join(tmpdir(), 'kintsugi-recording-'));
  private readonly sizes = new Map<string, number>();
  private readonly ended = new AbortController();
  private writing: Promise<void> = Promise.resolve();
  private opening: Promise<RecordedSource> | undefined;
  private isBroken = false;

  get fileCount(): number {
    return this.sizes.size;
  }

  get state(): 'filling' | 'opening' | 'open' | 'failed' {
    if (this.source) return 'open';
    if (this.isBroken) return 'failed';
    return this.opening ? 'opening' : 'filling';
  }

  sizeOf(name: string): number | undefined {
    return this.sizes.get(name);
  }

  /** Behind all that was appended before. The name is one that a journal folder can hold. */
  append(name: string, piece: Uint8Array): Promise<void> {
    this.sizes.set(name, (this.sizes.get(name) ?? 0) + piece.length);
    this.bytes += piece.length;
    const write = () => appendFile(join(this.dir, name), piece, { mode: 0o600 });
    this.writing = this.writing.then(write);
    return this.writing;
  }

  /**
   * The same promise for everyone. What cannot be opened is told, and its files are removed.
   *
   * @throws {Refusal} when it is no journal, or a damaged one.
   */
  open(options: RecordedOptions, hub: Omit<HubOptions, 'source'> = {}): Promise<RecordedSource> {
    this.opening ??= this.opened(options, hub);
    // Whoever asks hears of it; nobody has to ask.
    this.opening.catch(() => {});
    return this.opening;
  }

  private async opened(options: RecordedOptions, hub: Omit<HubOptions, 'source'>) {
    try {
      await this.writing;
      const journal = this.journal();
      const source = await openRecorded(journal, { ...options, signal: this.ended.signal });
      this.ended.signal.throwIfAborted();
      this.source = source;
      this.hub = new Hub({ ...hub, source });
      return source;
    } catch (error) {
      this.isBroken = true;
      this.bytes = 0;
      await this.remove();
      throw this.refusalOf(error);
    }
  }

  /** What is to be said of it besides what it holds. */
  get note(): string | undefined {
    const why = this.source?.why;
    const turns = why === undefined ? undefined : `Only its recorded turns are shown. ${why}`;
    const notes = [turns, this.hasHead ? undefined : HEADLESS].filter((one) => one !== undefined);
    return notes.length === 0 ? undefined : notes.join(' ').replaceAll(`${this.dir}/`, '');
  }

  private get hasHead(): boolean {
    return this.sizes.has(headFile(''));
  }

  private journal() {
    const first = segmentFile('', 1);
    if (!this.sizes.has(first)) {
      throw new Refusal(422, 'NO_JOURNAL', `A journal begins with '${first}': it is not here.`);
    }
    return this.hasHead ? this.dir : headlessLog(this.dir);
  }

  /** Where it lies is nobody's business, and no way out. */
  private refusalOf(error: unknown): unknown {
    if (this.ended.signal.aborted) return this.ended.signal.reason;
    if (!(error instanceof KintsugiError)) return error;
    return new Refusal(422, error.code, error.message.replaceAll(`${this.dir}/`, ''));
  }

  /** Ends with everybody who looks at it. Idempotent. */
  async close(why: string): Promise<void> {
    this.ended.abort(new Refusal(404, 'NO_RECORDING', why));
    this.hub?.close(why);
    await this.writing.catch(() => {});
    await this.remove();
  }

  private remove(): Promise<void> {
    return rm(this.dir, { recursive: true, force: true });
  }
}
