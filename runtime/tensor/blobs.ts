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

/** @param bytesMax read anew at each `put`. The newest blob always stays. */
export function memoryBlobs(bytesMax: () => number): BlobStore {
  const blobs = new Map<string, Uint8Array>();
  let held = 0;
  const drop = (hash: string) => {
    held -= blobs.get(hash)?.byteLength ?? 0;
    blobs.delete(hash);
  };
  return {
    async put(hash, bytes) {
      drop(hash);
      blobs.set(hash, bytes.slice());
      held += bytes.byteLength;
      for (const oldest of [...blobs.keys()].slice(0, -1)) {
        if (held <= bytesMax()) break;
        drop(oldest);
      }
    },
    get: async (hash) => blobs.get(hash),
  };
}

const blobName = /^[0-9a-f]{64}\.bin$/;

/** @param dir made when it is missing; only its owner may look inside. */
export function fileBlobs(dir: string, bytesMax: () => number): BlobStore {
  const fileOf = (hash: string) => join(dir, `${hash}.bin`);
  /** One at a time: two could each remove what the other counts. */
  let busy: Promise<void> = Promise.resolve();
  return {
    put(hash, bytes) {
      const written = busy.then(async () => {
        await mkdir(dir, { recursive: true, mode: 0o700 });
        await write(fileOf(hash), bytes);
        await removeOldest(dir, bytesMax(), fileOf(hash));
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

async function removeOldest(dir: string, bytesMax: number, kept: string): Promise<void> {
  const names = (await readdir(dir)).filter((name) => blobName.test(name));
  const files = await Promise.all(
    names.map(async (name) => {
      const file = join(dir, name);
      const { size, mtimeMs } = await stat(file);
      return { file, size, mtimeMs };
    }),
  );
  let held = files.reduce((sum, { size }) => sum + size, 0);
  for (const { file, size } of files.toSorted((a, b) => a.mtimeMs - b.mtimeMs)) {
    if (held <= bytesMax) return;
    if (file === kept) continue;
    await rm(file, { force: true });
    held -= size;
  }
}
