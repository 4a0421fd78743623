/** The disk under the journal: may we write, and how long does it take until it is safe. */
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Finding } from './finding.ts';

/** Slower than this and a group commit of 10 ms cannot be held. */
const syncMsMax = 20;
const sampleCount = 15;

export interface DiskReadings {
  /** The folder that was measured: the journal's, or the nearest above it that exists. */
  readonly folder: string;
  readonly syncMedianMs: number;
}

/**
 * Measures and cleans up after itself. Creates neither the folder nor anything that stays in it.
 */
export async function measureDisk(dir: string): Promise<DiskReadings> {
  const folder = await existingFolder(resolve(dir));
  const scratch = await mkdtemp(join(folder, '.kintsugi-doctor-'));
  try {
    const file = await open(join(scratch, 'probe'), 'w');
    try {
      const samples: number[] = [];
      for (let sample = 0; sample < sampleCount; sample += 1) {
        const startedMs = performance.now();
        await file.write(Buffer.alloc(4_096, sample));
        await file.datasync();
        samples.push(performance.now() - startedMs);
      }
      return { folder, syncMedianMs: median(samples) };
    } finally {
      await file.close();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

export async function checkDisk(
  dir: string,
  measure: (dir: string) => Promise<DiskReadings> = measureDisk,
): Promise<Finding> {
  try {
    const { folder, syncMedianMs } = await measure(dir);
    const found = `${folder} is writable, fdatasync takes ${syncMedianMs.toFixed(2)} ms (median)`;
    if (syncMedianMs <= syncMsMax) return { name: 'disk', status: 'ok', found };
    const advice = `Over ${syncMsMax} ms is slow: put the journal on a local disk with --journal.`;
    return { name: 'disk', status: 'warn', found, advice };
  } catch (error) {
    const found = `'${dir}' cannot be written: ${(error as Error).message}`;
    const advice = 'Allow this user to write there, or choose another folder with --journal.';
    return { name: 'disk', status: 'fail', found, advice };
  }
}

async function existingFolder(dir: string): Promise<string> {
  try {
    if ((await stat(dir)).isDirectory()) return dir;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(dir) === dir) throw error;
    return existingFolder(dirname(dir));
  }
  throw new Error('it is a file, not a folder');
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
