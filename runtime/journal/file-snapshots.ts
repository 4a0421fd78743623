/** Tree snapshots as files beside the log. Their reader checks what they hold. */
import type { SnapshotStore } from '../../actors/ports.ts';
import { unavailable } from './failure.ts';
import { type Folder, hasCode, writeAll } from './file-system.ts';
import { listSnapshots, snapshotFile, unfinished } from './files.ts';

const CHUNK_BYTES = 64 * 1024;

export class FileSnapshots implements SnapshotStore {
  readonly #folder: Folder;

  constructor(folder: Folder) {
    this.#folder = folder;
  }

  list(): Promise<readonly number[]> {
    return listSnapshots(this.#folder);
  }

  async *read(seq: number): AsyncIterable<string> {
    const { dir, fs } = this.#folder;
    try {
      await using file = await fs.open(snapshotFile(dir, seq), 'r');
      const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      for (let at = 0; ; ) {
        const read = await file.read(chunk, 0, chunk.length, at);
        if (read === 0) break;
        at += read;
        yield decoder.decode(chunk.subarray(0, read), { stream: true });
      }
      const rest = decoder.decode();
      if (rest !== '') yield rest;
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw unavailable(dir, 'read', error);
    }
  }

  /** Written under another name and renamed once it is on the disk: it appears whole or not. */
  async write(seq: number, chunks: AsyncIterable<string>): Promise<void> {
    const { dir, fs } = this.#folder;
    const path = snapshotFile(dir, seq);
    try {
      await fs.rm(unfinished(path));
      {
        await using file = await fs.open(unfinished(path), 'wx', 0o600);
        let at = 0;
        for await (const chunk of chunks) {
          const bytes = Buffer.from(chunk);
          await writeAll(file, bytes, at);
          at += bytes.length;
        }
        await file.sync();
      }
      await fs.rename(unfinished(path), path);
      await fs.syncFolder(dir);
    } catch (error) {
      await fs.rm(unfinished(path)).catch(() => {});
      throw unavailable(dir, 'written', error);
    }
  }

  async remove(seq: number): Promise<void> {
    const { dir, fs } = this.#folder;
    await fs.rm(snapshotFile(dir, seq));
  }
}
