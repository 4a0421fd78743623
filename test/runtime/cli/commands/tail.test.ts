import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { CommandOptions } from '../../../../runtime/cli/command.ts';
import { run } from '../../../../runtime/cli/commands/tail.ts';
import { all, openJournal, richEntries, writtenJournal } from '../../export/written.ts';
import { readSegment, segmentName, temporaryFolder } from '../../journal/folders.ts';
import { fakeIo } from '../fake-io.ts';

async function tailed(dir: string, options: CommandOptions = {}) {
  const io = fakeIo();
  const code = await run([dir], options, io);
  return { code, lines: io.stdout.text.split('\n').slice(0, -1), stderr: io.stderr.text };
}

it('prints the last entries as lines and ends, when nobody writes the journal', async () => {
  const dir = await writtenJournal(await temporaryFolder());
  expect(await tailed(dir, { count: 2 })).toEqual({
    code: 0,
    lines: [
      '1970-01-01T00:00:04.000Z  4  /ab  =cmd() -> dead letter T to /gone: no actor',
      '1970-01-01T00:00:05.000Z  5  runtime  resume -> timer retry of /t: drop',
    ],
    stderr: '',
  });
  const { lines } = await tailed(dir, { json: true, kind: ['timer'] });
  expect(lines.map((line) => JSON.parse(line).seq)).toEqual([3]);
});

it('says when there is nothing to show, and why', async () => {
  const empty = await temporaryFolder();
  await (await openJournal(empty)).close();
  expect((await tailed(empty)).stderr).toBe(`Journal '${empty}' holds no entries yet.\n`);
  const dir = await writtenJournal(await temporaryFolder());
  expect((await tailed(dir, { type: ['NEVER'] })).stderr).toBe('No entry passes the filter.\n');
  expect((await tailed(dir, { from: 99 })).stderr).toBe('No entry passes the filter.\n');
  expect((await tailed(dir, { count: 0 })).stderr).toBe('');
  await expect(tailed(dir, { actor: '/gon' })).rejects.toThrow("Did you mean '/gone'?");
  await expect(tailed(await temporaryFolder())).rejects.toThrow(
    'holds no journal. Check the path.',
  );
});

it('follows a journal that is being written, until it is told to stop', async () => {
  const dir = await temporaryFolder();
  const journal = await openJournal(dir);
  await journal.add(richEntries);
  const io = fakeIo();
  const stop = new AbortController();
  const write = io.stdout.write.bind(io.stdout);
  io.stdout.write = (text) => {
    write(text);
    if (text.includes('  5  ')) void journal.add(richEntries);
    if (text.includes('  10  ')) stop.abort();
  };
  expect(await run([dir], { count: 1 }, io, stop)).toBe(0);
  expect(io.stdout.text.match(/(?<= {2})\d+(?= {2})/g)).toEqual(['5', '6', '7', '8', '9', '10']);
  expect(io.stderr.text).toBe(`Following '${dir}'. Ctrl-C ends.\n`);
  expect((await tailed(dir, { count: 1, follow: false })).lines).toHaveLength(1);
});

it('prints the entries before a damage, then the error', async () => {
  const dir = await temporaryFolder();
  const journal = await openJournal(dir);
  await journal.add(richEntries.slice(0, 3));
  const { length } = await readSegment(dir);
  await journal.add(richEntries);
  await journal.close();
  await truncate(join(dir, segmentName), length);
  const io = fakeIo();
  await expect(run([dir], {}, io)).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
  expect(io.stdout.text.split('\n')).toHaveLength(4);
});

/** The real command, followed by a reader. */
function kintsugi(...args: readonly string[]) {
  const main = join(import.meta.dirname, '../../../../runtime/cli/main.ts');
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, ended: once(child, 'close') };
}

it('waits for a journal, follows it, and ends with 0 at Ctrl-C', async () => {
  const dir = await temporaryFolder();
  const { child, ended } = kintsugi('tail', dir, '--follow', '--json');
  let said = '';
  for await (const chunk of child.stderr) {
    said += chunk;
    if (said.includes('waiting for one')) break;
  }
  const journal = await openJournal(dir);
  await journal.add(richEntries);
  let rows = '';
  for await (const chunk of child.stdout) {
    rows += chunk;
    if (rows.includes('"seq":5,')) child.kill('SIGINT');
  }
  expect(await ended).toEqual([0, null]);
  expect(
    rows
      .trimEnd()
      .split('\n')
      .map((row) => JSON.parse(row).seq),
  ).toEqual([1, 2, 3, 4, 5]);
});

it('ends in peace, as an export does, when its reader has enough', async () => {
  const many = Array.from({ length: 3_000 }, () => ({
    event: { type: 'T', text: 'x'.repeat(500) },
  }));
  const dir = await writtenJournal(await temporaryFolder(), many);
  for (const args of [
    ['tail', dir, '-n', '3000'],
    ['export', dir],
  ]) {
    const { child, ended } = kintsugi(...args);
    const stderr = all(child.stderr);
    for await (const _ of child.stdout) break;
    expect(await ended).toEqual([0, null]);
    expect((await stderr).join('')).toBe('');
  }
});
