/**
 * One writer per folder: the file `lock` names the process that writes.
 *
 * The file appears under its name complete, by a hard link, so nobody ever reads half of it. The
 * lock of a dead process is replaced under a second lock, `lock.takeover`, so that of two processes
 * that find it dead only one gets it. A writer whose lock was taken or removed notices before its
 * next write.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { JournalHeldError, JournalUnavailableError } from '../../actors/errors.ts';
import { type FileSystem, type Folder, hasCode, makeFile, type OpenFile } from './file-system.ts';
import { lockFile } from './files.ts';
import { isAlive, ownMark, type ProcessMark } from './process.ts';

/** What the file says. */
interface Holder extends ProcessMark {
  readonly host: string;
  readonly epoch: number;
}

export interface Lock {
  readonly epoch: number;
  /** True once the file was taken by another process or removed. Costs one system call. */
  isLost(): boolean;
  release(): Promise<void>;
}

async function readHolder(fs: FileSystem, path: string): Promise<Holder | undefined> {
  let text: string;
  try {
    text = (await fs.readFile(path)).toString('utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    const holder = JSON.parse(text) as Holder;
    if (Number.isSafeInteger(holder.pid) && Number.isSafeInteger(holder.epoch)) return holder;
  } catch {
    // Falls through to the words below.
  }
  throw new JournalUnavailableError(
    `Journal lock '${path}' cannot be read. Make sure that no process writes this journal, ` +
      'then delete the file and start again.',
  );
}

function heldElsewhere(dir: string, holder: Holder): JournalHeldError {
  const error = new JournalHeldError(dir, holder);
  error.message =
    `Journal '${dir}' was last held by process ${holder.pid} on ${holder.host}, and ` +
    `${hostname()} cannot see whether that still runs. Make sure it has stopped, then delete ` +
    `'${lockFile(dir)}' and start again.`;
  return error;
}

function refuseLiving(dir: string, holder: Holder): void {
  if (holder.host !== hostname()) throw heldElsewhere(dir, holder);
  if (isAlive(holder)) throw new JournalHeldError(dir, holder);
}

/** Hard link as an exclusive create; false when the name is taken. */
async function claim(fs: FileSystem, existing: string, name: string): Promise<boolean> {
  try {
    await fs.link(existing, name);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Puts `mine` in place of a dead lock; false when somebody else was faster. */
async function replaceDead({ dir, fs }: Folder, dead: Holder, mine: string): Promise<boolean> {
  const path = lockFile(dir);
  const guard = `${path}.takeover`;
  if (!(await claim(fs, mine, guard))) {
    const rival = await readHolder(fs, guard);
    if (rival !== undefined) {
      refuseLiving(dir, rival);
      await fs.rm(guard);
    }
    return false;
  }
  try {
    const now = await readHolder(fs, path);
    const isSame = now?.pid === dead.pid && now.epoch === dead.epoch;
    if (isSame) await fs.rename(mine, path);
    return isSame;
  } finally {
    await fs.rm(guard);
  }
}

async function tryLock(folder: Folder, epochMin: number): Promise<Lock | undefined> {
  const { dir, fs } = folder;
  const path = lockFile(dir);
  const before = await readHolder(fs, path);
  if (before !== undefined) refuseLiving(dir, before);
  const epoch = Math.max(epochMin, (before?.epoch ?? 0) + 1);
  const mine = `${path}.${randomUUID()}`;
  const text = `${JSON.stringify({ ...ownMark(), host: hostname(), epoch })}\n`;
  const file = await makeFile(fs, mine, text);
  let isOurs = false;
  try {
    isOurs =
      before === undefined ? await claim(fs, mine, path) : await replaceDead(folder, before, mine);
  } finally {
    await fs.rm(mine);
    if (!isOurs) await file.close();
  }
  return isOurs ? heldLock(fs, path, file, epoch) : undefined;
}

function heldLock(fs: FileSystem, path: string, file: OpenFile, epoch: number): Lock {
  // The file is kept open: its link count tells, without its name, whether it is still in place.
  const isLost = () => file.stat().linkCount === 0;
  return {
    epoch,
    isLost,
    release: async () => {
      try {
        if (!isLost()) await fs.rm(path);
      } finally {
        await file.close();
      }
    },
  };
}

/**
 * Takes the lock of a folder under an epoch of at least `epochMin`.
 *
 * @throws {JournalHeldError} when another process, or another log of this process, holds it.
 */
export async function takeLock(folder: Folder, epochMin: number): Promise<Lock> {
  for (let tries = 0; tries < 10; tries += 1) {
    const lock = await tryLock(folder, epochMin);
    if (lock !== undefined) return lock;
  }
  throw new JournalUnavailableError(
    `Journal '${folder.dir}' cannot be locked: other processes keep taking its lock. ` +
      'Stop them, then start again.',
  );
}
