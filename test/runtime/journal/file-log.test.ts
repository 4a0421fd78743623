import { type ChildProcess, spawn } from 'node:child_process';
import { appendFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { JournalHeldError, JournalUnavailableError } from '../../../actors/errors.ts';
import { fileLog, type Repair } from '../../../runtime/journal/file-log.ts';
import { type HeadRecord, SLOT_BYTES } from '../../../runtime/journal/head-file.ts';
import { Journal } from '../../../runtime/journal/journal.ts';
import { verifyJournal } from '../../../runtime/journal/verify.ts';
import { eventLogConformance, nextBlock } from './event-log.conformance.ts';
import {
  addBlocks,
  crashCopy,
  crashedJournal,
  entryLines,
  openLog,
  readSegment,
  segmentName,
  smallJournal,
  temporaryFolder,
} from './folders.ts';

eventLogConformance('fileLog', async () => fileLog(join(await temporaryFolder(), 'journal')));

/** Starts a writing process and waits until it has told `count` durable seqs. */
async function writingProcess(dir: string, count: number) {
  const script = join(import.meta.dirname, 'writer-process.ts');
  const child = spawn(process.execPath, [script, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const told: number[] = [];
  const lines = createInterface({ input: child.stdout! });
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the writing process ended by itself')));
    lines.on('line', (line) => {
      if (line !== 'ready') told.push(Number(line));
      if (told.length >= count) resolve();
    });
  });
  return { child, told };
}

const kill = (child: ChildProcess, signal: NodeJS.Signals): Promise<void> =>
  new Promise((resolve) => {
    child.removeAllListeners('exit');
    child.once('close', () => resolve());
    child.kill(signal);
  });

const writeLock = (dir: string, holder: object): Promise<void> =>
  writeFile(join(dir, 'lock'), `${JSON.stringify(holder)}\n`);

describe('the folder', () => {
  it('is made for its owner only, and so are its files', async () => {
    const dir = join(await temporaryFolder(), 'a', 'b');
    await smallJournal(dir);
    const modeOf = async (name: string) => (await stat(join(dir, name))).mode & 0o777;
    expect(await modeOf('.')).toBe(0o700);
    const names = ['head.json', 'public-key.pem', segmentName];
    expect((await readdir(dir)).sort()).toEqual(names);
    for (const name of [...names, '../b.key']) expect(await modeOf(name), name).toBe(0o600);
  });

  it('is refused in one line when it is a file, or lies under one', async () => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    for (const dir of [file, join(file, 'sub')]) {
      const opening = fileLog(dir).open();
      await expect(opening).rejects.toThrow(JournalUnavailableError);
      await expect(opening).rejects.toThrow(
        /^Journal '.*' cannot be opened: it, or .*, is a file \(E[A-Z]+\)\. Move .*--journal\.$/,
      );
    }
  });
});

