import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { EventLog } from '../../../actors/ports.ts';
import { fileLog } from '../../../runtime/journal/file-log.ts';
import { nodeFileSystem } from '../../../runtime/journal/file-system.ts';
import { Journal } from '../../../runtime/journal/journal.ts';
import { memoryLog } from '../../../runtime/journal/memory-log.ts';
import { readJournal } from '../../../runtime/journal/read.ts';
import { scanBlocks } from '../../../runtime/journal/scan.ts';
import { verifyJournal } from '../../../runtime/journal/verify.ts';
import { header, readSegment, segmentName, smallJournal, temporaryFolder } from './folders.ts';

type Step =
  | { readonly do: 'append'; readonly text: string; readonly safety: boolean }
  | { readonly do: 'flush' | 'reopen' | 'wait' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      text: fc.string({ unit: 'binary', maxLength: 200 }),
      safety: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('flush', 'reopen', 'wait') }) },
);

const settings = fc.record({
  commitMs: fc.integer({ min: 1, max: 20 }),
  blockEntryCountMax: fc.integer({ min: 1, max: 8 }),
  blockBytesMax: fc.integer({ min: 1_024, max: 4_096 }),
});

/** Runs the steps and tells the lines that were appended. */
async function act(
  makeLog: () => EventLog,
  steps: readonly Step[],
  options: object,
): Promise<unknown[]> {
  const lines: unknown[] = [header];
  let seq = 0;
  let journal = new Journal(makeLog(), options);
  await journal.open();
  journal.begin(header);
  for (const now of steps) {
    if (now.do === 'append') {
      seq += 1;
      const line = { seq, event: now.text };
      lines.push(JSON.parse(JSON.stringify(line)));
      journal.append(`${JSON.stringify(line)}\n`, seq, now.safety);
    } else if (now.do === 'flush') {
      await journal.flush();
      expect(journal.durableSeq).toBe(seq);
    } else if (now.do === 'wait') {
      await new Promise(setImmediate);
    } else {
      await journal.close();
      journal = new Journal(makeLog(), options);
      const { header: found, head } = await journal.open();
      expect(found).toEqual(header);
      expect(head.lastSeq).toBe(seq);
    }
  }
  await journal.close();
  return lines;
}

async function linesIn(source: string | EventLog): Promise<unknown[]> {
  const lines: unknown[] = [];
  for await (const line of readJournal(source)) lines.push(line);
  return lines;
}

it('gives back the lines that went in, over any flushes and starts, in memory', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), settings, async (steps, options) => {
      const log = memoryLog();
      const lines = await act(() => log, steps, options);
      expect(await linesIn(log)).toEqual(lines);
    }),
    { numRuns: 200 },
  );
});

it('gives back the lines that went in, over any flushes and starts, in a folder', async () => {
  const root = await temporaryFolder();
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), settings, async (steps, options) => {
      run += 1;
      const dir = join(root, String(run));
      const lines = await act(() => fileLog(dir), steps, options);
      expect(await linesIn(dir)).toEqual(lines);
      expect(await linesIn(fileLog(dir))).toEqual(lines);
      expect(await verifyJournal(dir)).toMatchObject({ ok: true, entries: lines.length - 1 });
    }),
    { numRuns: 40 },
  );
});

it('cuts a segment into the same blocks whatever the size of the chunks', async () => {
  const dir = await temporaryFolder();
  await smallJournal(dir);
  const path = join(dir, segmentName);
  const whole = await readSegment(dir);
  const ends = [...whole.toString('latin1').matchAll(/"hash":"[0-9a-f]{64}"\}\n/g)].map(
    (match) => match.index + match[0].length,
  );
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 600 }),
      fc.integer({ min: 0, max: whole.length }),
      async (chunkBytes, length) => {
        await writeFile(path, whole.subarray(0, length));
        await using file = await nodeFileSystem.open(path, 'r');
        const found: number[] = [];
        let restBytes = 0;
        for await (const batch of scanBlocks(file, { chunkBytes })) {
          for (const raw of batch) {
            if (raw.closed) found.push(raw.startBytes + raw.bytes.length);
            else restBytes = raw.bytes.length;
            expect(raw.line?.block).toBe(raw.closed ? found.length : undefined);
          }
        }
        const expected = ends.filter((end) => end <= length);
        expect(found).toEqual(expected);
        expect(restBytes).toBe(length - (expected.at(-1) ?? 0));
      },
    ),
    { numRuns: 300 },
  );
});
