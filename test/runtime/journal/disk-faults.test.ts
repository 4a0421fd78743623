/**
 * Random lives of a journal on a disk that fails: after each of them it either goes on with nothing
 * acknowledged lost, or is refused with file, block, seq and the way out. `KINTSUGI_RUNS=full` runs
 * 10,000 of them.
 */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  JournalCorruptError,
  JournalUnavailableError,
  KintsugiError,
} from '../../../actors/errors.ts';
import type { LogHead } from '../../../actors/ports.ts';
import { fileLog } from '../../../runtime/journal/file-log.ts';
import { verifyJournal } from '../../../runtime/journal/verify.ts';
import { seededRandom } from '../../../runtime/random.ts';
import { type Call, type Fault, FaultyDisk } from '../../support/faulty-disk.ts';
import { nextBlock } from './event-log.conformance.ts';

const caseCount = process.env['KINTSUGI_RUNS'] === 'full' ? 10_000 : 400;

const dir = '/data/journal';
const keyFile = '/keys/signing.key';
const { privateKey } = generateKeyPairSync('ed25519');
const pem = Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' }));

function freshDisk(): FaultyDisk {
  const disk = new FaultyDisk();
  disk.put(keyFile, pem);
  return disk;
}

const logOn = (disk: FaultyDisk) =>
  fileLog(dir, { fileSystem: disk, signingKeyFile: keyFile, segmentBytesMax: 4_096 });

type Mode = 'whole' | 'kill' | 'powerCut' | 'error' | 'short' | 'flip';

/** One journal over several lives. */
class Life {
  readonly draw: () => number;
  disk = freshDisk();
  ackedSeq = 0;
  /** What was last tried under each seq. */
  readonly texts = new Map<number, string>();
  isFlipped = false;
  hasFault = false;
  refusal: KintsugiError | undefined;

  constructor(seed: number) {
    this.draw = () => stream.next();
    const stream = seededRandom(seed).stream('case');
  }

  below = (bound: number): number => Math.floor(this.draw() * bound);

  /** Opens, reads everything back, appends, and ends as the mode says. */
  async live(mode: Mode): Promise<void> {
    this.hasFault = false;
    this.disk.plan = this.#planOf(mode);
    const log = logOn(this.disk);
    try {
      const head = await log.open();
      expect(head.lastSeq).toBeGreaterThanOrEqual(this.ackedSeq);
      // What a start has told is as good as acknowledged.
      this.ackedSeq = head.lastSeq;
      this.isFlipped = false;
      await this.#readBack(log, head.lastSeq);
      await this.#append(log, head, this.below(14));
      if (mode === 'whole' || this.draw() < 0.3) await log.close();
    } catch (error) {
      this.#judge(error);
    }
  }

