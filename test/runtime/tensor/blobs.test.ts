import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type BlobStore,
  bytesOf,
  fileBlobs,
  hashOf,
  memoryBlobs,
} from '../../../runtime/tensor/blobs.ts';

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'kintsugi-blobs-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  return join(dir, 'blobs');
}

const stores: [string, (bytesMax: number) => Promise<BlobStore>][] = [
  ['memory', async (bytesMax) => memoryBlobs(() => bytesMax)],
  ['a folder', async (bytesMax) => fileBlobs(await folder(), () => bytesMax)],
];
const blob = (fill: number) => new Uint8Array(10).fill(fill);
const put = async (store: BlobStore, bytes: Uint8Array) => {
  const hash = hashOf(bytes);
  await store.put(hash, bytes);
  return hash;
};

describe.each(stores)('blobs in %s', (_, open) => {
  it('are found under their hash, as they were put', async () => {
    const store = await open(100);
    const bytes = blob(1);
    const hash = await put(store, bytes);
    bytes.fill(9);
    const found = await store.get(hash);
    expect(found).toEqual(blob(1));
    found!.fill(9);
    expect(await store.get(hash)).toEqual(blob(1));
    expect(await store.get(hashOf(blob(2)))).toBeUndefined();
  });

  it('are there once, however often they are put', async () => {
    const store = await open(20);
    const [first] = [
      await put(store, blob(1)),
      await put(store, blob(2)),
      await put(store, blob(1)),
    ];
    await put(store, blob(1));
    expect(await store.get(first!)).toEqual(blob(1));
    expect(await store.get(hashOf(blob(2)))).toEqual(blob(2));
  });

  it('keep the newest even when it alone is too large', async () => {
    const store = await open(5);
    await put(store, blob(1));
    const hash = await put(store, blob(2));
    expect(await store.get(hash)).toEqual(blob(2));
    expect(await store.get(hashOf(blob(1)))).toBeUndefined();
  });
});

describe('blobs in memory', () => {
  it('make place for new ones, the oldest first', async () => {
    const store = memoryBlobs(() => 20);
    for (const fill of [1, 2, 1, 3]) await put(store, blob(fill));
    const found = await Promise.all([1, 2, 3].map((fill) => store.get(hashOf(blob(fill)))));
    expect(found.map((bytes) => bytes?.[0])).toEqual([1, undefined, 3]);
  });
});

describe('blobs in a folder', () => {
  it('make place for new ones, the longest unused first, and leave other files alone', async () => {
    const dir = await folder();
    const before = fileBlobs(dir, () => 30);
    const fills = [1, 2, 4];
    const [old, used, late] = await Promise.all(fills.map((fill) => put(before, blob(fill))));
    await writeFile(join(dir, 'notes.txt'), 'not a blob');
    for (const [second, hash] of [used, late, old].entries()) {
      await utimes(join(dir, `${hash}.bin`), second + 1, second + 1);
    }
    // Another process finds them by their times.
    const store = fileBlobs(dir, () => 20);
    await put(store, blob(2));
    expect(await Promise.all([late, old].map((hash) => store.get(hash!)))).toEqual([
      undefined,
      blob(1),
    ]);
    await put(store, blob(3));
    const names = (await readdir(dir)).toSorted();
    expect(names).toEqual([`${used}.bin`, `${hashOf(blob(3))}.bin`, 'notes.txt'].toSorted());
  });

  it('are rid of what a process was writing when it ended', async () => {
    const dir = await folder();
    const hash = await put(
      fileBlobs(dir, () => 100),
      blob(1),
    );
    await writeFile(join(dir, `${hash}.bin.${randomUUID()}.new`), blob(1).subarray(5));
    await put(
      fileBlobs(dir, () => 100),
      blob(1),
    );
    expect(await readdir(dir)).toEqual([`${hash}.bin`]);
  });

  it('are for their owner only, and a changed one is none', async () => {
    const dir = await folder();
    const store = fileBlobs(dir, () => 100);
    const hash = await put(store, blob(1));
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    expect((await stat(join(dir, `${hash}.bin`))).mode & 0o777).toBe(0o600);
    await writeFile(join(dir, `${hash}.bin`), blob(7));
    expect(await store.get(hash)).toBeUndefined();
  });

  it('say why one cannot be written, and take the next', async () => {
    const dir = await folder();
    await writeFile(dir, 'a file in the way');
    const store = fileBlobs(dir, () => 100);
    await expect(put(store, blob(1))).rejects.toThrow();
    await rm(dir);
    const hash = await put(store, blob(1));
    expect(await store.get(hash)).toEqual(blob(1));
  });

  it('are the bytes of exactly the numbers that are seen', () => {
    const all = new Float64Array([1, 2, 3]);
    expect(bytesOf(all.subarray(1, 2))).toHaveLength(8);
    expect(new Float64Array(bytesOf(all.subarray(1, 2)).slice().buffer)[0]).toBe(2);
  });
});
