/**
 * Everything that a command says goes through here: text for people, one JSON document for
 * machines.
 */

export interface Stream {
  /** False when the reader is behind: `drain` tells when to go on. */
  write(text: string): unknown;
  once?(event: 'drain', listener: () => void): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** The world of a command. Tests give it their own. */
export interface Io {
  readonly stdin: AsyncIterable<string | Uint8Array>;
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface Output {
  /** For people: standard output, or standard error when a JSON document goes there. */
  text(text: string): void;
  /** The answer as data: printed as one JSON document with `--json`, else not at all. */
  result(document: unknown): void;
  /** Beside the answer: always standard error. */
  note(text: string): void;
}

export function createOutput(
  io: Pick<Io, 'stdout' | 'stderr'>,
  { json = false, isOneLine = false } = {},
): Output {
  let hasResult = false;
  return {
    text: (text) => void (json ? io.stderr : io.stdout).write(ended(text)),
    note: (text) => void io.stderr.write(ended(text)),
    result(document) {
      if (!json) return;
      if (hasResult) throw new TypeError('A command has one JSON document, and it was given.');
      hasResult = true;
      io.stdout.write(`${JSON.stringify(document, null, isOneLine ? 0 : 2)}\n`);
    },
  };
}

const ended = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`);

/** Columns of equal width, two spaces apart. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    }
  }
  return rows
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