  #planOf(mode: Mode): FaultyDisk['plan'] {
    let left = this.below(this.draw() < 0.5 ? 40 : 160);
    let isFull = false;
    return (call: Call): Fault => {
      if (mode === 'whole' || mode === 'flip') return undefined;
      if (mode === 'short') {
        return call === 'write' && this.draw() < 0.4 ? { takes: 1 + this.below(200) } : undefined;
      }
      left -= 1;
      if (isFull && (call === 'write' || call === 'name')) return { code: 'ENOSPC' };
      if (left > 0) return undefined;
      if (mode === 'error') {
        if (left < 0) return undefined;
        this.hasFault = true;
        isFull = call === 'write' && this.draw() < 0.5;
        if (isFull) return this.draw() < 0.5 ? { takes: this.below(99) + 1 } : { code: 'ENOSPC' };
        return { code: 'EIO' };
      }
      const isWrite = call === 'write' || call === 'patch';
      if (left === 0 && isWrite) return { takes: 1 + this.below(300) };
      this.disk.isOff = true;
      return undefined;
    };
  }

  async #readBack(log: ReturnType<typeof logOn>, lastSeq: number): Promise<void> {
    let seq = 0;
    for await (const block of log.read()) {
      if (!block.text.startsWith('{"seq":')) continue;
      seq = block.lastSeq;
      const line = JSON.parse(block.text.slice(0, block.text.indexOf('\n')));
      expect(line).toEqual({ seq, text: this.texts.get(seq) });
    }
    expect(seq).toBe(lastSeq);
  }

  async #append(log: ReturnType<typeof logOn>, head: LogHead, count: number): Promise<void> {
    let at = head;
    let isUnknown = false;
    for (let done = 0; done < count; done += 1) {
      const block = nextBlock(at, 1 + this.below(3), 'x'.repeat(this.below(900)));
      const line = JSON.parse(block.text.slice(0, block.text.indexOf('\n')));
      // Behind an outcome that nobody knows, nothing else may reach the disk.
      if (!isUnknown) this.texts.set(block.lastSeq, line.text);
      const hasFailedSync = this.disk.syncFailureCount > 0;
      const outcome = await log.append(block, at);
      if (outcome.kind === 'ok') {
        expect(hasFailedSync, 'acknowledged behind a failed sync').toBe(false);
        this.ackedSeq = block.lastSeq;
        at = outcome.head;
      } else if (outcome.kind === 'unknownOutcome') isUnknown = true;
    }
  }

  /** An error is fine when there is a reason for it, and it says what people need. */
  #judge(error: unknown): void {
    if (this.disk.isOff) return;
    if (!(error instanceof KintsugiError)) throw error;
    if (error instanceof JournalCorruptError && this.isFlipped) {
      expect(error.where.file).toMatch(/^\/data\/journal\/(segment|head|public-key)/);
      expect(error.where.block).toBeGreaterThanOrEqual(0);
      expect(error.where.lastSeq).toBeGreaterThanOrEqual(error.where.firstSeq);
      expect(error.message).toMatch(/block \d+ \(seq \d+ to \d+\): .*(Restore|Put ')/);
      this.refusal = error;
    } else if (error instanceof JournalUnavailableError && this.hasFault) {
      expect(error.message).toMatch(/(Journal|Signing key) .*(EIO|ENOSPC).*(Check|Free|Give)/s);
    } else if (error instanceof JournalUnavailableError && this.isFlipped) {
      expect(error.message).toMatch(/^Signing key '\/keys\/signing\.key' .*\. Put/);
      this.refusal = error;
    } else throw error;
  }

  /** The next life begins on what this one left, its process being dead. */
  next(mode: Mode): void {
    const isCut = mode === 'powerCut' || (mode !== 'flip' && this.draw() < 0.2);
    this.disk = isCut ? this.disk.afterPowerCut(this.draw) : this.disk.afterKill();
    if (this.disk.files.has(`${dir}/lock`)) this.disk.put(`${dir}/lock`, undefined);
    this.isCut ||= isCut;
    if (mode === 'flip' && !this.isCut) this.#flipBit();
  }

  /** The head may lag after a power cut: then a damaged last block looks like a torn one. */
  isCut = false;

  #flipBit(): void {
    const files = [...this.disk.files].filter(([, bytes]) => bytes.length > 0);
    const [path, bytes] = files[this.below(files.length)]!;
    const flipped = Buffer.from(bytes);
    flipped[this.below(flipped.length)]! ^= 1 << this.below(8);
    this.disk.put(path, flipped);
    this.isFlipped = true;
  }
}

const modes: readonly Mode[] = ['whole', 'kill', 'powerCut', 'error', 'short', 'flip'];

/** Whether the journal went on to its end; false when it was refused. */
async function survives(seed: number): Promise<boolean> {
  const life = new Life(seed);
  for (let count = 1 + life.below(4); count > 0; count -= 1) {
    const mode = modes[life.below(modes.length)]!;
    await life.live(mode);
    if (life.refusal !== undefined) return false;
    life.next(mode);
  }
  await life.live('whole');
  if (life.refusal !== undefined) return false;
  const report = await verifyJournal(dir, { fileSystem: life.disk });
  expect(report).toMatchObject({
    ok: true,
    lastSeq: life.ackedSeq,
    signed: { upToSeq: life.ackedSeq },
  });
  return true;
}

describe('a disk that fails', () => {
  it(`loses nothing that was acknowledged, in ${caseCount} random lives`, async () => {
    let survivorCount = 0;
    for (let seed = 1; seed <= caseCount; seed += 1) {
      try {
        if (await survives(seed)) survivorCount += 1;
      } catch (error) {
        throw new Error(`seed ${seed}: ${error}`, { cause: error });
      }
    }
    // Both ends are reached, or the lives above show nothing.
    expect(survivorCount).toBeGreaterThan(caseCount / 2);
    expect(survivorCount).toBeLessThan(caseCount);
  }, 1_200_000);
});
