/**
 * Large results, kept under the hash of their bytes: in a folder beside the journal, or in memory.
 *
 * The journal names a result by its hash, so a replay needs none of them: the oldest may go.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

export interface BlobStore {
  /** Whole under its hash once it resolves. Then the oldest go, as far as there are too many. */
  put(hash: string, bytes: Uint8Array): Promise<void>;
  /** Undefined when it is gone, or is not what its hash says. */
  get(hash: string): Promise<Uint8Array | undefined>;
}

/** SHA-256 in hex. */
export const hashOf = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

/** The bytes of numbers, without a copy. */
export const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);

/** Names of blobs with their sizes, the longest unused first. */
class Ledger {
  private readonly sizes = new Map<string, number>();
  private held = 0;

  /** It is the newest from now on. */
  put(name: string, bytes: number): void {
    this.drop(name);
    this.sizes.set(name, bytes);
    this.held += bytes;
  }

  private drop(name: string): void {
    this.held -= this.sizes.get(name) ?? 0;
    this.sizes.delete(name);
  }

  /** Takes those out that are too many, and tells their names. The newest always stays. */
  *excess(bytesMax: number): Generator<string> {
    for (const name of this.sizes.keys()) {
      if (this.held <= bytesMax || this.sizes.size === 1) return;
      this.drop(name);
      yield name;
    }
  }
}

/** @param bytesMax read anew at each `put`. */
export function memoryBlobs(bytesMax: () => number): BlobStore {
  const blobs = new Map<string, Uint8Array>();
  const ledger = new Ledger();
  return {
    async put(hash, bytes) {
      // The same hash, the same bytes.
      if (!blobs.has(hash)) blobs.set(hash, bytes.slice());
      ledger.put(hash, bytes.byteLength);
      for (const oldest of ledger.excess(bytesMax())) blobs.delete(oldest);
    },
    // Whoever changes what he is given changes nothing here.
    get: async (hash) => blobs.get(hash)?.slice(),
  };
}

const blobName = /^[0-9a-f]{64}\.bin$/;
const unfinishedName = /^[0-9a-f]{64}\.bin\.[0-9a-f-]{36}\.new$/;

/**
 * @param dir made when it is missing; only its owner may look inside. It is read once: nobody else
 * writes there.
 * @param bytesMax read anew at each `put`.
 */
export function fileBlobs(dir: string, bytesMax: () => number): BlobStore {
  const fileOf = (hash: string) => join(dir, `${hash}.bin`);
  let ledger: Ledger | undefined;
  /** One at a time: two could each remove what the other counts. */
  let busy: Promise<void> = Promise.resolve();
  return {
    put(hash, bytes) {
      const file = fileOf(hash);
      const written = busy.then(async () => {
        await mkdir(dir, { recursive: true, mode: 0o700 });
        ledger ??= await ledgerOf(dir);
        await write(file, bytes);
        ledger.put(file, bytes.byteLength);
        for (const oldest of ledger.excess(bytesMax())) await rm(oldest, { force: true });
      });
      busy = written.catch(() => {});
      return written;
    },
    async get(hash) {
      const bytes = await readFile(fileOf(hash)).catch(() => undefined);
      return bytes && hashOf(bytes) === hash ? new Uint8Array(bytes) : undefined;
    },
  };
}

/** What earlier processes left; what one was writing when it ended is removed. */
async function ledgerOf(dir: string): Promise<Ledger> {
  const names = await readdir(dir);
  for (const name of names) {
    if (unfinishedName.test(name)) await rm(join(dir, name), { force: true });
  }
  const files = await Promise.all(
    names
      .filter((name) => blobName.test(name))
      .map(async (name) => {
        const file = join(dir, name);
        const { size, mtimeMs } = await stat(file);
        return { file, size, mtimeMs };
      }),
  );
  const ledger = new Ledger();
  for (const { file, size } of files.toSorted((a, b) => a.mtimeMs - b.mtimeMs)) {
    ledger.put(file, size);
  }
  return ledger;
}

/** A file that is there is whole: it gets its name when it is on the disk. */
async function write(file: string, bytes: Uint8Array): Promise<void> {
  const now = new Date();
  const isThere = await stat(file).then(
    ({ size }) => size === bytes.byteLength,
    () => false,
  );
  if (isThere) return utimes(file, now, now);
  const unfinished = `${file}.${randomUUID()}.new`;
  const handle = await open(unfinished, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, file);
}
