import { readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CommandOptions } from '../../../../runtime/cli/command.ts';
import { run } from '../../../../runtime/cli/commands/export.ts';
import { openJournal, richEntries, writtenJournal } from '../../export/written.ts';
import { readSegment, segmentName, temporaryFolder } from '../../journal/folders.ts';
import { fakeIo } from '../fake-io.ts';

async function exported(args: readonly string[], options: CommandOptions = {}) {
  const io = fakeIo();
  const code = await run(args, options, io);
  return { code, stdout: io.stdout.text, stderr: io.stderr.text };
}

const seqsOf = (text: string): number[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line).seq);

async function damagedJournal(): Promise<string> {
  const dir = await temporaryFolder();
  const journal = await openJournal(dir);
  await journal.add(richEntries.slice(0, 3));
  const { length } = await readSegment(dir);
  await journal.add(richEntries);
  await journal.close();
  await truncate(join(dir, segmentName), length);
  return dir;
}

describe('export', () => {
  it('writes rows to standard output, and their count beside them', async () => {
    const dir = await writtenJournal(await temporaryFolder());
    const { code, stdout, stderr } = await exported([dir], { actor: '/a/*', until: 2 });
    expect([code, seqsOf(stdout), stderr]).toEqual([0, [1, 2], '2 rows as ndjson.\n']);
    const csv = await exported([dir], { format: 'csv', type: ['retry'] });
    expect(csv.stdout.split('\r\n')).toHaveLength(3);
    expect(csv.stderr).toBe('1 row as csv.\n');
    const none = await exported([dir], { type: ['NEVER'] });
    expect(none).toEqual({ code: 0, stdout: '', stderr: '0 rows as ndjson.\n' });
  });

  it('writes a file in the format that its name says, and a summary as JSON', async () => {
    const dir = await writtenJournal(await temporaryFolder());
    const file = join(await temporaryFolder(), 'rows.CSV');
    const { code, stdout } = await exported([dir], { output: file, json: true });
    expect([code, JSON.parse(stdout)]).toEqual([0, { dir, output: file, format: 'csv', rows: 5 }]);
    expect(await readFile(file, 'utf8')).toMatch(/^seq,at,.*\r\n1,1970-/);
    const named = await exported([dir], { output: file, force: true, format: 'ndjson' });
    expect(named.stderr).toBe(`5 rows as ndjson in '${file}'.\n`);
    expect(seqsOf(await readFile(file, 'utf8'))).toEqual([1, 2, 3, 4, 5]);
  });

  it('refuses an actor that no entry names with the nearest one, and leaves no file', async () => {
    const dir = await writtenJournal(await temporaryFolder());
    const output = join(await temporaryFolder(), 'rows.csv');
    const refused = exported([dir], { actor: '/gon', output });
    await expect(refused).rejects.toThrow("names no actor '/gon' there. Did you mean '/gone'?");
    await expect(refused).rejects.toMatchObject({ code: 'USAGE' });
    await expect(stat(output)).rejects.toMatchObject({ code: 'ENOENT' });
    const io = fakeIo();
    await expect(run([dir], { actor: '/gon', format: 'csv' }, io)).rejects.toThrow();
    expect(io.stdout.text).toBe('');
  });

  it.each<[CommandOptions, string]>([
    [{ from: 9, until: 3 }, '--from 9 lies behind --until 3'],
    [{ since: 2_000, before: 2_000 }, '--since 1970-01-01T00:00:02.000Z is not before --before'],
    [{ json: true }, 'Give --output FILE as well'],
  ])('refuses %j', async (options, words) => {
    const dir = await writtenJournal(await temporaryFolder());
    await expect(exported([dir], options)).rejects.toMatchObject({ code: 'USAGE' });
    await expect(exported([dir], options)).rejects.toThrow(words);
  });

  it('gives the rows before a damage, in a file too, then the error', async () => {
    const dir = await damagedJournal();
    const output = join(await temporaryFolder(), 'rows');
    await expect(exported([dir], { output })).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
    expect(seqsOf(await readFile(output, 'utf8'))).toEqual([1, 2, 3]);
    const io = fakeIo();
    await expect(run([dir], {}, io)).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
    expect(seqsOf(io.stdout.text)).toEqual([1, 2, 3]);
  });
});

describe('export audit and export verify', () => {
  it('agree, and name the journal', async () => {
    const dir = await writtenJournal(await temporaryFolder());
    const output = join(await temporaryFolder(), 'audit.ndjson');
    const summary = JSON.parse((await exported(['audit', dir], { output, json: true })).stdout);
    expect(summary).toMatchObject({
      dir,
      output,
      format: 'audit',
      rows: 7,
      journal: { lastSeq: 5 },
    });
    const { code, stdout } = await exported(['verify', output], { json: true });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      file: output,
      ok: true,
      entries: 5,
      journal: summary.journal,
    });
    const said = await exported(['verify', output]);
    expect(said.stdout).toContain(`journal:  last seq 5, hash ${summary.journal.hash}`);
  });

  it('end with 1 and name the first bad line, with both hashes', async () => {
    const dir = await writtenJournal(await temporaryFolder());
    const { stdout: whole } = await exported(['audit', dir]);
    const file = join(await temporaryFolder(), 'audit.ndjson');
    await writeFile(file, whole.replace('"by":"ada"', '"by":"eve"'));
    const { code, stdout } = await exported(['verify', file]);
    expect(code).toBe(1);
    expect(stdout).toContain('cannot be trusted from line 3 on: its bytes do not give its hash.');
    expect(stdout).toMatch(/expected: [0-9a-f]{64}\ngot: {6}[0-9a-f]{64}\n/);
    const json = await exported(['verify', file], { json: true });
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, damage: { line: 3 } });
  });

  it('refuse a file that cannot be read', async () => {
    const file = join(await temporaryFolder(), 'none');
    await expect(exported(['verify', file])).rejects.toMatchObject({ code: 'USAGE' });
    await expect(exported(['verify', file])).rejects.toThrow(`File '${file}' cannot be read`);
  });
});
