import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportAudit } from '../../../runtime/export/audit.ts';
import { GENESIS_HASH, sealAudit } from '../../../runtime/export/audit-line.ts';
import { verifyAudit } from '../../../runtime/export/audit-verify.ts';
import { temporaryFolder } from '../journal/folders.ts';
import { all, writtenJournal } from './written.ts';

const goodLines = async (): Promise<readonly string[]> =>
  all(exportAudit(await writtenJournal(await temporaryFolder())));

const verify = (data: string | Uint8Array | readonly string[]) =>
  verifyAudit(
    (async function* () {
      yield Buffer.from(Array.isArray(data) ? data.join('') : (data as string));
    })(),
  );

/** The same entries with other content, chained again by somebody who knows the formula. */
function chainedAgain(
  good: readonly string[],
  change: (entries: { [name: string]: unknown }[]) => unknown,
): string {
  const entries = good.map((line) => JSON.parse(line).entry);
  change(entries);
  let hash = GENESIS_HASH;
  return entries
    .map((entry) => {
      if (entry.audit === 'closed' && 'final_hash' in entry) entry.final_hash &&= hash;
      const sealed = sealAudit(entry, hash);
      hash = sealed.hash;
      return sealed.line;
    })
    .join('');
}

describe('the verifier of audit files', () => {
  it('takes every byte of a whole file, read from a path too', async () => {
    const good = await goodLines();
    const file = join(await temporaryFolder(), 'audit.ndjson');
    await writeFile(file, good.join(''));
    expect(await verifyAudit(file)).toMatchObject({ ok: true, lines: 7, entries: 5 });
    expect(await verify(chainedAgain(good, () => {}))).toMatchObject({ ok: true });
  });

  it('finds every byte that is another one, bit by bit, at its line', async () => {
    const good = await goodLines();
    const data = Buffer.from(good.join(''));
    let line = 1;
    const missed: number[] = [];
    for (let at = 0; at < data.length; at += 1) {
      const before = data[at]!;
      // All bits of the frame and of a hash in one line, one bit each elsewhere.
      for (const mask of at < 500 ? [1, 2, 4, 8, 16, 32, 64, 128] : [1 << (at % 8)]) {
        data[at] = before ^ mask;
        const { ok, damage } = await verify(data);
        if (ok || damage?.line !== line) missed.push(at);
      }
      data[at] = before;
      if (before === 10) line += 1;
    }
    expect(missed).toEqual([]);
  });

  it('finds every line that is removed, doubled, swapped or inserted', async () => {
    const good = await goodLines();
    for (let at = 0; at < good.length; at += 1) {
      expect((await verify(good.toSpliced(at, 1))).ok, `removed ${at}`).toBe(false);
      for (let to = 0; to <= good.length; to += 1) {
        const doubled = await verify(good.toSpliced(to, 0, good[at]!));
        expect(doubled.ok, `${at} also at ${to}`).toBe(false);
      }
      for (let other = at + 1; other < good.length; other += 1) {
        const swapped = good.with(at, good[other]!).with(other, good[at]!);
        const { ok, damage } = await verify(swapped);
        expect([ok, damage?.line], `${at} and ${other} swapped`).toEqual([false, at + 1]);
      }
    }
  });

  it('finds every shorter file', async () => {
    const good = await goodLines();
    const data = Buffer.from(good.join(''));
    for (let length = 0; length < data.length; length += 1) {
      expect((await verify(data.subarray(0, length))).ok, `${length} bytes`).toBe(false);
    }
  });

  it('names the first bad line with the hash that is due and the one that is there', async () => {
    const good = await goodLines();
    const [first = '', second = ''] = good.map((line) => JSON.parse(line).hash);
    expect((await verify(good.toSpliced(1, 1))).damage).toEqual({
      line: 2,
      reason: 'it does not follow the line before: prev_hash is another',
      expected: first,
      actual: second,
    });
    const flipped = good.with(1, good[1]!.replace('idle', 'idol'));
    const { lines, entries, hash, damage } = await verify(flipped);
    expect({ lines, entries, hash }).toEqual({ lines: 1, entries: 0, hash: first });
    expect(damage).toMatchObject({ line: 2, expected: second });
    expect(damage?.actual).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ['', 'the file is empty'],
    ['\n', 'it is no line of an audit export'],
    ['{"seq":1}\n', 'it is no line of an audit export'],
    ['seq,at', 'it is cut off'],
  ])('says of %j that %s', async (text, reason) => {
    expect((await verify(text)).damage).toEqual({ line: 1, reason });
  });

  it('says how a file ends wrongly', async () => {
    const good = await goodLines();
    const whole = good.join('');
    expect((await verify(whole.slice(0, -1))).damage?.reason).toBe('its line end is missing');
    expect((await verify(`${whole}{}\n`)).damage).toEqual({
      line: 8,
      reason: 'it stands behind the closing line',
    });
    expect((await verify(whole.slice(0, -5))).damage).toEqual({ line: 7, reason: 'it is cut off' });
  });

  it.each<[string, (entries: { [name: string]: unknown }[]) => unknown]>([
    ['its seq does not follow', (entries) => entries.splice(2, 1)],
    ['it counts other entries', (entries) => entries.splice(5, 1)],
    ['it counts other entries', (entries) => (entries[6]!.count = 4)],
    ['it names another final hash', (entries) => (entries[6]!.final_hash = '')],
    ['its journal ends elsewhere', (entries) => (entries[6]!.journal = { last_seq: 4 })],
    ['its journal ends elsewhere', (entries) => delete entries[6]!.journal],
    ['it is not the opening line of an audit export of format 1', (entries) => entries.shift()],
    ['it is not the opening line of an audit export of format 1', (e) => (e[0]!.format = 2)],
    ['its seq does not follow', (entries) => entries.splice(1, 0, entries[0]!)],
    ['its entry is not a JSON object', (entries) => (entries[1] = 'x' as never)],
    ['the file ends without its closing line', (entries) => entries.pop()],
  ])('finds in a chain that was made again: %s', async (reason, change) => {
    expect((await verify(chainedAgain(await goodLines(), change))).damage?.reason).toBe(reason);
  });
});
