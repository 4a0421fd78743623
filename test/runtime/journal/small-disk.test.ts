/** Real file systems that run full or are read-only; mounting one needs the right to. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { fileLog } from '../../../runtime/journal/file-log.ts';
import { Journal } from '../../../runtime/journal/journal.ts';
import { verifyJournal } from '../../../runtime/journal/verify.ts';
import { needs } from '../../support/needs.ts';
import { nextBlock } from './event-log.conformance.ts';
import { entryLines, header, openLog, temporaryFolder } from './folders.ts';

const mount = (dir: string, options: string) =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', dir], { encoding: 'utf8' });

function whyNoMount(): string | undefined {
  const dir = mkdtempSync(join(tmpdir(), 'kintsugi-mount-'));
  const { status, stderr, error } = mount(dir, 'size=64k');
  if (status === 0) spawnSync('umount', [dir]);
  rmdirSync(dir);
  return status === 0 ? undefined : `mounting is refused: ${error?.message ?? stderr}`;
}

const reason = whyNoMount();
const itMounts = needs('a file system of its own', reason === undefined, reason ?? '', {
  mayLackInCi: true,
});

async function mounted(options: string): Promise<string> {
  const dir = await temporaryFolder();
  expect(mount(dir, options).status).toBe(0);
  onTestFinished(() => void spawnSync('umount', [dir]));
  return dir;
}

itMounts('a read-only file system is refused in one line', async () => {
  const dir = await mounted('ro');
  await expect(fileLog(dir).open()).rejects.toThrow(
    /mounted read-only \(EROFS\)\. Mount it for writing, or choose another folder/,
  );
});

itMounts('a log acknowledges nothing that a full disk did not take, and goes on', async () => {
  const dir = await mounted('size=64k');
  const { log, head } = await openLog(dir);
  const outcome = await log.append(nextBlock(head, 1, 'x'.repeat(200_000)), head);
  expect(outcome).toMatchObject({ kind: 'unavailable' });
  expect(String('cause' in outcome && outcome.cause)).toMatch(/no space is left.*\(ENOSPC\)/);
  expect((await log.append(nextBlock(head), head)).kind).toBe('ok');
  await log.close();
  expect(await verifyJournal(dir)).toMatchObject({ ok: true, entries: 1 });
});

itMounts('a journal that fills the disk stops, and continues once there is room', async () => {
  const dir = await mounted('size=256k');
  await writeFile(join(dir, 'other-file'), Buffer.alloc(100_000));
  const journal = new Journal(fileLog(dir, { segmentBytesMax: 16_384 }));
  await journal.open();
  journal.begin(header);
  let seq = 0;
  const filling = (async () => {
    for (;;) {
      seq += 1;
      journal.append(entryLines(seq, 'x'.repeat(700)), seq, false);
      await journal.flush();
    }
  })();
  await expect(filling).rejects.toThrow(/no space is left.*Free some space.*Entries up to seq/s);
  const ackedSeq = journal.durableSeq;
  expect(ackedSeq).toBeGreaterThan(50);
  await expect(journal.close()).rejects.toThrow(/no space is left/);
  expect(await verifyJournal(dir)).toMatchObject({ ok: true });

  await rm(join(dir, 'other-file'));
  const next = new Journal(fileLog(dir, { segmentBytesMax: 16_384 }));
  const { head } = await next.open();
  expect(head.lastSeq).toBeGreaterThanOrEqual(ackedSeq);
  next.append(entryLines(head.lastSeq + 1), head.lastSeq + 1, true);
  await next.close();
  expect(await verifyJournal(dir)).toMatchObject({ ok: true, lastSeq: head.lastSeq + 1 });
});
