import { describe, expect, it } from 'vitest';
import type { EventLog, LogBlock, LogHead } from '../../../actors/ports.ts';
import { type FileLogOptions, fileLog, type Repair } from '../../../runtime/journal/file-log.ts';
import { findHeader } from '../../../runtime/journal/journal.ts';
import { verifyJournal } from '../../../runtime/journal/verify.ts';
import { seededRandom } from '../../../runtime/random.ts';
import type { FaultyDisk } from '../../support/faulty-disk.ts';
import { nextBlock } from './event-log.conformance.ts';
import { dir, diskOf, filesOf, linesIn, newKey, segmentNames, written } from './forge.ts';

const pem = newKey();
const keyFile = '/keys/signing.key';

const logOn = (disk: FaultyDisk, options: FileLogOptions = {}): EventLog =>
  fileLog(dir, { fileSystem: disk, signingKeyFile: keyFile, segmentBytesMax: 4_096, ...options });

/** Appends blocks of two entries; tells the head of each that was acknowledged. */
async function append(log: EventLog, head: LogHead, count: number, bytes = 500) {
  const heads: LogHead[] = [];
  let at = head;
  for (let done = 0; done < count; done += 1) {
    const outcome = await log.append(nextBlock(at, 2, 'x'.repeat(bytes)), at);
    if (outcome.kind !== 'ok') throw new Error(outcome.kind);
    at = outcome.head;
    heads.push(at);
  }
  return heads;
}

async function all(blocks: AsyncIterable<LogBlock>): Promise<LogBlock[]> {
  const found: LogBlock[] = [];
  for await (const block of blocks) found.push(block);
  return found;
}

async function grown(count: number, options: FileLogOptions = {}) {
  const disk = diskOf(new Map(), pem);
  const log = logOn(disk, options);
  const told: LogBlock[] = [];
  log.subscribe((block) => told.push(block));
  const heads = await append(log, await log.open(), count);
  return { disk, log, told, heads };
}

describe('a new segment', () => {
  it('is begun when the one before is full, and signs and seals it', async () => {
    const { disk, log, told, heads } = await grown(20);
    const names = segmentNames(filesOf(disk));
    expect(names).toHaveLength(4);
    const blocks = await all(log.read());
    expect(blocks).toEqual(told);
    for (const [index, name] of names.entries()) {
      const lines = linesIn(filesOf(disk).get(name)!).map((line) => JSON.parse(line));
      expect(lines[0]).toMatchObject({ format: 1, segment: index + 1, epoch: 1 });
      if (index === 0) continue;
      const before = filesOf(disk).get(names[index - 1]!)!;
      const last = JSON.parse(linesIn(before).at(-1)!);
      expect(before.length).toBeGreaterThanOrEqual(4_096);
      const { block, hash } = last;
      const previous = { bytes: before.length, block, last: last.last, hash };
      expect(lines[0].previous).toEqual(previous);
      expect(lines[1]).toMatchObject({ checkpoint: block, last: last.last, hash });
      expect(lines[2]).toMatchObject({ block: block + 1, first: last.last, last: last.last });
      // The append that filled the segment before told the head behind this block.
      expect(heads.some((head) => head.version === block + 1)).toBe(true);
    }
    await log.close();
    expect(await verifyJournal(dir, { fileSystem: disk })).toMatchObject({
      ...{ ok: true, entries: 40, segments: 4, signed: { checkpoints: 4, upToSeq: 40 } },
    });
  });

  it('is begun when the one before is old', async () => {
    let nowMs = 0;
    const { disk, log, heads } = await grown(2, { segmentAgeMaxMs: 1_000, now: () => nowMs });
    nowMs = 999;
    const [second] = await append(log, heads.at(-1)!, 1);
    expect(segmentNames(filesOf(disk))).toHaveLength(1);
    nowMs = 1_000;
    await append(log, second!, 1);
    expect(segmentNames(filesOf(disk))).toHaveLength(2);
    nowMs = 1_999;
    await append(log, await log.head(), 1);
    expect(segmentNames(filesOf(disk))).toHaveLength(2);
    await log.close();
  });

  it('is begun at each start, behind what another writer wrote', async () => {
    const files = await written(pem, [1, 0, 1]);
    expect(segmentNames(files)).toHaveLength(3);
    const epochs = segmentNames(files).map(
      (name) => JSON.parse(linesIn(files.get(name)!)[0]!).epoch,
    );
    expect(epochs).toEqual([1, 2, 3]);
    expect(await findHeader(logOn(diskOf(files, pem)))).toMatchObject({ settings: { a: 1 } });
  });
});

