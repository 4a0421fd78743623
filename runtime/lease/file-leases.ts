/**
 * Leases as files in one folder: for pairs of processes on one machine.
 *
 * Each epoch of a role is a file of its own, `NAME.EPOCH.lease`, which appears complete under its
 * name by a hard link: of several processes that want an epoch only one gets it, whoever is killed
 * or paused at whichever moment, and epochs cannot go back. Only its holder replaces it, to renew
 * or to release: a paused holder that goes on late writes into an epoch that counts no more.
 *
 * No clocks are compared. A lease has expired when this store has seen it unchanged for its length,
 * by its own time: a store that has just begun to look waits for that long.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Lease, LeaseOutcome, LeaseStore } from '../../actors/ports.ts';
import { type FileSystem, hasCode, nodeFileSystem, writeAll } from '../journal/file-system.ts';

export interface FileLeasesOptions {
  /** Time that never goes back, ms; default: the machine's monotonic time. */
  readonly now?: () => number;
  /** Default: that of this machine. */
  readonly fileSystem?: FileSystem;
}

/** What a file says; its name says the role and the epoch. */
interface Content {
  readonly holder: string;
  readonly ttlMs: number;
  readonly renewalCount: number;
  readonly isReleased: boolean;
}

/** One epoch of a role. */
interface Row extends Content {
  readonly name: string;
  readonly epoch: number;
}

/** What a power failure has torn: nobody lives who renewed it, so the lease is over. */
const torn: Content = { holder: '', ttlMs: 0, renewalCount: 0, isReleased: false };

function contentOf(text: string): Content {
  try {
    return JSON.parse(text) as Content;
  } catch {
    return torn;
  }
}

/** Old epochs that are kept, so that no paused process can take one of them again. */
const keptEpochCount = 16;

/** Not every file system takes every letter of a name. */
const prefixOf = (name: string): string => `${encodeURIComponent(name)}.`;

/** Tells one state of a role from another. */
const markOf = ({ epoch, holder, renewalCount, isReleased }: Row): string =>
  `${epoch} ${holder} ${renewalCount} ${isReleased}`;

/**
 * Grants roles to processes of this machine.
 *
 * @param dir folder of the leases, made when it is missing.
 */
export function fileLeases(dir: string, options: FileLeasesOptions = {}): LeaseStore {
  return new FileLeases(dir, options);
}

class FileLeases implements LeaseStore {
  private readonly dir: string;
  private readonly fs: FileSystem;
  private readonly now: () => number;
  /** Since when this store has seen each role unchanged. */
  private readonly seen = new Map<string, { readonly mark: string; readonly sinceMs: number }>();

  constructor(dir: string, { now, fileSystem }: FileLeasesOptions) {
    this.dir = dir;
    this.fs = fileSystem ?? nodeFileSystem;
    this.now = now ?? (() => performance.now());
  }

  acquire(request: Parameters<LeaseStore['acquire']>[0]): Promise<LeaseOutcome> {
    const { name, holder, ttlMs, afterEpoch = 0 } = request;
    return outcome(async () => {
      checkName(name);
      const newest = await this.newest(name);
      const isHeld = newest !== undefined && this.statusOf(newest) === 'held';
      if (isHeld && newest.holder !== holder) return { kind: 'held', lease: this.lease(newest) };
      if (isHeld && newest.epoch > afterEpoch) {
        return this.replace({ ...newest, ttlMs, renewalCount: newest.renewalCount + 1 });
      }
      const epoch = Math.max(afterEpoch, newest?.epoch ?? 0) + 1;
      const mine: Row = { name, epoch, holder, ttlMs, renewalCount: 0, isReleased: false };
      await this.add(mine);
      // Another process may have been faster.
      const now = (await this.newest(name)) ?? mine;
      const isOurs = now.epoch === epoch && now.holder === holder;
      return { kind: isOurs ? 'ok' : 'held', lease: this.lease(now) };
    });
  }

  renew({ name, holder, epoch }: Parameters<LeaseStore['renew']>[0]): Promise<LeaseOutcome> {
    return outcome(async () => {
      const own = await this.own(name, holder, epoch);
      if ('kind' in own) return own;
      return this.replace({ ...own, renewalCount: own.renewalCount + 1 });
    });
  }

  release({ name, holder, epoch }: Parameters<LeaseStore['release']>[0]): Promise<LeaseOutcome> {
    return outcome(async () => {
      const own = await this.own(name, holder, epoch);
      return 'kind' in own ? own : this.replace({ ...own, isReleased: true });
    });
  }

