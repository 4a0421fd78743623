/**
 * A disk in memory that loses power and fails as real ones do: the page cache and what is durable
 * are two things, names become durable with their folder only, and any call may fail or fall short.
 */
import { dirname } from 'node:path';
import type { FileSystem, OpenFile } from '../../runtime/journal/file-system.ts';

type Change = { readonly at: number; readonly bytes: Buffer } | { readonly length: number };

interface Inode {
  /** What a reader sees. */
  content: Buffer;
  durable: Buffer;
  /** Changes that no sync has covered. */
  pending: Change[];
  /** A sync has failed: nobody knows what of it reached the disk, and no later sync will say. */
  isDoubtful: boolean;
}

type Name = { readonly path: string; readonly inode: Inode | 'folder' | undefined };

/** `patch` is a short write in place: it may tear, but is not divided. */
export type Call = 'open' | 'read' | 'write' | 'patch' | 'sync' | 'truncate' | 'name' | 'list';

/** What happens to a call: nothing, an error by its code, or fewer bytes than were given. */
export type Fault = { readonly code: string } | { readonly takes: number } | undefined;

const failure = (code: string): Error =>
  Object.assign(new Error(`${code}: injected by the test`), { code });

function applied(content: Buffer, change: Change): Buffer {
  if ('length' in change) {
    const cut = Buffer.alloc(change.length);
    content.copy(cut);
    return cut;
  }
  const { at, bytes } = change;
  const grown = Buffer.alloc(Math.max(content.length, at + bytes.length));
  content.copy(grown);
  bytes.copy(grown, at);
  return grown;
}

export class FaultyDisk implements FileSystem {
  #names = new Map<string, Inode | 'folder'>([['/', 'folder']]);
  #durableNames = new Map(this.#names);
  #pendingNames: Name[] = [];
  /** Decides over each call. */
  plan: (call: Call, path: string) => Fault = () => undefined;
  isOff = false;
  syncFailureCount = 0;

