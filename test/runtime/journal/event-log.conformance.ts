/**
 * What every `EventLog` promises. Each implementation runs this suite. A log may write blocks of
 * its own, without entries: at its opening, behind an append, at its end.
 */
import { describe, expect, it } from 'vitest';
import type { EventLog, LogBlock, LogHead } from '../../../actors/ports.ts';
import { sealBlock } from '../../../runtime/journal/chain.ts';

/** The block that follows a head, with `entryCount` entries. */
export function nextBlock(head: LogHead, entryCount = 1, text = 'x'): LogBlock {
  const first = entryCount === 0 ? head.lastSeq : head.lastSeq + 1;
  const last = head.lastSeq + entryCount;
  const lines = `${JSON.stringify({ seq: last, text })}\n`;
  return sealBlock(head.hash, lines, { block: head.version + 1, first, last, epoch: head.epoch });
}

async function appendCount(log: EventLog, head: LogHead, count: number): Promise<LogHead> {
  let at = head;
  for (let done = 0; done < count; done += 1) {
    const outcome = await log.append(nextBlock(at), { version: at.version, epoch: at.epoch });
    if (outcome.kind !== 'ok') throw new Error(`append: ${outcome.kind}`);
    at = outcome.head;
  }
  return at;
}

async function all(blocks: AsyncIterable<LogBlock>): Promise<LogBlock[]> {
  const found: LogBlock[] = [];
  for await (const block of blocks) found.push(block);
  return found;
}

/** Blocks with entries, as somebody appended them. */
const appended = async (log: EventLog): Promise<LogBlock[]> =>
  (await all(log.read())).filter(({ text }) => text.startsWith('{"seq":'));

const seqsOf = async (log: EventLog): Promise<number[]> =>
  (await appended(log)).map(({ lastSeq }) => lastSeq);

const countTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

const roundCount = 20;

type MakeLog = () => Promise<EventLog> | EventLog;

/** One writer after the other, and each block once. */
function writesOnce(makeLog: MakeLog): void {
  it('starts empty, under an epoch above 0', async () => {
    const log = await makeLog();
    const head = await log.open();
    expect(head.lastSeq).toBe(0);
    expect(head.epoch).toBeGreaterThan(0);
    expect(await appended(log)).toEqual([]);
    expect(await all(log.read())).toHaveLength(head.version);
    await log.close();
  });

  it('lets exactly one of several racing appends win', async () => {
    const log = await makeLog();
    let head = await log.open();
    for (let round = 0; round < roundCount; round += 1) {
      const expected = { version: head.version, epoch: head.epoch };
      const outcomes = await Promise.all(
        [0, 1, 2, 3, 4].map((racer) => log.append(nextBlock(head, 1, `racer ${racer}`), expected)),
      );
      const won = outcomes.filter((outcome) => outcome.kind === 'ok');
      expect(won).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome.kind === 'conflict')).toHaveLength(4);
      head = won[0]!.head;
    }
    expect(await seqsOf(log)).toEqual(countTo(roundCount));
    await log.close();
  });

  it.each([-1, 1])('answers conflict when the expected version is off by %i', async (off) => {
    const log = await makeLog();
    const head = await appendCount(log, await log.open(), 3);
    const block = nextBlock(head);
    const outcome = await log.append(block, { version: head.version + off, epoch: head.epoch });
    expect(outcome).toEqual({ kind: 'conflict', head });
    expect(await log.head()).toEqual(head);
    await log.close();
  });

  it('continues after its head when it is opened again', async () => {
    const log = await makeLog();
    const before = await appendCount(log, await log.open(), 3);
    await log.close();
    const head = await log.open();
    expect(head.lastSeq).toBe(before.lastSeq);
    expect(head.version).toBeGreaterThanOrEqual(before.version);
    const end = await appendCount(log, head, 2);
    expect(await seqsOf(log)).toEqual(countTo(5));
    const versions = (await all(log.read())).map((block) => block.version);
    expect(versions).toEqual(countTo(end.version));
    await log.close();
  });

  it('may be closed twice, and before it was opened', async () => {
    const log = await makeLog();
    await log.close();
    await log.open();
    await log.close();
    await log.close();
  });
}