  async get(name: string): Promise<Lease | undefined> {
    try {
      const newest = await this.newest(name);
      return newest && this.lease(newest);
    } catch {
      return undefined;
    }
  }

  private fileOf(name: string, epoch: number): string {
    return join(this.dir, `${prefixOf(name)}${String(epoch).padStart(12, '0')}.lease`);
  }

  /** Epochs of a role that have a file, the newest first. */
  private async epochs(name: string): Promise<number[]> {
    const prefix = prefixOf(name);
    let files: readonly string[];
    try {
      files = await this.fs.readdir(this.dir);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return [];
      throw error;
    }
    return files
      .filter((file) => file.startsWith(prefix))
      .flatMap((file) => /^(\d{12,})\.lease$/.exec(file.slice(prefix.length))?.[1] ?? [])
      .map(Number)
      .toSorted((a, b) => b - a);
  }

  /** The file of the newest epoch, looked at by this store's own time. */
  private async newest(name: string): Promise<Row | undefined> {
    const [epoch] = await this.epochs(name);
    if (epoch === undefined) return undefined;
    const text = (await this.fs.readFile(this.fileOf(name, epoch))).toString('utf8');
    const record: Row = { ...contentOf(text), name, epoch };
    this.look(record);
    return record;
  }

  private look(record: Row): void {
    const mark = markOf(record);
    if (this.seen.get(record.name)?.mark === mark) return;
    this.seen.set(record.name, { mark, sinceMs: this.now() });
  }

  private statusOf(record: Row): Lease['status'] {
    if (record.isReleased) return 'released';
    const sinceMs = this.seen.get(record.name)?.sinceMs ?? this.now();
    return this.now() - sinceMs >= record.ttlMs ? 'expired' : 'held';
  }

  private lease(record: Row): Lease {
    const { isReleased: _, ...lease } = record;
    return { ...lease, status: this.statusOf(record) };
  }

  /** The newest record, if it is this lease and has not ended; else the newest epoch. */
  private async own(name: string, holder: string, epoch: number): Promise<Row | LeaseOutcome> {
    const newest = await this.newest(name);
    const isOwn =
      newest?.holder === holder && newest.epoch === epoch && this.statusOf(newest) === 'held';
    return isOwn ? newest : { kind: 'fenced', epoch: newest?.epoch ?? 0 };
  }

  /** A file with this content, not yet under its name. */
  private async draft(row: Row, isDurable: boolean): Promise<string> {
    const { holder, ttlMs, renewalCount, isReleased } = row;
    const path = join(this.dir, `.${randomUUID()}`);
    const text = `${JSON.stringify({ holder, ttlMs, renewalCount, isReleased })}\n`;
    await using file = await this.fs.open(path, 'wx', 0o600);
    await writeAll(file, Buffer.from(text), 0);
    if (isDurable) await file.sync();
    return path;
  }

  /** Takes an epoch if it is free. It is on disk before anybody acts under it. */
  private async add(row: Row): Promise<void> {
    await this.fs.mkdir(this.dir, { mode: 0o700, recursive: true });
    const draft = await this.draft(row, true);
    try {
      await this.fs.link(draft, this.fileOf(row.name, row.epoch));
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    } finally {
      await this.fs.rm(draft);
    }
    await this.fs.syncFolder(this.dir);
    for (const epoch of (await this.epochs(row.name)).slice(keptEpochCount)) {
      await this.fs.rm(this.fileOf(row.name, epoch));
    }
  }

  /** Need not outlive a power failure: nor does its holder. */
  private async replace(row: Row): Promise<LeaseOutcome> {
    await this.fs.rename(await this.draft(row, false), this.fileOf(row.name, row.epoch));
    const now = (await this.newest(row.name)) ?? row;
    const isOurs = now.epoch === row.epoch && now.holder === row.holder;
    return isOurs ? { kind: 'ok', lease: this.lease(now) } : { kind: 'fenced', epoch: now.epoch };
  }
}

function checkName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._:-]{0,149}$/.test(name)) return;
  throw new TypeError(`A role cannot be called ${JSON.stringify(name)}.`);
}

/** What fails half-way may have been done: the folder is asked again by whoever needs to know. */
async function outcome(run: () => Promise<LeaseOutcome>): Promise<LeaseOutcome> {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof TypeError) throw cause;
    return { kind: 'unknownOutcome', cause };
  }
}
