import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { JournalUnavailableError } from '../../../actors/errors.ts';
import { sealBlock } from '../../../runtime/journal/chain.ts';
import { fileLog } from '../../../runtime/journal/file-log.ts';
import { Journal } from '../../../runtime/journal/journal.ts';
import { readJournal } from '../../../runtime/journal/read.ts';
import { verifyJournal } from '../../../runtime/journal/verify.ts';
import {
  addBlocks,
  crashCopy,
  header,
  nameOfSegment,
  readSegment,
  segmentName,
  smallJournal,
  temporaryFolder,
} from './folders.ts';

interface Span {
  readonly block: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly endBytes: number;
}

let dir: string;
let segment: Buffer;
let head: Buffer;
let spans: Span[];

const lineEnds = (data: Buffer): number[] =>
  [...data.entries()].filter(([, byte]) => byte === 10).map(([index]) => index + 1);

const linesOf = (data: Buffer): string[] => data.toString('utf8').split(/(?<=\n)/);

/** Block that a byte belongs to. */
const spanAt = (offset: number): Span => spans.find((span) => offset < span.endBytes)!;

const damaged = async (bytes: Buffer | string, number = 1) => {
  await writeFile(join(dir, nameOfSegment(number)), bytes);
  return verifyJournal(dir);
};

beforeEach(async () => {
  dir = await temporaryFolder();
  await smallJournal(dir);
  segment = await readSegment(dir);
  head = readFileSync(join(dir, 'head.json'));
  spans = lineEnds(segment).flatMap((endBytes, index) => {
    const line = JSON.parse(linesOf(segment)[index]!);
    if (!('block' in line)) return [];
    return [{ block: line.block, firstSeq: line.first, lastSeq: line.last, endBytes }];
  });
});

const whereOf = ({ block, firstSeq, lastSeq }: Span) => ({
  file: join(dir, segmentName),
  segment: 1,
  block,
  firstSeq,
  lastSeq,
});

describe('a whole journal', () => {
  it('is reported with its size and its end', async () => {
    expect(await verifyJournal(dir)).toEqual({
      ok: true,
      entries: 12,
      blocks: 7,
      bytes: segment.length,
      segments: 1,
      lastSeq: 12,
      hash: JSON.parse(linesOf(segment).at(-1)!).hash,
      signed: { keys: [JSON.parse(linesOf(segment)[0]!).key], checkpoints: 1, upToSeq: 12 },
    });
  });

  it('stays whole over several starts', async () => {
    for (let start = 0; start < 3; start += 1) {
      const journal = new Journal(fileLog(dir));
      const { head: end } = await journal.open();
      await addBlocks(journal, end.lastSeq, start);
      await journal.close();
      expect((await verifyJournal(dir)).ok).toBe(true);
    }
  });

  it('may be empty', async () => {
    const empty = await temporaryFolder();
    const log = fileLog(empty);
    await log.open();
    await log.close();
    expect(await verifyJournal(empty)).toMatchObject({ ok: true, entries: 0, blocks: 2 });
  });

  it('is something else than a folder without a journal', async () => {
    const empty = await temporaryFolder();
    await expect(verifyJournal(empty)).rejects.toThrow(JournalUnavailableError);
    await expect(verifyJournal(join(empty, 'gone'))).rejects.toThrow(/holds no journal/);
  });
});

