/**
 * One writer per folder: the file `lock` names the process that writes.
 *
 * The file appears under its name complete, by a hard link, so nobody ever reads half of it. The
 * lock of a dead process is replaced under a second lock, `lock.takeover`, so that of two processes
 * that find it dead only one gets it. A writer whose lock was taken or removed notices before its
 * next write.
 */
import { randomUUID } from 'node:crypto';
import { fstatSync } from 'node:fs';
import { type FileHandle, link, open, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { JournalHeldError, JournalUnavailableError } from '../../actors/errors.ts';
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

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

async function readHolder(path: string): Promise<Holder | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
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
async function claim(existing: string, name: string): Promise<boolean> {
  try {
    await link(existing, name);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Puts `mine` in place of a dead lock; false when somebody else was faster. */
async function replaceDead(dir: string, dead: Holder, mine: string): Promise<boolean> {
  const path = lockFile(dir);
  const guard = `${path}.takeover`;
  if (!(await claim(mine, guard))) {
    const rival = await readHolder(guard);
    if (rival !== undefined) {
      refuseLiving(dir, rival);
      await rm(guard, { force: true });
    }
    return false;
  }
  try {
    const now = await readHolder(path);
    const isSame = now?.pid === dead.pid && now.epoch === dead.epoch;
    if (isSame) await rename(mine, path);
    return isSame;
  } finally {
    await rm(guard, { force: true });
  }
}

async function tryLock(dir: string, epochMin: number): Promise<Lock | undefined> {
  const path = lockFile(dir);
  const before = await readHolder(path);
  if (before !== undefined) refuseLiving(dir, before);
  const epoch = Math.max(epochMin, (before?.epoch ?? 0) + 1);
  const mine = `${path}.${randomUUID()}`;
  const file = await open(mine, 'wx', 0o600);
  let isOurs = false;
  try {
    await file.writeFile(`${JSON.stringify({ ...ownMark(), host: hostname(), epoch })}\n`);
    await file.sync();
    isOurs = before === undefined ? await claim(mine, path) : await replaceDead(dir, before, mine);
  } finally {
    await rm(mine, { force: true });
    if (!isOurs) await file.close();
  }
  return isOurs ? heldLock(path, file, epoch) : undefined;
}

function heldLock(path: string, file: FileHandle, epoch: number): Lock {
  // The file is kept open: its link count tells, without its name, whether it is still in place.
  const isLost = () => fstatSync(file.fd).nlink === 0;
  return {
    epoch,
    isLost,
    release: async () => {
      if (!isLost()) await rm(path, { force: true });
      await file.close();
    },
  };
}

/**
 * Takes the lock of a folder under an epoch of at least `epochMin`.
 *
 * @throws {JournalHeldError} when another process, or another log of this process, holds it.
 */
export async function takeLock(dir: string, epochMin: number): Promise<Lock> {
  for (let tries = 0; tries < 10; tries += 1) {
    const lock = await tryLock(dir, epochMin);
    if (lock !== undefined) return lock;
  }
  throw new JournalUnavailableError(
    `Journal '${dir}' cannot be locked: other processes keep taking its lock. ` +
      'Stop them, then start again.',
  );
}