/** Nobody writes who may not, and nothing that nobody could read. */
function refusesOthers(makeLog: MakeLog): void {
  it('fences a lower epoch for ever, and writes nothing for it', async () => {
    const log = await makeLog();
    const old = await appendCount(log, await log.open(), 2);
    await log.close();
    const head = await log.open();
    expect(head.epoch).toBeGreaterThan(old.epoch);
    for (let tries = 0; tries < 3; tries += 1) {
      const expected = { version: old.version, epoch: old.epoch };
      const outcome = await log.append(nextBlock(old), expected);
      expect(outcome).toEqual({ kind: 'fenced', epoch: head.epoch });
    }
    expect(await seqsOf(log)).toEqual([1, 2]);
    await appendCount(log, head, 1);
    await log.close();
  });

  it('refuses an epoch that it has not given', async () => {
    const log = await makeLog();
    const head = await log.open();
    const expected = { version: head.version, epoch: head.epoch + 1 };
    expect((await log.append(nextBlock(head), expected)).kind).toBe('conflict');
    await log.close();
  });

  it('answers unavailable while nobody has opened it', async () => {
    const log = await makeLog();
    const head = await log.open();
    await log.close();
    const expected = { version: head.version, epoch: head.epoch };
    const outcome = await log.append(nextBlock(head), expected);
    expect(outcome.kind).toBe('unavailable');
  });

  it('refuses a block whose text does not end with its block line', async () => {
    const log = await makeLog();
    const head = await log.open();
    const block = nextBlock(head);
    const expected = { version: head.version, epoch: head.epoch };
    await expect(log.append({ ...block, lastSeq: 9 }, expected)).rejects.toThrow(TypeError);
    await expect(log.append({ ...block, version: block.version + 1 }, expected)).rejects.toThrow(
      TypeError,
    );
    expect((await log.append(block, expected)).kind).toBe('ok');
    await log.close();
  });
}

/** Readers get what was acknowledged. */
function tellsReaders(makeLog: MakeLog): void {
  it('reads what it has acknowledged, byte by byte, from any version', async () => {
    const log = await makeLog();
    let head = await log.open();
    const written: LogBlock[] = [];
    for (const text of ['a', 'ü ✓ 😀', '\u0000\n"\\', 'x'.repeat(300_000), '']) {
      const block = nextBlock(head, written.length, text);
      const outcome = await log.append(block, { version: head.version, epoch: head.epoch });
      if (outcome.kind !== 'ok') throw new Error(outcome.kind);
      written.push(block);
      head = outcome.head;
      expect((await all(log.read())).filter(({ text }) => text.startsWith('{"seq"'))).toEqual(
        written,
      );
    }
    const third = written[2]!;
    expect((await all(log.read({ version: third.version })))[0]).toEqual(third);
    expect((await all(log.read({ seq: third.lastSeq })))[0]).toEqual(third);
    expect(await all(log.read({ version: head.version + 1 }))).toEqual([]);
    expect(await all(log.read({ seq: head.lastSeq + 1 }))).toEqual([]);
    await log.close();
  });

  it('tells subscribers every block from now on, once and in order', async () => {
    const log = await makeLog();
    let head = await appendCount(log, await log.open(), 2);
    const after = head.version;
    const seen: LogBlock[] = [];
    const unsubscribe = log.subscribe((block) => seen.push(block));
    head = await appendCount(log, head, 3);
    unsubscribe();
    unsubscribe();
    await appendCount(log, head, 1);
    expect(seen.at(-1)?.version).toBe(head.version);
    const read = await all(log.read({ version: after + 1 }));
    expect(seen).toEqual(read.slice(0, seen.length));
    await log.close();
  });
}

export function eventLogConformance(name: string, makeLog: MakeLog): void {
  describe(`${name} as an event log`, () => {
    writesOnce(makeLog);
    refusesOthers(makeLog);
    tellsReaders(makeLog);
  });
}