describe('damage of the segment', () => {
  it('shows for a line, a part of one, or a block that is added at the end', async () => {
    const lines = linesOf(segment);
    const added = { kind: 'added', block: 8, segment: 1, firstSeq: 12, lastSeq: 12 };
    for (const extra of ['{"turn":1}\n', '{', '\0']) {
      expect((await damaged(lines.join('') + extra)).damage).toMatchObject(added);
    }
    const hash = JSON.parse(lines.at(-1)!).hash;
    const block = sealBlock(hash, '{"seq":13}\n', { block: 8, first: 13, last: 13, epoch: 1 });
    const report = await damaged(lines.join('') + block.text);
    expect(report.damage).toMatchObject({ ...added, firstSeq: 13, lastSeq: 13 });
    expect((await damaged(`${lines.join('')}${lines.at(-1)}`)).damage).toMatchObject({ block: 8 });
    await expect(fileLog(dir).open()).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
  });

  it('shows for every removed block, and for blocks in another order', async () => {
    const starts = [0, ...spans.map((span) => span.endBytes)];
    const blocks = spans.map((span, index) => segment.subarray(starts[index], span.endBytes));
    for (const [index, span] of spans.entries()) {
      const isLast = index === spans.length - 1;
      const report = await damaged(Buffer.concat(blocks.toSpliced(index, 1)));
      expect(report.damage).toMatchObject({ ...whereOf(span), kind: isLast ? 'cut' : 'missing' });
      if (isLast) continue;
      const swapped = blocks.toSpliced(index, 2, blocks[index + 1]!, blocks[index]!);
      expect((await damaged(Buffer.concat(swapped))).damage?.block).toBe(span.block);
    }
  });

  it('shows for lengths that the file is cut to', async () => {
    for (let length = 0; length < segment.length; length += 7) {
      const report = await damaged(segment.subarray(0, length));
      expect(report.damage, `length ${length}`).toMatchObject({
        kind: 'cut',
        block: spanAt(length).block,
      });
    }
  });

  it('shows when the segment is gone', async () => {
    await rm(join(dir, segmentName));
    expect((await verifyJournal(dir)).damage).toMatchObject({ kind: 'cut', block: 1, lastSeq: 12 });
  });

  it('stops a start and a reader with the same words', async () => {
    const bytes = Buffer.from(segment);
    bytes[spans[2]!.endBytes + 20]! ^= 1;
    await damaged(bytes);
    const { segment: _, ...where } = whereOf(spans[3]!);
    const words = /segment-000001\.ndjson, block 4 \(seq 4 to 6\): .* Restore the folder/;
    await expect(fileLog(dir).open()).rejects.toThrow(words);
    await expect(fileLog(dir).open()).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT', where });
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const line of readJournal(dir)) seen.push(line);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT', where });
    expect(seen).toHaveLength(1 + 2 * 3);
  });
});

describe('behind the head', () => {
  /** The second segment of the same log, with a head that lags, as after a power failure. */
  const lag = async () => {
    const journal = new Journal(fileLog(dir));
    await journal.open();
    const lagging = readFileSync(join(dir, 'head.json'));
    const safeBytes = (await readSegment(dir, 2)).length;
    await addBlocks(journal, 12, 2);
    const grown = await readSegment(dir, 2);
    await journal.close();
    await writeFile(join(dir, 'head.json'), lagging);
    return { grown, safeBytes };
  };

  it('accepts whole blocks, and calls every other length torn', async () => {
    const { grown, safeBytes } = await lag();
    const ends = lineEnds(grown).filter((end, index) => {
      return end >= safeBytes && linesOf(grown)[index]!.startsWith('{"block":');
    });
    for (let length = safeBytes; length <= grown.length; length += 3) {
      const { ok, bytes, tornBytes } = await damaged(grown.subarray(0, length), 2);
      const wholeBytes = ends.findLast((end) => end <= length)!;
      expect({ ok, bytes, tornBytes: tornBytes ?? 0 }, `length ${length}`).toEqual({
        ok: true,
        bytes: segment.length + wholeBytes,
        tornBytes: length - wholeBytes,
      });
    }
  });

  it('still shows flipped bytes in any block that another one follows', async () => {
    const { grown, safeBytes } = await lag();
    const sixthEnd = lineEnds(grown).find((end) => end > safeBytes + 300)!;
    for (let offset = safeBytes; offset < sixthEnd; offset += 5) {
      const bytes = Buffer.from(grown);
      bytes[offset]! ^= 1;
      expect((await damaged(bytes, 2)).damage, `byte ${offset}`).toMatchObject({ block: 9 });
    }
  });

  it('takes pages that never reached the disk for a crash, in the last block only', async () => {
    const { grown, safeBytes } = await lag();
    const zeroed = Buffer.from(grown).fill(0, grown.length - 300, grown.length - 250);
    const report = await damaged(zeroed, 2);
    expect(report).toMatchObject({ ok: true, blocks: 9, signed: { upToSeq: 12 } });
    expect(report.tornBytes).toBe(grown.length + segment.length - report.bytes);
    const early = Buffer.from(grown).fill(0, safeBytes + 10, safeBytes + 60);
    expect((await damaged(early, 2)).damage).toMatchObject({ block: 9 });
  });
});

