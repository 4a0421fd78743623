/**
 * CPU time of the journal per entry, beside node:sqlite in the same run.
 *
 * CPU of the whole process is counted, threads of the file system included; ratios within one run
 * are what to compare. Alone: `npx node test/bench/journal.bench.ts`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { EventLog } from '../../actors/ports.ts';
import { fileLog } from '../../runtime/journal/file-log.ts';
import { Journal, type JournalOptions } from '../../runtime/journal/journal.ts';
import { memoryLog } from '../../runtime/journal/memory-log.ts';
import { readJournal } from '../../runtime/journal/read.ts';
import { verifyJournal } from '../../runtime/journal/verify.ts';

const entryBytes = 170;

/** Lines of 170 bytes, made beforehand: their making is not the journal's cost. */
function makeLines(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const start =
      `{"seq":${index + 1},"at":1700000000000,"kind":"event","path":"/app/session",` +
      '"event":{"type":"TICK","pad":"';
    const line = `${start}${'x'.repeat(entryBytes - start.length - 4)}"}}\n`;
    // Made flat and of one byte a character, as JSON.stringify makes them.
    return Buffer.from(line, 'latin1').toString('latin1');
  });
}

interface Row {
  readonly name: string;
  readonly count: number;
  readonly cpuNs: number;
  readonly wallNs: number;
}

async function measure(
  name: string,
  count: number,
  work: () => Promise<unknown> | unknown,
): Promise<Row> {
  const startedCpu = process.cpuUsage();
  const startedMs = performance.now();
  await work();
  const { user, system } = process.cpuUsage(startedCpu);
  const wallNs = ((performance.now() - startedMs) * 1e6) / count;
  return { name, count, cpuNs: ((user + system) * 1e3) / count, wallNs };
}

async function begun(log: EventLog, options: JournalOptions = {}): Promise<Journal> {
  const journal = new Journal(log, options);
  await journal.open();
  journal.begin({ format: 1, id: 'bench', seed: 1, settings: {}, machines: {}, host: 'bench' });
  await journal.flush();
  return journal;
}

/** Appends without waiting; the event loop turns after each 256 as it does in a busy runtime. */
async function appendAll(journal: Journal, lines: readonly string[]): Promise<void> {
  for (let index = 0; index < lines.length; index += 1) {
    journal.append(lines[index]!, index + 1, false);
    if (index % 256 === 255) await new Promise(setImmediate);
  }
  await journal.flush();
}

/** Appends in groups, and waits until each is durable. */
async function appendDurably(journal: Journal, lines: readonly string[], groupCount: number) {
  for (let index = 0; index < lines.length; index += 1) {
    journal.append(lines[index]!, index + 1, false);
    if ((index + 1) % groupCount === 0) await journal.flush();
  }
  await journal.flush();
}

async function sqliteRow(
  dir: string,
  synchronous: 'FULL' | 'NORMAL',
  lines: readonly string[],
  groupCount: number,
): Promise<Row> {
  const database = new DatabaseSync(join(dir, `${synchronous}-${groupCount}.sqlite`));
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous};`);
  database.exec('CREATE TABLE entry (seq INTEGER PRIMARY KEY, line TEXT)');
  const insert = database.prepare('INSERT INTO entry VALUES (?, ?)');
  const name = `node:sqlite WAL ${synchronous}, groups of ${groupCount}`;
  const row = await measure(name, lines.length, () => {
    for (let index = 0; index < lines.length; index += 1) {
      if (index % groupCount === 0) database.exec('BEGIN');
      insert.run(index + 1, lines[index]!);
      if ((index + 1) % groupCount === 0) database.exec('COMMIT');
    }
    if (lines.length % groupCount !== 0) database.exec('COMMIT');
  });
  database.close();
  return row;
}

async function journalRows(dir: string, lines: readonly string[]): Promise<Row[]> {
  const rows: Row[] = [];
  const memory = await begun(memoryLog());
  await appendAll(memory, lines);
  const again = await begun(memoryLog());
  const count = lines.length;
  rows.push(await measure('append, memory log', count, () => appendAll(again, lines)));
  const path = join(dir, 'buffered');
  const file = await begun(fileLog(path));
  rows.push(await measure('append, file log, not waited for', count, () => appendAll(file, lines)));
  await file.close();
  rows.push(await measure('verify', count, () => verifyJournal(path)));
  rows.push(
    await measure('read and parse', count, async () => {
      for await (const line of readJournal(path)) void line;
    }),
  );
  for (const groupCount of [1, 16, 256]) {
    const some = lines.slice(0, Math.min(count, groupCount * 500));
    const journal = await begun(fileLog(join(dir, `group-${groupCount}`)));
    const name = `append, durable in groups of ${groupCount}`;
    rows.push(await measure(name, some.length, () => appendDurably(journal, some, groupCount)));
    await journal.close();
  }
  return rows;
}

const format = (value: number): string => Math.round(value).toLocaleString('en-US');

/** Runs the benchmark and returns its table in Markdown. */
export async function run(options: { full: boolean }): Promise<string> {
  const lines = makeLines(options.full ? 1_000_000 : 200_000);
  const dir = await mkdtemp(join(tmpdir(), 'kintsugi-bench-'));
  try {
    const rows = await journalRows(dir, lines);
    for (const synchronous of ['FULL', 'NORMAL'] as const) {
      for (const groupCount of [1, 16, 256]) {
        const some = lines.slice(0, Math.min(lines.length, groupCount * 500));
        rows.push(await sqliteRow(dir, synchronous, some, groupCount));
      }
    }
    return [
      `| ${entryBytes} byte entries | CPU ns an entry | entries a CPU second | wall ns an entry |`,
      '|---|---:|---:|---:|',
      ...rows.map(
        ({ name, cpuNs, wallNs }) =>
          `| ${name} | ${format(cpuNs)} | ${format(1e9 / cpuNs)} | ${format(wallNs)} |`,
      ),
    ].join('\n');
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(await run({ full: process.argv.includes('--full') }));
}