  #fault(call: Call, path: string): { readonly takes: number } | undefined {
    if (this.isOff) throw failure('EPOWER');
    const fault = this.plan(call, path);
    if (this.isOff) throw failure('EPOWER');
    if (fault !== undefined && 'code' in fault) throw failure(fault.code);
    return fault;
  }

  #find(path: string): Inode {
    const found = this.#names.get(path);
    if (found === undefined) throw failure('ENOENT');
    if (found === 'folder') throw failure('EISDIR');
    return found;
  }

  #name(path: string, inode: Inode | 'folder' | undefined): void {
    if (inode === undefined) this.#names.delete(path);
    else this.#names.set(path, inode);
    this.#pendingNames.push({ path, inode });
  }

  async open(path: string, flags: 'r' | 'r+' | 'wx'): Promise<OpenFile> {
    this.#fault('open', path);
    if (flags === 'wx') {
      if (this.#names.has(path)) throw failure('EEXIST');
      if (this.#names.get(dirname(path)) !== 'folder') throw failure('ENOENT');
      const empty = Buffer.alloc(0);
      this.#name(path, { content: empty, durable: empty, pending: [], isDoubtful: false });
    }
    return this.#opened(path, this.#find(path));
  }

  #opened(path: string, inode: Inode): OpenFile {
    const change = (made: Change): void => {
      inode.content = applied(inode.content, made);
      inode.pending.push(made);
    };
    const write = (call: 'write' | 'patch', bytes: Buffer, at: number): number => {
      const fault = this.#fault(call, path);
      const taken = fault === undefined ? bytes.length : Math.min(bytes.length, fault.takes);
      change({ at, bytes: Buffer.from(bytes.subarray(0, taken)) });
      return taken;
    };
    const sync = async (): Promise<void> => {
      try {
        this.#fault('sync', path);
      } catch (error) {
        inode.isDoubtful ||= !this.isOff;
        this.syncFailureCount += 1;
        throw error;
      }
      if (inode.isDoubtful) return;
      inode.durable = inode.content;
      inode.pending = [];
    };
    const linkCount = () => [...this.#names.values()].filter((other) => other === inode).length;
    return {
      read: async (into, offset, length, position) => {
        this.#fault('read', path);
        const found = inode.content.subarray(position, position + length);
        into.set(found, offset);
        return found.length;
      },
      write: async (bytes, offset, position) =>
        write('write', Buffer.from(bytes.subarray(offset)), position),
      writeNow: (text, position) => {
        const bytes = Buffer.from(text);
        for (let done = 0; done < bytes.length; ) {
          done += write('patch', bytes.subarray(done), position + done);
        }
      },
      truncate: async (length) => {
        this.#fault('truncate', path);
        change({ length });
      },
      datasync: sync,
      sync,
      stat: () => ({ size: inode.content.length, linkCount: linkCount() }),
      close: async () => {},
      [Symbol.asyncDispose]: async () => {},
    };
  }

  async readFile(path: string): Promise<Buffer> {
    this.#fault('read', path);
    return Buffer.from(this.#find(path).content);
  }

  async stat(path: string): Promise<{ size: number; mode: number }> {
    return { size: this.#find(path).content.length, mode: 0o100600 };
  }

  async readdir(path: string): Promise<string[]> {
    this.#fault('list', path);
    if (this.#names.get(path) !== 'folder') throw failure('ENOENT');
    const inside = [...this.#names.keys()].filter((name) => dirname(name) === path && name !== '/');
    return inside.map((name) => name.slice(path.length + 1));
  }

  async mkdir(path: string): Promise<string | undefined> {
    this.#fault('name', path);
    if (this.#names.has(path)) return undefined;
    const first = (await this.mkdir(dirname(path))) ?? path;
    this.#name(path, 'folder');
    return first;
  }

  async rename(from: string, to: string): Promise<void> {
    this.#fault('name', to);
    const inode = this.#find(from);
    this.#name(to, inode);
    this.#name(from, undefined);
  }

  async link(existing: string, name: string): Promise<void> {
    this.#fault('name', name);
    const inode = this.#find(existing);
    if (this.#names.has(name)) throw failure('EEXIST');
    this.#name(name, inode);
  }

  async rm(path: string): Promise<void> {
    this.#fault('name', path);
    if (this.#names.has(path)) this.#name(path, undefined);
  }

  async syncFolder(path: string): Promise<void> {
    try {
      this.#fault('sync', path);
    } catch (error) {
      this.syncFailureCount += 1;
      throw error;
    }
    const isInside = (name: Name): boolean => dirname(name.path) === path;
    for (const { path: name, inode } of this.#pendingNames.filter(isInside)) {
      if (inode === undefined) this.#durableNames.delete(name);
      else this.#durableNames.set(name, inode);
    }
    this.#pendingNames = this.#pendingNames.filter((name) => !isInside(name));
  }

  /** The process is gone, the machine is not: the page cache is what the next one finds. */
  afterKill(): FaultyDisk {
    return FaultyDisk.#of(this.#names, (inode) => inode.content);
  }

  /** The power is gone: what no sync covered is kept, lost, or torn, each change on its own. */
  afterPowerCut(draw: () => number): FaultyDisk {
    const names = new Map(this.#durableNames);
    for (const { path, inode } of this.#pendingNames) {
      if (draw() < 0.5) continue;
      if (inode === undefined) names.delete(path);
      else names.set(path, inode);
    }
    for (const path of names.keys()) if (!isReachable(names, path)) names.delete(path);
    return FaultyDisk.#of(names, (inode) => survived(inode, draw));
  }

  static #of(
    names: ReadonlyMap<string, Inode | 'folder'>,
    contentOf: (inode: Inode) => Buffer,
  ): FaultyDisk {
    const disk = new FaultyDisk();
    const copies = new Map<Inode, Inode>();
    for (const [path, inode] of names) {
      if (inode !== 'folder' && !copies.has(inode)) {
        const content = contentOf(inode);
        copies.set(inode, { content, durable: content, pending: [], isDoubtful: false });
      }
      disk.#names.set(path, inode === 'folder' ? inode : copies.get(inode)!);
    }
    disk.#durableNames = new Map(disk.#names);
    return disk;
  }

  /** Files and their bytes, to look at or to damage. */
  get files(): Map<string, Buffer> {
    const files = [...this.#names].filter(([, inode]) => inode !== 'folder');
    return new Map(files.map(([path, inode]) => [path, (inode as Inode).content]));
  }

  /** Puts a file there, whole and durable; without bytes it is removed. */
  put(path: string, bytes: Buffer | undefined): void {
    if (bytes === undefined) this.#names.delete(path);
    else {
      for (let at = dirname(path); at !== '/'; at = dirname(at)) this.#names.set(at, 'folder');
      this.#names.set(path, { content: bytes, durable: bytes, pending: [], isDoubtful: false });
    }
    this.#durableNames = new Map(this.#names);
    this.#pendingNames = [];
  }
}

function isReachable(names: ReadonlyMap<string, unknown>, path: string): boolean {
  for (let at = dirname(path); at !== '/'; at = dirname(at)) {
    if (names.get(at) !== 'folder') return false;
  }
  return true;
}

/** Real disks write a sector as a whole or not at all. */
const SECTOR_BYTES = 512;

const sectorOf = (at: number): number => Math.floor(at / SECTOR_BYTES);

const isOneSector = ({ at, bytes }: { readonly at: number; readonly bytes: Buffer }): boolean =>
  sectorOf(at) === sectorOf(at + bytes.length - 1);

/** What of a file is there after the power came back. */
function survived({ durable, pending }: Inode, draw: () => number): Buffer {
  let content = durable;
  const lost = new Set<number>();
  for (const change of pending) {
    const fate = draw();
    const sector = 'at' in change && isOneSector(change) ? sectorOf(change.at) : -1;
    // A sector is written as it was at some moment: with all changes until then.
    if (fate < 0.4 || lost.has(sector)) {
      if (sector >= 0) lost.add(sector);
      continue;
    }
    if (fate < 0.7 || 'length' in change || isOneSector(change)) {
      content = applied(content, change);
      continue;
    }
    const { at, bytes } = change;
    const length = Math.floor(draw() * (bytes.length + 1));
    content = applied(content, { at, bytes: bytes.subarray(0, length) });
    // The length of the file may have reached the disk without its pages.
    if (fate >= 0.85 && content.length < at + bytes.length) {
      content = applied(content, { length: at + bytes.length });
    }
  }
  return content;
}