describe('damage of the head', () => {
  it('shows when it is gone, empty, cut, longer, or of another journal', async () => {
    const path = join(dir, 'head.json');
    const other = await temporaryFolder();
    await smallJournal(other);
    await writeFile(path, readFileSync(join(other, 'head.json')));
    expect((await verifyJournal(dir)).damage?.kind).toBe('head');
    await writeFile(path, head);
    const longer = await crashCopy(dir, join(other, 'longer'));
    const journal = new Journal(fileLog(longer));
    await journal.open();
    await addBlocks(journal, 12, 1);
    await journal.close();
    await writeFile(path, readFileSync(join(longer, 'head.json')));
    expect((await verifyJournal(dir)).damage).toMatchObject({
      ...{ kind: 'cut', segment: 2, block: 8, firstSeq: 13, lastSeq: 15 },
    });
    for (const length of [1023, 512, 511, 1, 0]) {
      await writeFile(path, head);
      await truncate(path, length);
      expect((await verifyJournal(dir)).damage?.kind, `length ${length}`).toBe('head');
    }
    await writeFile(path, Buffer.concat([head, Buffer.from(' ')]));
    expect((await verifyJournal(dir)).damage?.kind).toBe('head');
    await rm(path);
    expect((await verifyJournal(dir)).damage?.kind).toBe('head');
    await writeFile(join(dir, segmentName), segment.subarray(0, 20));
    expect((await verifyJournal(dir)).damage?.kind).toBe('head');
  });

  it('shows when a chain of the same length was made again over other lines', async () => {
    const other = await temporaryFolder();
    const journal = new Journal(fileLog(other));
    await journal.open();
    journal.begin({ ...header, seed: 8 });
    await journal.flush();
    await addBlocks(journal, 0, 4);
    await journal.close();
    const forged = await readSegment(other);
    expect(forged).toHaveLength(segment.length);
    expect((await damaged(forged)).damage).toMatchObject({ kind: 'head', block: 7 });
  });
});

describe('the chain', () => {
  it('is SHA-256 over the hash before, a newline, and the block up to its own hash', () => {
    let before = '0'.repeat(64);
    let start = 0;
    for (const { endBytes } of spans) {
      const text = segment.toString('utf8', start, endBytes);
      const covered = text.slice(0, text.lastIndexOf(',"hash":'));
      const expected = createHash('sha256')
        .update(before)
        .update('\n')
        .update(covered)
        .digest('hex');
      expect(text.endsWith(`,"hash":"${expected}"}\n`)).toBe(true);
      before = expected;
      start = endBytes;
    }
    expect(start).toBe(segment.length);
  });

  it('shows a block that was sealed again over other lines', async () => {
    const [, , before, third] = spans;
    const body = segment.toString('utf8', before!.endBytes, third!.endBytes).split(/(?<=\n)/);
    const lines = body.slice(0, -1).join('').replace('"x"', '"y"');
    const { hash } = JSON.parse(linesOf(segment.subarray(0, before!.endBytes)).at(-1)!);
    const numbers = { block: 4, first: 4, last: 6, epoch: 1 };
    const forged = Buffer.concat([
      segment.subarray(0, before!.endBytes),
      Buffer.from(sealBlock(hash, lines, numbers).text),
      segment.subarray(third!.endBytes),
    ]);
    expect((await damaged(forged)).damage).toMatchObject({ kind: 'changed', block: 5 });
  });
});
