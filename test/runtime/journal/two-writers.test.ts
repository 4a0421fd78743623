/** Two processes and one folder: one writes, and nothing of the other comes in. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished } from 'vitest';
import { fileLog } from '../../../runtime/journal/file-log.ts';
import { Journal } from '../../../runtime/journal/journal.ts';
import { readJournal } from '../../../runtime/journal/read.ts';
import { verifyJournal } from '../../../runtime/journal/verify.ts';
import { needs } from '../../support/needs.ts';
import { segmentName, temporaryFolder } from './folders.ts';

const itOnLinux = needs('Linux', process.platform === 'linux', 'processes are looked at in /proc');

/** Starts the runtime that stops itself before a write, and gathers what it prints. */
async function pausedProcess(dir: string, writes: number) {
  const script = join(import.meta.dirname, 'paused-process.ts');
  const process_ = spawn(process.execPath, [script, dir, String(writes)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void process_.kill('SIGKILL'));
  const told: string[] = [];
  createInterface({ input: process_.stdout }).on('line', (line) => told.push(line));
  const state = () => readFileSync(`/proc/${process_.pid}/stat`, 'latin1').split(') ')[1]?.[0];
  await expect.poll(state, { timeout: 30_000 }).toBe('T');
  return { process: process_, told };
}

/** Becomes the writer, and adds an entry. */
async function takeOver(dir: string) {
  const journal = new Journal(fileLog(dir));
  const { head } = await journal.open();
  const seq = head.lastSeq + 1;
  journal.append(`{"seq":${seq},"at":${seq},"kind":"event","path":"","event":{}}\n`, seq, true);
  await journal.flush();
  return { journal, afterSeq: head.lastSeq };
}

async function seqsIn(dir: string): Promise<number[]> {
  const seqs: number[] = [];
  for await (const line of readJournal(dir)) if ('seq' in line) seqs.push(line.seq);
  return seqs;
}

describe('an old writer that was paused', () => {
  // The first writes are the start of the segment and the header of the journal.
  itOnLinux.each([3, 6])('after %i writes finds its segment sealed, and stops', async (writes) => {
    const dir = join(await temporaryFolder(), 'journal');
    const old = await pausedProcess(dir, writes);
    await expect(fileLog(dir).open()).rejects.toMatchObject({
      code: 'JOURNAL_HELD',
      holder: { pid: old.process.pid, host: hostname() },
    });

    // An operator takes the paused process for dead and removes its lock.
    rmSync(join(dir, 'lock'));
    const { journal, afterSeq } = await takeOver(dir);
    const sealedBytes = statSync(join(dir, segmentName)).size;

    const ended = once(old.process, 'close');
    old.process.kill('SIGCONT');
    const [code] = await ended;
    expect([code, old.told.at(-1)]).toEqual([
      3,
      expect.stringMatching(/^failed: Journal was taken from this process \(epoch 1\) by a newer/),
    ]);
    // What lies outside of the journal was acknowledged to nobody.
    const safeSeq = Number(/Entries up to seq (\d+) are safe/.exec(old.told.at(-1)!)![1]);
    expect(safeSeq).toBeLessThanOrEqual(afterSeq);
    const lateBytes = statSync(join(dir, segmentName)).size - sealedBytes;
    expect(lateBytes).toBeGreaterThan(0);

    await journal.close();
    const report = await verifyJournal(dir);
    expect(report).toMatchObject({
      ok: true,
      late: [{ file: join(dir, segmentName), bytes: lateBytes }],
    });
    const count = report.entries;
    expect(await seqsIn(dir)).toEqual(Array.from({ length: count }, (_, index) => index + 1));

    const next = await takeOver(dir);
    await next.journal.close();
    expect(await verifyJournal(dir)).toMatchObject({ ok: true, entries: count + 1, segments: 3 });
    expect(statSync(join(dir, segmentName)).size).toBe(sealedBytes + lateBytes);
  });
});