describe('the lock', () => {
  it('refuses a second log in the same process, and the same log opened twice', async () => {
    const dir = await temporaryFolder();
    const { log } = await openLog(dir);
    await expect(fileLog(dir).open()).rejects.toMatchObject({
      code: 'JOURNAL_HELD',
      holder: { pid: process.pid, host: hostname() },
    });
    await expect(log.open()).rejects.toThrow(JournalHeldError);
    await log.close();
    await openLog(dir);
  });

  it('lets one of several opens at once win, and leaves no other file behind', async () => {
    const dir = await temporaryFolder();
    await writeLock(dir, { pid: 2 ** 22 + 1, host: hostname(), epoch: 4 });
    const opens = await Promise.allSettled([1, 2, 3, 4, 5].map(() => openLog(dir)));
    const won = opens.filter((open) => open.status === 'fulfilled');
    expect(won).toHaveLength(1);
    expect(won[0]!.value.head.epoch).toBe(5);
    expect((await readdir(dir)).sort()).toEqual([
      ...['head.json', 'lock', 'public-key.pem', segmentName],
    ]);
  });

  it('of a living process is respected, of a killed one taken over', async () => {
    const dir = join(await temporaryFolder(), 'journal');
    const { child, told } = await writingProcess(dir, 3);
    await expect(fileLog(dir).open()).rejects.toMatchObject({ holder: { pid: child.pid } });
    expect((await verifyJournal(dir)).ok).toBe(true);
    await kill(child, 'SIGKILL');
    const { log, head } = await openLog(dir);
    expect(head.epoch).toBe(2);
    expect(head.lastSeq).toBeGreaterThanOrEqual(told.at(-1)!);
    await log.close();
  });

  it('keeps every acknowledged entry over many kills at random moments', async () => {
    const dir = join(await temporaryFolder(), 'journal');
    for (let round = 1; round <= 8; round += 1) {
      const { child, told } = await writingProcess(dir, 1 + (round % 4) * 7);
      await kill(child, 'SIGKILL');
      const report = await verifyJournal(dir);
      expect(report.damage).toBeUndefined();
      expect(report.lastSeq).toBeGreaterThanOrEqual(told.at(-1)!);
      expect(JSON.parse(await readFile(join(dir, 'lock'), 'utf8')).epoch).toBe(round);
    }
  });

  it('of a dead process is not mistaken for that of another one with its pid', async () => {
    const dir = await temporaryFolder();
    const dead = { pid: process.pid, host: hostname(), epoch: 7, startedAt: 'boot:1' };
    await writeLock(dir, dead);
    expect((await openLog(dir)).head.epoch).toBe(8);
  });

  it('of another host is refused with the way to clear it', async () => {
    const dir = await temporaryFolder();
    await writeLock(dir, { pid: 12, host: 'elsewhere', epoch: 3 });
    const opening = fileLog(dir).open();
    await expect(opening).rejects.toThrow(JournalHeldError);
    await expect(opening).rejects.toThrow(
      /process 12 on elsewhere.*delete '.*lock' and start again/,
    );
    await rm(join(dir, 'lock'));
    await openLog(dir);
  });

  it('that cannot be read is refused with the way to clear it', async () => {
    const dir = await temporaryFolder();
    await writeFile(join(dir, 'lock'), '');
    await expect(fileLog(dir).open()).rejects.toThrow(/lock' cannot be read\. .* delete the file/);
  });

  it('that was removed or replaced fences its writer before the next write', async () => {
    const dir = await temporaryFolder();
    const { log, head } = await openLog(dir);
    await rm(join(dir, 'lock'));
    const { log: rival, head: rivalHead } = await openLog(dir);
    const outcome = await log.append(nextBlock(head), head);
    expect(outcome).toEqual({ kind: 'fenced', epoch: head.epoch + 1 });
    const own = await rival.append(nextBlock(rivalHead), rivalHead);
    expect(own.kind).toBe('ok');
    await log.close();
    expect(await readdir(dir)).toContain('lock');
    await rival.close();
    expect(await verifyJournal(dir)).toMatchObject({ ok: true, entries: 1 });
  });

  it('is given back when the start is refused', async () => {
    const dir = await temporaryFolder();
    await smallJournal(dir);
    await writeFile(join(dir, segmentName), 'x');
    await expect(fileLog(dir).open()).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
    expect(await readdir(dir)).not.toContain('lock');
  });
});

/** Both slots of a head. */
async function slotsOf(dir: string) {
  const text = await readFile(join(dir, 'head.json'), 'latin1');
  const slots = [0, SLOT_BYTES].map((offset) => {
    const head: HeadRecord = JSON.parse(text.slice(offset, offset + SLOT_BYTES));
    return { offset, head };
  });
  const [older, newer] = slots.sort((a, b) => a.head.write - b.head.write);
  return { older: older!, newer: newer! };
}

async function spoilSlot(dir: string, offset: number): Promise<void> {
  const bytes = await readFile(join(dir, 'head.json'));
  await writeFile(join(dir, 'head.json'), bytes.fill(0, offset, offset + 200));
}

describe('after a crash', () => {
  it('cuts a torn tail back at every length, reports it, and goes on', async () => {
    const dir = await crashedJournal(2);
    const whole = await readSegment(dir);
    const tail = `${entryLines(7)}{"block":6,"first":7,"last":7,"epoch":1,"hash":"00"`;
    for (let length = 1; length <= tail.length; length += 17) {
      const copy = await crashCopy(dir, join(await temporaryFolder(), 'copy'));
      await appendFile(join(copy, segmentName), tail.slice(0, length));
      const repairs: Repair[] = [];
      const journal = new Journal(fileLog(copy, { onRepair: (repair) => repairs.push(repair) }));
      expect((await journal.open()).head.lastSeq).toBe(6);
      const file = join(copy, segmentName);
      expect(repairs).toEqual([{ file, bytesCut: length, afterSeq: 6 }]);
      expect(await readSegment(copy)).toEqual(whole);
      await addBlocks(journal, 6, 1);
      await journal.close();
      expect(await verifyJournal(copy)).toMatchObject({ ok: true, entries: 9 });
    }
  });

  it('writes a slot of the head again that a commit had not finished', async () => {
    const dir = await crashedJournal();
    const { newer } = await slotsOf(dir);
    await spoilSlot(dir, newer.offset);
    const repairs: Repair[] = [];
    const log = fileLog(dir, { onRepair: (repair) => repairs.push(repair) });
    expect((await log.open()).lastSeq).toBe(12);
    expect(repairs).toEqual([{ file: join(dir, 'head.json'), bytesCut: 0, afterSeq: 12 }]);
    await log.close();
    expect((await verifyJournal(dir)).ok).toBe(true);
  });

  it('refuses a log that was cut together with the newest slot of its head', async () => {
    const dir = await crashedJournal();
    const { older, newer } = await slotsOf(dir);
    await spoilSlot(dir, newer.offset);
    await writeFile(join(dir, segmentName), (await readSegment(dir)).subarray(0, older.head.bytes));
    await expect(fileLog(dir).open()).rejects.toThrow(/head\.json.*a part of it cannot be read/);
  });

  it('starts over when it came before the first commit', async () => {
    const dir = join(await temporaryFolder(), 'journal');
    await mkdir(dir);
    await writeFile(join(dir, 'head.json.new'), 'half');
    await writeFile(join(dir, 'segment-000001.ndjson.new'), 'half');
    expect((await openLog(dir)).head).toMatchObject({ version: 1, lastSeq: 0 });
    expect((await readdir(dir)).filter((name) => name.endsWith('.new'))).toEqual([]);
  });
});

describe('the segment', () => {
  it('is not written when somebody without the lock has written to it', async () => {
    const dir = await temporaryFolder();
    const { log, head } = await openLog(dir);
    await appendFile(join(dir, segmentName), 'late bytes');
    const outcome = await log.append(nextBlock(head), head);
    expect(outcome.kind).toBe('conflict');
    expect((await readSegment(dir)).toString()).toMatch(/\}\nlate bytes$/);
    await log.close();
  });
});
