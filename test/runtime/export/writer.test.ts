import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isBeingWritten } from '../../../runtime/export/writer.ts';
import { temporaryFolder } from '../journal/folders.ts';
import { openJournal } from './written.ts';

it('knows a journal that is written from one that is not', async () => {
  const dir = await temporaryFolder();
  expect(await isBeingWritten(dir)).toBe(false);
  const journal = await openJournal(dir);
  expect(await isBeingWritten(dir)).toBe(true);
  await journal.close();
  expect(await isBeingWritten(dir)).toBe(false);
});

it('takes the lock of a dead process for none, and that of another host for one', async () => {
  const dir = await temporaryFolder();
  await openJournal(dir);
  const lock = join(dir, 'lock');
  const holder = JSON.parse(await readFile(lock, 'utf8')) as object;
  const copy = await temporaryFolder();
  const write = (more: object) =>
    writeFile(join(copy, 'lock'), JSON.stringify({ ...holder, ...more }));
  await write({ pid: 2 ** 30 });
  expect(await isBeingWritten(copy)).toBe(false);
  await write({ pid: 2 ** 30, host: 'elsewhere' });
  expect(await isBeingWritten(copy)).toBe(true);
  await writeFile(join(copy, 'lock'), 'torn');
  expect(await isBeingWritten(copy)).toBe(false);
});
