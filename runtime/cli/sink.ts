/** Where rows go: a stream whose reader may be slow, or a new file. */
import { type FileHandle, open, realpath, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Stream } from './output.ts';
import { UsageError } from './usage-error.ts';

/** Rows are gathered up to this length: a system call for each would take most of the time. */
const gatheredLength = 64 * 1024;

export interface Sink {
  /** Resolves once it is time for more. */
  write(text: string): Promise<void>;
  /** Passes on what was gathered, and ends. */
  close(): Promise<void>;
  /** Ends without what was gathered, as if nothing had been asked for. */
  discard(): Promise<void>;
}

/** Waits for `drain` when the stream says that its reader is behind. */
export async function writeTo(stream: Stream, text: string): Promise<void> {
  if (stream.write(text) !== false) return;
  await new Promise<void>((resolve) => {
    if (stream.once) stream.once('drain', resolve);
    else resolve();
  });
}

export const streamSink = (stream: Stream): Sink =>
  gathered({
    write: (text) => writeTo(stream, text),
    close: async () => {},
    discard: async () => {},
  });

export interface FileSinkOptions {
  /** Writes over a file that is there. Default false. */
  readonly force?: boolean | undefined;
  /** Folder of the journal: nothing is written there. */
  readonly journal: string;
}

/**
 * A file that only this user can read.
 *
 * @throws {UsageError} when it exists, lies in the journal, or cannot be written.
 */
export async function fileSink(file: string, options: FileSinkOptions): Promise<Sink> {
  await refuseJournal(file, options.journal);
  const handle = await attempt(file, () => open(file, options.force ? 'w' : 'wx', 0o600));
  const { isRegular } = await attempt(file, () => makePrivate(handle));
  return gathered({
    write: (text) => attempt(file, () => handle.appendFile(text)),
    close: () =>
      attempt(file, async () => {
        if (isRegular) await handle.datasync();
        await handle.close();
      }),
    discard: async () => {
      await handle.close();
      if (isRegular) await unlink(file);
    },
  });
}

/** A file that was there keeps its mode, unlike a new one. */
async function makePrivate(handle: FileHandle): Promise<{ isRegular: boolean }> {
  const isRegular = (await handle.stat()).isFile();
  if (isRegular) await handle.chmod(0o600);
  return { isRegular };
}

/** Links are followed, so that no name can lead into the journal. */
async function refuseJournal(file: string, journal: string): Promise<void> {
  const folder = await realpath(journal).catch(() => journal);
  const whole = await realpath(file).catch(async () =>
    join(await realpath(dirname(file)).catch(() => dirname(file)), basename(file)),
  );
  if (dirname(whole) !== folder) return;
  throw new UsageError(
    `File '${file}' lies in the journal's folder, where only the journal may write. ` +
      'Choose another folder.',
  );
}

const causes: { readonly [code: string]: string } = {
  EEXIST: 'it exists. Choose another name, or give --force to write over it',
  ENOENT: 'its folder does not exist. Make the folder first',
  EISDIR: 'it is a folder. Give the name of a file',
  ENOTDIR: 'a part of its path is no folder. Choose another path',
  EACCES: 'permission is denied. Choose another folder',
  EROFS: 'the file system is mounted read-only. Choose another folder',
  ENOSPC: 'no space is left on the disk. Free some, or choose another folder',
  EDQUOT: 'the disk quota is used up. Free some space, or choose another folder',
};

async function attempt<T>(file: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const why = causes[code] ?? message;
    throw new UsageError(`File '${file}' cannot be written: ${why}.`, { cause: error });
  }
}

function gathered(to: Sink): Sink {
  let pieces: string[] = [];
  let length = 0;
  const pass = async (): Promise<void> => {
    const text = pieces.join('');
    pieces = [];
    length = 0;
    if (text !== '') await to.write(text);
  };
  return {
    async write(text) {
      pieces.push(text);
      length += text.length;
      if (length >= gatheredLength) await pass();
    },
    async close() {
      await pass();
      await to.close();
    },
    discard: () => to.discard(),
  };
}
