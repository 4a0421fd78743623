/**
 * `head.json`: where the log ended at its last commit, so that a log that was cut is noticed.
 *
 * Two slots of a fixed width are written in turn, in place: a crash can spoil only the slot that
 * was being written, and the other still tells the commit before. Each is one disk sector. A commit
 * does not wait for the head to reach the disk: the log is synced first, so that a head can lag
 * behind the log after a power failure, which costs nothing, but can never be ahead of it.
 */
import { hash } from 'node:crypto';
import { FORMAT } from './format.ts';

export const HEAD_FILE = 'head.json';
export const SLOT_BYTES = 512;
export const HEAD_BYTES = 2 * SLOT_BYTES;

/** What one slot says of the log. */
export interface HeadRecord {
  /** Counts the writes of the head; the higher slot is the newer, and slot = write modulo 2. */
  readonly write: number;
  /** Number of the last block; 0 when there is none. */
  readonly version: number;
  /** First and last seq of that block. */
  readonly first: number;
  readonly last: number;
  readonly hash: string;
  /** Epoch of the writer. */
  readonly epoch: number;
  /** The segment that the block lies in, and where it ends there. */
  readonly segment: number;
  readonly bytes: number;
  /** The writer has ended cleanly: nothing may follow until the next start. */
  readonly closed: boolean;
  /** Id of the key that signs. */
  readonly key: string;
}

export interface SignedHead extends HeadRecord {
  /** Ed25519 over `headText`, base64. */
  readonly signature: string;
}

/** What both slots say together. */
export interface HeadFile {
  /** The newest slot that can be read. */
  readonly newest: SignedHead | undefined;
  /** Slots, or bytes beyond them, that are not as a writer leaves them. */
  readonly brokenCount: number;
}

const checkSum = (text: string): string => hash('sha256', text, 'hex').slice(0, 16);

/** The text that the signature of a head is over. */
export function headText(head: HeadRecord): string {
  const { write, version, first, last, epoch, segment, bytes, closed, key } = head;
  return (
    `{"format":${FORMAT},"write":${write},"version":${version},"first":${first},"last":${last},` +
    `"hash":"${head.hash}","epoch":${epoch},"segment":${segment},"bytes":${bytes},` +
    `"closed":${closed},"key":"${key}"`
  );
}

/** One slot: a JSON line, padded with spaces to its width. */
export function renderSlot(head: SignedHead): string {
  const text = `${headText(head)},"signature":"${head.signature}"`;
  const line = `${text},"sum":"${checkSum(text)}"}`;
  if (line.length >= SLOT_BYTES) throw new RangeError(`Head of the journal is too long: ${line}`);
  return `${line.padEnd(SLOT_BYTES - 1)}\n`;
}

/** Where the slot of this write starts in the file. */
export const slotOffset = (write: number): number => (write % 2) * SLOT_BYTES;

/**
 * A head that is made as a whole, as writes `write` and `write + 1` of the same end: both slots are
 * always filled, so that a blank one never passes for a slot that was not written yet.
 */
export function wholeHead(write: number, sign: (write: number) => SignedHead): string {
  const slots = [renderSlot(sign(write)), renderSlot(sign(write + 1))];
  return (write % 2 === 0 ? slots : slots.reverse()).join('');
}

/** Valid only when rendering it again gives the same bytes: so every byte counts, padding too. */
function parseSlot(text: string, slot: number): SignedHead | undefined {
  try {
    const head = JSON.parse(text) as SignedHead;
    return renderSlot(head) === text && head.write % 2 === slot ? head : undefined;
  } catch {
    return undefined;
  }
}

/** Reads both slots from the bytes of the file, as latin1 text. */
export function parseHead(text: string): HeadFile {
  const texts = [text.slice(0, SLOT_BYTES), text.slice(SLOT_BYTES, HEAD_BYTES)] as const;
  const records = texts.map(parseSlot);
  const valid = records.filter((record) => record !== undefined);
  const newest = valid.sort((a, b) => b.write - a.write)[0];
  const brokenSlots = 2 - valid.length;
  return { newest, brokenCount: brokenSlots + (text.length > HEAD_BYTES ? 1 : 0) };
}
