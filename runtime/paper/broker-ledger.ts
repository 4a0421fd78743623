/** The paper broker's memory on disk: a line of JSON for each change of an order or the epoch. */
import { appendFileSync, closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { OrderReport } from '../../actors/ports.ts';

export interface Ledger {
  /** The last report of each order, in the order of their first lines. */
  readonly reports: readonly OrderReport[];
  /** The newest epoch that a client has shown; 0 before the first. */
  readonly epoch: number;
  record(report: OrderReport): void;
  recordEpoch(epoch: number): void;
  close(): void;
}

/** A ledger that forgets: the book of a broker without a file. */
export const noLedger: Ledger = {
  reports: [],
  epoch: 0,
  record() {},
  recordEpoch() {},
  close() {},
};

/**
 * Opens the ledger, made for this user alone when it is not there. A last line that was cut by a
 * crash is left out: its order was never confirmed to anybody.
 *
 * @throws {SyntaxError} when any other line is damaged.
 */
export function openLedger(path: string): Ledger {
  // Opened at the first order: the folder may be made later, by the journal that lies beside it.
  let file: number | undefined;
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const end = text.lastIndexOf('\n') + 1;
  const reports = new Map<string, OrderReport>();
  let epoch = 0;
  for (const [index, line] of text.slice(0, end).split('\n').entries()) {
    if (line === '') continue;
    const entry = parse(line, index + 1, path);
    if (entry && 'epoch' in entry) epoch = Math.max(epoch, entry.epoch);
    else if (entry) reports.set(entry.clientOrderId, entry);
  }
  // The torn piece becomes a line of its own, which is no JSON and is passed over by its marker.
  if (end < text.length) appendFileSync(path, `${tornMark}\n`);
  const write = (entry: OrderReport | { readonly epoch: number }) => {
    file ??= openSync(path, 'a', 0o600);
    writeSync(file, `${JSON.stringify(entry)}\n`);
  };
  return {
    reports: [...reports.values()],
    epoch,
    record: write,
    recordEpoch: (newest) => write({ epoch: newest }),
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

const tornMark = '#torn';

function parse(line: string, number: number, path: string) {
  if (line.endsWith(tornMark)) return undefined;
  try {
    return JSON.parse(line) as OrderReport | { readonly epoch: number };
  } catch (cause) {
    const way = 'Restore the file, or move it away to begin with an empty broker.';
    throw new SyntaxError(`Ledger '${path}' is damaged in line ${number}. ${way}`, { cause });
  }
}
