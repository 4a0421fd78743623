/**
 * Recorded journals that people upload to look at them: few, bounded, in private temporary folders
 * that go when they are closed, make room for another, or the server stops.
 */
import type { Logger } from 'pino';
import { Refusal } from '../http/problem.ts';
import { isJournalFile } from '../journal/files.ts';
import type { Hub } from './hub.ts';
import type { RecordedOptions, RecordedSource } from './recorded-source.ts';
import { Recording } from './recording.ts';

const COUNT_MAX = 2;
/** Of one recording. */
const FILES_MAX = 1_000;

export interface RecordingsOptions
  extends Pick<RecordedOptions, 'tree' | 'allowChanged' | 'nameable'> {
  /** Specifications of actors that were started by `spawn`; asked when a recording is opened. */
  readonly children?: () => NonNullable<RecordedOptions['children']>;
  /** Bytes of all of them together; 0: none are taken. */
  readonly bytesMax: number;
  readonly logger?: Logger | undefined;
  /** Told of files that no journal has, as other refusals are. */
  readonly refused?: ((code: string) => void) | undefined;
}

/** A recording as it is told of. */
export interface RecordingView {
  readonly id: string;
  readonly state: Recording['state'];
  readonly bytes: number;
}

export class Recordings {
  private readonly options: RecordingsOptions;
  /** The oldest first. */
  private readonly held = new Map<string, Recording>();
  private isClosed = false;

  constructor(options: RecordingsOptions) {
    this.options = options;
  }

  /**
   * Makes room for a recording, in place of the oldest that nobody looks at.
   *
   * @returns its id.
   * @throws {Refusal} when all are looked at, or none are taken.
   */
  async begin(): Promise<string> {
    if (this.options.bytesMax === 0 || this.isClosed) {
      const text = "No recordings are taken here: 'http.recordingBytesMax' is 0.";
      throw new Refusal(403, 'RECORDINGS_REFUSED', text);
    }
    // The place is taken at once: others may begin meanwhile.
    const gone = this.held.size >= COUNT_MAX ? this.makeRoom() : undefined;
    const recording = new Recording();
    this.held.set(recording.id, recording);
    await gone;
    return recording.id;
  }

  private makeRoom(): Promise<void> {
    const oldest = this.list().find(({ id }) => !this.hub(id)?.listenerCount);
    if (oldest) return this.close(oldest.id, 'Another recording took its place.');
    const text = `${COUNT_MAX} recordings are being looked at: close one of them first.`;
    throw new Refusal(409, 'TOO_MANY_RECORDINGS', text);
  }

  /** Takes it from those that nobody looks at; one that is being filled is somebody's. */
  private roomFor(bytes: number, id: string): Promise<unknown> {
    const { bytesMax } = this.options;
    const isOver = () => this.bytes + bytes > bytesMax;
    const gone: Promise<void>[] = [];
    for (const one of this.list()) {
      if (!isOver()) break;
      const isIdle = one.id !== id && one.state === 'open' && !this.hub(one.id)?.listenerCount;
      if (isIdle) gone.push(this.close(one.id, 'Another recording took its place.'));
    }
    if (!isOver()) return Promise.all(gone);
    const text = `Recordings take at most ${bytesMax} bytes in all ('http.recordingBytesMax').`;
    throw new Refusal(413, 'TOO_LARGE', text);
  }

  /**
   * Adds a piece to the end of a file.
   *
   * @param offset where the piece begins: the bytes that the file has.
   * @returns the bytes that it has now.
   * @throws {Refusal} when it does not belong there, or is too much.
   */
  async put(id: string, name: string, offset: number, piece: Uint8Array): Promise<number> {
    const recording = this.at(id);
    this.check(recording, name, offset);
    const gone = this.roomFor(piece.length, id);
    try {
      await recording.append(name, piece);
      await gone;
    } catch (error) {
      await this.close(id, 'It could not be kept.');
      const { code } = error as NodeJS.ErrnoException;
      throw new Refusal(503, 'NOT_KEPT', `The file cannot be kept here (${code}).`);
    }
    return offset + piece.length;
  }

  private check(recording: Recording, name: string, offset: number): void {
    if (!isJournalFile(name)) {
      this.options.refused?.('NAME_REFUSED');
      const text =
        'A journal has segments, snapshots, head.json and public-key.pem: no other file.';
      throw new Refusal(400, 'NAME_REFUSED', text);
    }
    if (recording.state !== 'filling') {
      throw new Refusal(409, 'RECORDING_OPEN', 'It is open: nothing is added any more.');
    }
    const size = recording.sizeOf(name);
    if (offset !== (size ?? 0)) {
      const text = `'${name}' has ${size ?? 0} bytes here: its next piece begins there.`;
      throw new Refusal(409, 'OUT_OF_PLACE', text);
    }
    if (size === undefined && recording.fileCount >= FILES_MAX) {
      throw new Refusal(413, 'TOO_LARGE', `A recording has at most ${FILES_MAX} files.`);
    }
  }

  private get bytes(): number {
    return this.list().reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Opens what was uploaded. Once more: the same answer.
   *
   * @throws {Refusal} when it is no journal, or a damaged one: in its own words.
   */
  async open(id: string): Promise<RecordedSource> {
    const recording = this.at(id);
    const { tree, children, allowChanged, nameable, logger } = this.options;
    const isFirst = recording.state === 'filling';
    const known = {
      ...(tree && { tree }),
      ...(children && { children: children() }),
      ...{ allowChanged: allowChanged === true, nameable: nameable === true },
    };
    const source = await recording.open(known, { logger });
    if (isFirst) logger?.info({ run: source.run.id }, 'a recorded journal was opened in the page');
    return source;
  }

  /** What is to be said of a recording besides what it holds. */
  note(id: string): string | undefined {
    return this.at(id).note;
  }

  /** @throws {Refusal} when there is no such recording, or it is not open yet. */
  source(id: string): RecordedSource {
    const { source } = this.at(id);
    if (source) return source;
    throw new Refusal(409, 'RECORDING_NOT_OPEN', 'It has not been opened yet.');
  }

  /** Who tells viewers of a recording; undefined when there is none to see. */
  hub(id: string): Hub | undefined {
    return this.held.get(id)?.hub;
  }

  /** The oldest first. */
  list(): readonly RecordingView[] {
    return [...this.held.values()].map(({ id, state, bytes }) => ({ id, state, bytes }));
  }

  /** @throws {Refusal} when there is no such recording. */
  async close(id: string, why = 'The recording was closed.'): Promise<void> {
    const recording = this.at(id);
    this.held.delete(id);
    await recording.close(why);
  }

  /** No more are taken. Idempotent. */
  async end(): Promise<void> {
    this.isClosed = true;
    await Promise.all(this.list().map(({ id }) => this.close(id, 'The server stops.')));
  }

  private at(id: string): Recording {
    const recording = this.held.get(id);
    if (recording) return recording;
    const text = 'This recording is not here any more: it was closed, or made room for another.';
    throw new Refusal(404, 'NO_RECORDING', text);
  }
}