it('never takes the place of a file that another writer has made', async () => {
  const { disk, log, heads } = await grown(2);
  const rival = Buffer.from('of a rival');
  disk.put(`${dir}/segment-000002.ndjson`, rival);
  const full = await append(log, heads.at(-1)!, 1, 4_000);
  const outcome = await log.append(nextBlock(full[0]!), full[0]!);
  expect(outcome).toMatchObject({
    kind: 'unavailable',
    cause: {
      message: expect.stringMatching(/^Another process has made .*segment-000002\.ndjson'/),
    },
  });
  expect(disk.files.get(`${dir}/segment-000002.ndjson`)).toEqual(rival);
});

describe('a position', () => {
  it('gives what is there from it on, wherever it lies', async () => {
    const { log, told } = await grown(20);
    for (let version = 0; version <= told.length + 1; version += 1) {
      const expected = told.filter((block) => block.version >= version);
      expect(await all(log.read({ version }))).toEqual(expected);
    }
    for (let seq = 0; seq <= 41; seq += 1) {
      const expected = told.filter((block) => block.lastSeq >= seq);
      expect(await all(log.read({ seq })), `seq ${seq}`).toEqual(expected);
    }
    await log.close();
  });

  it('opens the segments that are needed, and no other', async () => {
    const { disk, log } = await grown(40);
    const count = segmentNames(filesOf(disk)).length;
    expect(count).toBeGreaterThan(4);
    const opened = new Set<string>();
    disk.plan = (call, path) => {
      if (call === 'open') opened.add(path);
      return undefined;
    };
    await all(log.read({ seq: 80 }));
    expect([...opened]).toEqual([`${dir}/segment-${String(count).padStart(6, '0')}.ndjson`]);
    opened.clear();
    await all(log.read({ seq: 1 }));
    expect(opened.size).toBe(count);
  });
});

describe('a crash', () => {
  /** Runs a life that rotates until the given call; tells what was acknowledged. */
  async function crashAt(callCount: number, disk: FaultyDisk): Promise<number> {
    let left = callCount;
    disk.plan = () => {
      left -= 1;
      if (left < 0) disk.isOff = true;
      return undefined;
    };
    const log = logOn(disk);
    let ackedSeq = 0;
    try {
      let at = await log.open();
      for (let done = 0; done < 9; done += 1) {
        const outcome = await log.append(nextBlock(at, 2, 'x'.repeat(600)), at);
        if (outcome.kind !== 'ok') break;
        at = outcome.head;
        ackedSeq = at.lastSeq;
      }
      await log.close();
    } catch (error) {
      if (!disk.isOff) throw error;
    }
    return ackedSeq;
  }

  it('at any call of a start, a commit or a rotation loses nothing acknowledged', async () => {
    const random = seededRandom(7).stream('crash');
    let isOver = false;
    let callCount = 0;
    for (; !isOver; callCount += 1) {
      const disk = diskOf(new Map(), pem);
      const ackedSeq = await crashAt(callCount, disk);
      isOver = !disk.isOff;
      const cuts = Array.from({ length: 6 }, () => disk.afterPowerCut(random.next));
      for (const found of [disk.afterKill(), ...cuts]) {
        found.put(`${dir}/lock`, undefined);
        const log = logOn(found);
        const head = await log.open();
        expect(head.lastSeq, `call ${callCount}`).toBeGreaterThanOrEqual(ackedSeq);
        await append(log, head, 1);
        await log.close();
        const report = await verifyJournal(dir, { fileSystem: found });
        expect(report).toMatchObject({ ok: true, lastSeq: head.lastSeq + 2 });
      }
    }
    expect(callCount).toBeGreaterThan(60);
  });

  it('tears the last block at any byte, and that is cut back', async () => {
    const { disk, log, heads } = await grown(4);
    const before = filesOf(disk);
    const name = segmentNames(before).at(-1)!;
    const whole = before.get(name)!;
    const block = Buffer.from(nextBlock(heads.at(-1)!, 2, 'y'.repeat(300)).text);
    await log.close();
    for (let length = 1; length <= block.length; length += 1) {
      const torn = diskOf(before, pem);
      torn.put(`${dir}/lock`, undefined);
      torn.put(`${dir}/${name}`, Buffer.concat([whole, block.subarray(0, length)]));
      const repairs: Repair[] = [];
      const next = logOn(torn, { onRepair: (repair) => repairs.push(repair) });
      const isWhole = length === block.length;
      expect((await next.open()).lastSeq).toBe(isWhole ? 10 : 8);
      const file = `${dir}/${name}`;
      expect(repairs).toEqual(isWhole ? [] : [{ file, bytesCut: length, afterSeq: 8 }]);
      await next.close();
      const report = await verifyJournal(dir, { fileSystem: torn });
      expect([report.ok, report.late]).toEqual([true, undefined]);
    }
  });

  it.each([0, 1, 40, 150])('leaves %i bytes of a segment, which is begun again', async (length) => {
    const { disk } = await grown(4);
    const crashed = diskOf(filesOf(disk), pem);
    crashed.put(`${dir}/lock`, undefined);
    const start = linesIn(filesOf(disk).get('segment-000001.ndjson')!).join('').slice(0, length);
    crashed.put(`${dir}/segment-000002.ndjson`, Buffer.from(start));
    const log = logOn(crashed);
    expect((await log.open()).lastSeq).toBe(8);
    await log.close();
    expect(await verifyJournal(dir, { fileSystem: crashed })).toMatchObject({
      ...{ ok: true, segments: 2, entries: 8 },
    });
  });
});
