import { createHash } from 'node:crypto';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exportAudit } from '../../../runtime/export/audit.ts';
import { verifyAudit } from '../../../runtime/export/audit-verify.ts';
import { verifyJournal } from '../../../runtime/journal/verify.ts';
import { readSegment, segmentName, temporaryFolder } from '../journal/folders.ts';
import { all, openJournal, richEntries, writtenJournal } from './written.ts';

const bytesOf = async function* (lines: readonly string[]) {
  yield Buffer.from(lines.join(''));
};

/** Entry, hash before and hash, taken from a line by its lengths alone. */
function partsByLength(line: string) {
  const seal = `,"prev_hash":"${'0'.repeat(64)}","hash":"${'0'.repeat(64)}"}\n`.length;
  const entry = line.slice('{"entry":'.length, -seal);
  const { prev_hash, hash } = JSON.parse(line) as { prev_hash: string; hash: string };
  return { entry, prev_hash, hash };
}

it('chains its lines by SHA-256 over the JSON of the entry and the hash before', async () => {
  const dir = await writtenJournal(await temporaryFolder());
  const lines = await all(exportAudit(dir));
  let before = '0'.repeat(64);
  for (const line of lines) {
    const { entry, prev_hash, hash } = partsByLength(line);
    expect(prev_hash).toBe(before);
    expect(hash).toBe(
      createHash('sha256')
        .update(entry + prev_hash)
        .digest('hex'),
    );
    expect(JSON.parse(line)).toEqual({ entry: JSON.parse(entry), prev_hash, hash });
    before = hash;
  }
  expect(lines).toHaveLength(richEntries.length + 2);
});

it('says in the words of an audit what the journal holds, without what is empty', async () => {
  const dir = await writtenJournal(await temporaryFolder());
  const entries = (await all(exportAudit(dir))).map((line) => JSON.parse(line).entry);
  expect(entries[0]).toEqual({
    audit: 'opened',
    format: 1,
    journal: { id: 'test', host: 'test', seed: 7 },
  });
  expect(entries[1]).toEqual({
    seq: 1,
    timestamp: '1970-01-01T00:00:01.000Z',
    actor: 'runtime',
    action: 'command start',
    event: { command: 'start' },
    result: { changed: [{ path: '/a', to: 'idle' }] },
  });
  expect(entries[2]).toMatchObject({
    actor: '/a/b',
    action: 'event ISOLATE',
    by: 'ada',
    class: 'safety',
  });
  expect(Object.keys(entries[2].result)).toEqual(['changed', 'facts', 'effects']);
  expect(entries[3]).toMatchObject({ action: 'timer retry', cause: 2 });
  expect(entries[5]).toMatchObject({ action: 'resume', result: { threw: { 0: 'bad' } } });
});

it('closes with the count, the final hash, and where the journal ends', async () => {
  const dir = await writtenJournal(await temporaryFolder());
  const lines = await all(exportAudit(dir));
  const { lastSeq, blocks, hash } = await verifyJournal(dir);
  expect(JSON.parse(lines.at(-1)!).entry).toEqual({
    audit: 'closed',
    count: 5,
    final_hash: JSON.parse(lines.at(-2)!).hash,
    journal: { last_seq: lastSeq, blocks, hash },
  });
  expect(await verifyAudit(bytesOf(lines))).toEqual({
    ok: true,
    lines: 7,
    entries: 5,
    hash: JSON.parse(lines.at(-1)!).hash,
    journal: { lastSeq, blocks, hash },
  });
});

it('is whole for a journal in which nothing happened yet', async () => {
  const dir = await temporaryFolder();
  await (await openJournal(dir)).close();
  const report = await verifyAudit(bytesOf(await all(exportAudit(dir))));
  expect(report).toMatchObject({ ok: true, lines: 2, entries: 0, journal: { lastSeq: 0 } });
});

it('ends where the journal ended when it began, whatever a writer adds meanwhile', async () => {
  const dir = await temporaryFolder();
  const journal = await openJournal(dir);
  await journal.add(richEntries);
  const lines: string[] = [];
  for await (const line of exportAudit(dir)) {
    lines.push(line);
    if (lines.length === 2) await journal.add(richEntries);
  }
  expect(await verifyAudit(bytesOf(lines))).toMatchObject({ ok: true, entries: 5 });
});

it('has no closing line when the journal is damaged, and fails', async () => {
  const dir = await temporaryFolder();
  const journal = await openJournal(dir);
  await journal.add(richEntries.slice(0, 2));
  const { length } = await readSegment(dir);
  await journal.add(richEntries.slice(2));
  await journal.close();
  await truncate(join(dir, segmentName), length);
  const lines: string[] = [];
  const exporting = (async () => {
    for await (const line of exportAudit(dir)) lines.push(line);
  })();
  await expect(exporting).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
  const report = await verifyAudit(bytesOf(lines));
  expect(report).toMatchObject({
    ok: false,
    entries: 2,
    damage: { line: 4, reason: 'the file ends without its closing line' },
  });
});

it('never closes over a damage, not even before the first entry', async () => {
  const dir = await temporaryFolder();
  const journal = await openJournal(dir);
  await journal.add([]);
  const { length } = await readSegment(dir);
  await journal.add(richEntries);
  await journal.close();
  await truncate(join(dir, segmentName), length);
  await expect(all(exportAudit(dir))).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
});
