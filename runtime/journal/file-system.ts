/**
 * The few calls of a file system that a journal makes, so that tests can give it a disk that fails.
 *
 * Two of them answer at once instead of later: they stand in the path of every commit, and a
 * thread for so little would cost more than the call.
 */
import { fstatSync, writeSync } from 'node:fs';
import {
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
} from 'node:fs/promises';

/** A file that is open. Whoever opened it closes it. */
export interface OpenFile extends AsyncDisposable {
  /** Reads up to `length` bytes into `into` at `offset`; tells how many came, 0 at the end. */
  read(into: Uint8Array, offset: number, length: number, position: number): Promise<number>;
  /** Writes bytes from `offset` on; tells how many were taken, which may be fewer. */
  write(bytes: Uint8Array, offset: number, position: number): Promise<number>;
  /** Writes a short text in place, at once. */
  writeNow(text: string, position: number): void;
  truncate(length: number): Promise<void>;
  /** Brings the content to the disk. */
  datasync(): Promise<void>;
  /** Brings content and times to the disk. */
  sync(): Promise<void>;
  /** Length, and under how many names it can be found; at once. */
  stat(): { readonly size: number; readonly linkCount: number };
  close(): Promise<void>;
}

/** Errors are those of Node, with its `code`. */
export interface FileSystem {
  /** `wx` makes a file and fails when the name is taken; `r+` writes in place. */
  open(path: string, flags: 'r' | 'r+' | 'wx', mode?: number): Promise<OpenFile>;
  readFile(path: string): Promise<Buffer>;
  stat(path: string): Promise<{ readonly size: number; readonly mode: number }>;
  /** Names in a folder, in no order. */
  readdir(path: string): Promise<readonly string[]>;
  /** Makes missing parents too when `recursive`; tells the first folder that it has made. */
  mkdir(
    path: string,
    options: { readonly mode: number; readonly recursive: boolean },
  ): Promise<string | undefined>;
  rename(from: string, to: string): Promise<void>;
  /** A second name for a file; fails when the name is taken. */
  link(existing: string, name: string): Promise<void>;
  /** Harmless when there is no such file. */
  rm(path: string): Promise<void>;
  /** Makes names that were added to a folder, or taken away, outlive a power failure. */
  syncFolder(path: string): Promise<void>;
}

class NodeFile implements OpenFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async read(into: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    return (await this.#handle.read(into, offset, length, position)).bytesRead;
  }

  async write(bytes: Uint8Array, offset: number, position: number): Promise<number> {
    return (await this.#handle.write(bytes, offset, undefined, position)).bytesWritten;
  }

  writeNow(text: string, position: number): void {
    const bytes = Buffer.from(text);
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#handle.fd, bytes, done, bytes.length - done, position + done);
    }
  }

  truncate(length: number): Promise<void> {
    return this.#handle.truncate(length);
  }

  datasync(): Promise<void> {
    return this.#handle.datasync();
  }

  sync(): Promise<void> {
    return this.#handle.sync();
  }

  stat(): { size: number; linkCount: number } {
    const { size, nlink } = fstatSync(this.#handle.fd);
    return { size, linkCount: nlink };
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#handle.close();
  }
}

/** The file system of this machine. */
export const nodeFileSystem: FileSystem = {
  open: async (path, flags, mode) => new NodeFile(await open(path, flags, mode)),
  readFile: (path) => readFile(path),
  stat: (path) => stat(path),
  readdir: (path) => readdir(path),
  mkdir: async (path, options) => mkdir(path, options),
  rename,
  link,
  rm: (path) => rm(path, { force: true }),
  async syncFolder(path) {
    // Windows cannot open folders and needs none of this.
    if (process.platform === 'win32') return;
    await using folder = await open(path, 'r');
    await folder.sync();
  },
};

/** Writes all of the bytes, however few a call takes. */
export async function writeAll(file: OpenFile, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += await file.write(bytes, done, position + done);
}

/** Whether an error of the file system has this code. */
export const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/** A folder on some file system. */
export interface Folder {
  readonly dir: string;
  readonly fs: FileSystem;
}

/** Makes a file under a name of its own, whole and on the disk; it is still open. */
export async function makeFile(fs: FileSystem, path: string, text: string): Promise<OpenFile> {
  const file = await fs.open(path, 'wx', 0o600);
  try {
    await writeAll(file, Buffer.from(text), 0);
    await file.sync();
    return file;
  } catch (error) {
    await file.close();
    await fs.rm(path).catch(() => {});
    throw error;
  }
}
