import { rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EventLog } from '../../../actors/ports.ts';
import { fileLog } from '../../../runtime/journal/file-log.ts';
import { headFile } from '../../../runtime/journal/files.ts';
import { headlessLog } from '../../../runtime/journal/headless-log.ts';
import { readJournal } from '../../../runtime/journal/read.ts';
import {
  nameOfSegment,
  readSegment,
  segmentName,
  smallJournal,
  temporaryFolder,
} from './folders.ts';

/** A journal of several segments. */
async function headless() {
  const dir = await temporaryFolder();
  await smallJournal(dir, 40, { segmentBytesMax: 4_096 });
  const head = await fileLog(dir).head();
  const lines = await all(dir);
  const blocks = await blocksFrom(fileLog(dir), 61);
  await rm(headFile(dir));
  return { dir, head, lines, blocks };
}

async function blocksFrom(log: EventLog, seq: number) {
  const blocks = [];
  for await (const block of log.read({ seq })) blocks.push(block);
  return blocks;
}

async function all(journal: Parameters<typeof readJournal>[0], afterSeq = -1) {
  const lines = [];
  for await (const line of readJournal(journal, { afterSeq })) lines.push(line);
  return lines;
}

describe('segments without their head', () => {
  it('read as the journal did, from its begin and from any entry', async () => {
    const { dir, head, lines, blocks } = await headless();
    await expect(all(dir)).rejects.toThrow('head.json');
    const log = headlessLog(dir);
    expect(await all(log)).toEqual(lines);
    expect(await all(log, 60)).toEqual((await all(log)).slice(1 + 2 * 60));
    expect(await blocksFrom(log, 61)).toEqual(blocks);
    const { lastSeq, hash, version } = head;
    expect(await log.head()).toMatchObject({ lastSeq, hash, version });
  });

  it('are refused where the chain is broken, by the place', async () => {
    const { dir } = await headless();
    const bytes = await readSegment(dir, 2);
    bytes[bytes.indexOf('"text":"x"') + 8] = 0x79;
    await writeFile(join(dir, nameOfSegment(2)), bytes);
    const log = headlessLog(dir);
    await expect(log.head()).rejects.toThrow(nameOfSegment(2));
    await expect(all(log)).rejects.toThrow('do not give its hash');
  });

  it('are refused where one of them is missing', async () => {
    const { dir } = await headless();
    await rm(join(dir, nameOfSegment(2)));
    await expect(headlessLog(dir).head()).rejects.toThrow(nameOfSegment(2));
  });

  it('end at the last whole block where somebody cut them off: it is not noticed', async () => {
    const dir = await temporaryFolder();
    await smallJournal(dir, 4);
    await rm(headFile(dir));
    const { length } = await readSegment(dir);
    const whole = await headlessLog(dir).head();
    await truncate(join(dir, segmentName), length - 10);
    expect((await headlessLog(dir).head()).version).toBe(whole.version - 1);
  });
});
