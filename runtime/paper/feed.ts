/** The market feed: bars from a file or from standard input, one after the other. */
import { createReadStream } from 'node:fs';
import type { Bar } from '../../machines/paper/bar.ts';
import { barOf, type Layout, layoutOf } from './bar-line.ts';
import { FeedError } from './feed-error.ts';
import { type Line, LineCutter, lineCharactersMax, overlong } from './lines.ts';

export { FeedError };

/** A line that was skipped. */
export interface BadLine {
  /** From 1; the header is a line too. */
  readonly line: number;
  readonly reason: string;
}

/** What a feed has read so far. */
export interface FeedStats {
  /** Bars handed out. */
  readonly bars: number;
  /** Good bars that were left out because they are not after `afterMs`. */
  readonly barsBefore: number;
  /** Bad lines, all of them. */
  readonly barsSkipped: number;
  /** The first bad lines. */
  readonly badLines: readonly BadLine[];
}

export interface Feed extends AsyncIterable<Bar> {
  /** Of the iteration that runs, or of the last one. */
  readonly stats: FeedStats;
}

export interface FeedOptions {
  /** Hand out only bars after this time, ms: a feed that is continued. */
  readonly afterMs?: number;
  /** How many bad lines are kept with their reasons, default 20. */
  readonly badLineCountMax?: number;
  /** What `-` reads, default standard input. */
  readonly input?: AsyncIterable<string | Uint8Array>;
}

/**
 * Reads bars from the CSV file `source`, or from standard input when it is `-`.
 *
 * The first line that is not blank is the header. Bad lines are counted and skipped.
 *
 * @throws {FeedError} by the iteration, when the file cannot be read, has no header that fits, or
 * has ended without one good line.
 */
export function openFeed(source: string, options: FeedOptions = {}): Feed {
  const stats = { bars: 0, barsBefore: 0, barsSkipped: 0, badLines: [] as BadLine[] };
  return {
    stats,
    [Symbol.asyncIterator]: () => {
      Object.assign(stats, { bars: 0, barsBefore: 0, barsSkipped: 0, badLines: [] });
      return bars(source, options, stats);
    },
  };
}

type Stats = { -readonly [K in keyof FeedStats]: FeedStats[K] } & { badLines: BadLine[] };

async function* bars(source: string, options: FeedOptions, stats: Stats): AsyncGenerator<Bar> {
  const name = source === '-' ? 'from standard input' : `'${source}'`;
  const { afterMs = Number.NEGATIVE_INFINITY } = options;
  const read = reader(name, options.badLineCountMax ?? 20, stats);
  for await (const lines of linesOf(source, name, options.input)) {
    for (const line of lines) {
      const bar = read.line(line);
      if (bar === undefined) continue;
      if (bar.at > afterMs) {
        stats.bars += 1;
        yield bar;
      } else {
        stats.barsBefore += 1;
      }
    }
  }
  read.end();
}

function reader(name: string, badLineCountMax: number, stats: Stats) {
  let layout: Layout | undefined;
  let number = 0;
  let latest = Number.NEGATIVE_INFINITY;
  const skip = (reason: string) => {
    stats.barsSkipped += 1;
    if (stats.badLines.length < badLineCountMax) stats.badLines.push({ line: number, reason });
  };
  return {
    line(line: Line): Bar | undefined {
      number += 1;
      if (line === overlong) {
        if (!layout) throw new FeedError(`Feed ${name} is no text in lines: is it the right file?`);
        skip(`is longer than ${lineCharactersMax} characters`);
        return undefined;
      }
      if (line.trim() === '') return undefined;
      if (!layout) {
        layout = layoutOf(line, name);
        return undefined;
      }
      const bar = barOf(line, layout, latest);
      if (typeof bar === 'string') {
        skip(bar);
        return undefined;
      }
      latest = bar.at;
      return bar;
    },
    end(): void {
      if (!layout) throw new FeedError(`Feed ${name} is empty: give it a header and bars.`);
      if (latest !== Number.NEGATIVE_INFINITY) return;
      const first = stats.badLines[0];
      throw new FeedError(
        first
          ? `Feed ${name} has no good line: ${stats.barsSkipped} are bad, the first is line ` +
              `${first.line}, which ${first.reason}. Correct the file, or choose another.`
          : `Feed ${name} has a header and no bars: give it at least one line.`,
      );
    },
  };
}

async function* linesOf(
  source: string,
  name: string,
  input: AsyncIterable<string | Uint8Array> | undefined,
): AsyncGenerator<Line[]> {
  const cutter = new LineCutter();
  // Bytes that are no UTF-8 become U+FFFD and so a bad line, never an error.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const pieces =
    source === '-'
      ? (input ?? process.stdin)
      : createReadStream(source, { highWaterMark: 262_144 });
  try {
    for await (const piece of pieces) {
      yield cutter.cut(typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true }));
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new FeedError(`Feed ${name} cannot be read: ${reasonOf(code)}`, { cause: error });
  }
  yield cutter.cut(decoder.decode());
  yield cutter.end();
}

function reasonOf(code: string): string {
  if (code === 'ENOENT') return 'there is no such file. Check the path given with --feed.';
  if (code === 'EISDIR') return 'it is a folder. Name a file with --feed.';
  if (code === 'EACCES') return 'permission is denied. Make the file readable for this user.';
  return `${code}. Check the path given with --feed.`;
}
