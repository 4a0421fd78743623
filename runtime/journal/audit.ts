/**
 * Walks a journal folder, checks each block, and says where and how it ends.
 *
 * Opening, reading and verifying all go through here, so that they cannot disagree about damage.
 */
import {
  corrupt,
  type Damage,
  damageAtEnd,
  damageOfAddition,
  damageOfBlock,
  damageOfHead,
} from './damage.ts';
import type { Folder } from './file-system.ts';
import { readHead } from './files.ts';
import type { HeadFile, SignedHead } from './head-file.ts';
import type { KeyRing } from './keys.ts';
import type { LogEnd } from './log-end.ts';
import { type Signed, SignedPart } from './signed-part.ts';
import { type Batch, type LateBytes, type Walked, type WalkOptions, walkBlocks } from './walk.ts';

export interface Audit {
  readonly end: LogEnd;
  /** Length of all blocks that were walked. */
  readonly bytes: number;
  /** Newest readable slot of the head; absent when there is no head. */
  readonly head: SignedHead | undefined;
  /**
   * A slot of the head cannot be read. Without `damage`, a crash in the middle of a commit explains
   * it.
   */
  readonly isHeadTorn: boolean;
  /** What a crash left behind the last whole block; absent when there is nothing. */
  readonly torn: { readonly segment: number; readonly bytes: number } | undefined;
  readonly late: readonly LateBytes[];
  /** How far signatures reach; absent unless keys were given. */
  readonly signed: Signed | undefined;
  /** The block of `expected` was found. */
  readonly hasExpected: boolean;
  readonly damage: Damage | undefined;
}

/** An outside copy of where a log once ended. */
export interface ExpectedHead {
  readonly lastSeq: number;
  readonly hash: string;
}

export interface AuditOptions {
  /** Where to begin: the chain up to there is taken as checked. Default: the first block. */
  readonly from?: LogEnd | undefined;
  /** How far to read; asked once the head was read. Default: all there is. */
  readonly to?: ((head: SignedHead | undefined) => WalkOptions['to']) | undefined;
  /** Public keys that may sign. Without them signatures are not looked at. */
  readonly keys?: KeyRing | undefined;
  readonly expected?: ExpectedHead | undefined;
}

const isAtHead = (end: LogEnd, head: SignedHead): boolean =>
  end.hash === head.hash &&
  end.segment === head.segment &&
  end.bytes === head.bytes &&
  end.lastSeq === head.last &&
  end.firstSeq === head.first;

class Auditor {
  readonly #folder: Folder;
  readonly #slots: HeadFile | undefined;
  readonly #head: SignedHead | undefined;
  readonly #signed: SignedPart | undefined;
  readonly #expected: ExpectedHead | undefined;
  #bytes = 0;
  #hasExpected = false;
  #segmentBehindHead: number | undefined;
  #damage: Damage | undefined;

  constructor(folder: Folder, slots: HeadFile | undefined, options: AuditOptions) {
    this.#folder = folder;
    this.#slots = slots;
    this.#head = slots?.newest;
    this.#signed = options.keys && new SignedPart(folder.dir, options.keys);
    this.#expected = options.expected;
  }

  see({ segment, blocks }: Batch): void {
    for (const { line, bytes, startBytes } of blocks) {
      this.#bytes += bytes.length;
      this.#signed?.see(line, bytes, segment, startBytes === 0);
      if (line.hash === this.#expected?.hash && line.last === this.#expected.lastSeq) {
        this.#hasExpected = true;
      }
      if (line.block === (this.#head?.version ?? 0) + 1) this.#segmentBehindHead = segment;
      if (line.block !== this.#head?.version) continue;
      const { block: version, first: firstSeq, last: lastSeq, hash, epoch } = line;
      const endBytes = startBytes + bytes.length;
      const end = { segment, bytes: endBytes, version, firstSeq, lastSeq, hash, epoch };
      if (!isAtHead(end, this.#head)) {
        this.#damage ??= damageOfHead(this.#folder.dir, end, 'it does not belong to this log');
      }
    }
  }

  async audit({ end, late, obstacle }: Walked): Promise<Audit> {
    const head = this.#head;
    const { dir } = this.#folder;
    const isBehindHead = end.version >= (head?.version ?? 0);
    const isTorn = obstacle?.isTorn === true && isBehindHead;
    if (obstacle !== undefined && !isTorn) {
      this.#damage ??= damageOfBlock(dir, end, obstacle, head);
    }
    const isAdded = isTorn || (head !== undefined && end.version > head.version);
    if (head?.closed && isAdded && (await this.#isStill(head))) {
      const segment = this.#segmentBehindHead ?? obstacle?.segment ?? end.segment;
      this.#damage ??= damageOfAddition(dir, head, segment, end.lastSeq);
    }
    this.#damage ??= damageAtEnd(dir, end, isTorn, this.#slots);
    if (head !== undefined && isBehindHead && this.#damage === undefined) {
      this.#signed?.seeHead(head);
    }
    return {
      ...{ end, late, head, bytes: this.#bytes, hasExpected: this.#hasExpected },
      isHeadTorn: (this.#slots?.brokenCount ?? 0) > 0,
      torn: isTorn ? { segment: obstacle.segment, bytes: obstacle.bytes } : undefined,
      signed: this.#signed?.facts,
      damage: this.#damage ?? this.#signed?.damage,
    };
  }

  /** Whether nobody has started to write since the head was read. */
  async #isStill(head: SignedHead): Promise<boolean> {
    return (await readHead(this.#folder))?.newest?.write === head.write;
  }
}

/**
 * Yields the blocks that are whole and chained, and returns the audit. The bytes of a block are
 * valid until the next step. Damage is returned, never thrown.
 *
 * @throws {JournalUnavailableError} when the folder cannot be read.
 */
export async function* auditJournal(
  folder: Folder,
  options: AuditOptions = {},
): AsyncGenerator<Batch, Audit> {
  // The head is read before the log: a live writer then only adds blocks that the head does not
  // name.
  const slots = await readHead(folder);
  const auditor = new Auditor(folder, slots, options);
  const walk = walkBlocks(folder, { from: options.from, to: options.to?.(slots?.newest) });
  try {
    for (;;) {
      const step = await walk.next();
      if (step.done) return await auditor.audit(step.value);
      auditor.see(step.value);
      yield step.value;
    }
  } finally {
    // A reader that has seen enough leaves a file open here.
    await walk.return(undefined as never);
  }
}

/** Walks a whole folder without keeping anything of it. */
export async function auditToEnd(folder: Folder, options?: AuditOptions): Promise<Audit> {
  const walk = auditJournal(folder, options);
  for (;;) {
    const step = await walk.next();
    if (step.done) return step.value;
  }
}

/**
 * Yields the blocks of a journal for those who want all of it or an error.
 *
 * @throws {JournalCorruptError} behind the last block that can be trusted.
 * @throws {JournalUnavailableError} when the folder cannot be read.
 */
export async function* checkedBlocks(
  folder: Folder,
  options?: AuditOptions,
): AsyncGenerator<Batch, Audit> {
  const audit = yield* auditJournal(folder, options);
  if (audit.damage !== undefined) throw corrupt(audit.damage);
  return audit;
}
