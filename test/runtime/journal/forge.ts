/** Journals on a disk in memory, and what somebody without the key can make of them. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { basename } from 'node:path';
import { GENESIS_HASH, sealBlock } from '../../../runtime/journal/chain.ts';
import { fileLog } from '../../../runtime/journal/file-log.ts';
import { type HeadRecord, renderSlot, SLOT_BYTES } from '../../../runtime/journal/head-file.ts';
import { Journal } from '../../../runtime/journal/journal.ts';
import { type VerifyOptions, verifyJournal } from '../../../runtime/journal/verify.ts';
import { FaultyDisk } from '../../support/faulty-disk.ts';
import { addBlocks, header } from './folders.ts';

export const dir = '/data/journal';
const keyFile = '/keys/signing.key';

/** The files of a folder by name. */
export type Files = ReadonlyMap<string, Buffer>;

export const newKey = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;

export const publicHalf = (pem: string): string =>
  createPublicKey(pem).export({ type: 'spki', format: 'pem' }) as string;

export function diskOf(files: Files, pem?: string): FaultyDisk {
  const disk = new FaultyDisk();
  disk.put(`${dir}/.`, Buffer.alloc(0));
  disk.put(`${dir}/.`, undefined);
  for (const [name, bytes] of files) disk.put(`${dir}/${name}`, bytes);
  if (pem !== undefined) disk.put(keyFile, Buffer.from(pem));
  return disk;
}

export function filesOf(disk: FaultyDisk): Files {
  const inside = [...disk.files].filter(([path]) => path.startsWith(`${dir}/`));
  return new Map(inside.map(([path, bytes]) => [basename(path), bytes]));
}

/** Writes a journal, or goes on with one: each life is a segment with `blockCount` blocks. */
export async function written(
  pem: string,
  lives: readonly number[],
  before: Files = new Map(),
  seed = 1,
): Promise<Files> {
  const disk = diskOf(before, pem);
  for (const blockCount of lives) {
    const log = fileLog(dir, { fileSystem: disk, signingKeyFile: keyFile });
    const journal = new Journal(log);
    const opened = await journal.open();
    if (opened.header === undefined) journal.begin({ ...header, seed });
    await journal.flush();
    await addBlocks(journal, opened.head.lastSeq, blockCount);
    await journal.close();
  }
  return filesOf(disk);
}

export const verified = (files: Files, options: VerifyOptions = {}) =>
  verifyJournal(dir, { fileSystem: diskOf(files), ...options });

export const linesIn = (bytes: Buffer): string[] => bytes.toString('utf8').split(/(?<=\n)/);

export const segmentNames = (files: Files): string[] =>
  [...files.keys()].filter((name) => name.startsWith('segment-')).sort();

/** A block as it lies in its file. */
export interface Place {
  readonly name: string;
  readonly segment: number;
  readonly block: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly startBytes: number;
  readonly endBytes: number;
}

export function placesIn(files: Files): Place[] {
  return segmentNames(files).flatMap((name, index) => {
    let startBytes = 0;
    let bytes = 0;
    return linesIn(files.get(name)!).flatMap((text) => {
      bytes += Buffer.byteLength(text);
      if (!text.startsWith('{"block":')) return [];
      const { block, first: firstSeq, last: lastSeq } = JSON.parse(text);
      const place = { name, segment: index + 1, block, firstSeq, lastSeq };
      const found = { ...place, startBytes, endBytes: bytes };
      startBytes = bytes;
      return [found];
    });
  });
}

/** Remakes the chain over changed lines, as far as that is possible without the key. */
export function resealed(
  files: Files,
  edit: (line: string) => string,
  { keepsCheckpoints = false } = {},
): Files {
  const forged = new Map(files);
  let hash = GENESIS_HASH;
  let bytes = 0;
  let head: Partial<HeadRecord> = {};
  for (const [index, name] of segmentNames(files).entries()) {
    const before = { hash, bytes };
    let text = '';
    let lines = '';
    for (const line of linesIn(files.get(name)!)) {
      if (!line.startsWith('{"block":')) {
        const isKept = keepsCheckpoints && line.includes('"checkpoint":');
        lines += isKept ? line : relinked(edit(line), hash, before.bytes);
        continue;
      }
      const { block, first, last, epoch } = JSON.parse(line);
      const sealed = sealBlock(hash, lines, { block, first, last, epoch });
      text += sealed.text;
      hash = sealed.hash;
      lines = '';
      head = { version: block, first, last, hash, segment: index + 1 };
    }
    forged.set(name, Buffer.from(text));
    bytes = Buffer.byteLength(text);
  }
  const slots = files.get('head.json')!.toString('latin1');
  const made = [slots.slice(0, SLOT_BYTES), slots.slice(SLOT_BYTES)].map((slot) =>
    renderSlot({ ...JSON.parse(slot), ...head, bytes }),
  );
  forged.set('head.json', Buffer.from(made.join('')));
  return forged;
}

/** Lines that name the chain before them name the new one. */
function relinked(text: string, hash: string, bytes: number): string {
  if (text === '' || !text.startsWith('{"format":')) return text;
  const line = JSON.parse(text);
  if ('checkpoint' in line) line.hash = hash;
  else if (line.previous) line.previous = { ...line.previous, bytes, hash };
  return `${JSON.stringify(line)}\n`;
}
