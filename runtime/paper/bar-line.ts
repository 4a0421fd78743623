/**
 * One line of comma-separated market data.
 *
 * Parsed by hand: the format is six numbers in a row, a library would be slower several times over
 * its generality, and reasons for each bad line are wanted in words. Quotes around a field are
 * understood (a doubled quote inside is one quote); a line break inside a quoted field is not.
 */
import type { Bar } from '../../machines/paper/bar.ts';
import { FeedError } from './feed-error.ts';
import { parseTimestamp } from './timestamp.ts';

const columns = ['timestamp', 'open', 'high', 'low', 'close', 'volume'] as const;

export type Column = (typeof columns)[number];

/** Where each column is. */
export type Layout = { readonly [name in Column]: number } & { readonly fieldCount: number };

/** The fields of a line, without their quotes. Null when a quote is not closed. */
export function fieldsOf(line: string): string[] | null {
  if (!line.includes('"')) return line.split(',');
  const fields: string[] = [];
  const field = /\s*(?:"((?:[^"]|"")*)"\s*|([^",]*))(,|$)/y;
  for (;;) {
    const match = field.exec(line);
    if (!match) return null;
    fields.push(match[1] === undefined ? match[2]! : match[1].replaceAll('""', '"'));
    if (match[3] === '') return fields;
  }
}

/**
 * The layout that the header line gives.
 *
 * @throws {FeedError} when a column is missing or there twice.
 */
export function layoutOf(header: string, name: string): Layout {
  const names = (fieldsOf(header) ?? []).map((field) => field.trim().toLowerCase());
  const missing = columns.filter((column) => !names.includes(column));
  const twice = columns.filter((column) => names.indexOf(column) !== names.lastIndexOf(column));
  if (missing.length > 0 || twice.length > 0) {
    const problem =
      missing.length > 0 ? `has no column '${missing.join("', '")}'` : `has '${twice[0]}' twice`;
    const seen = header.length > 80 ? `${header.slice(0, 80)}...` : header;
    throw new FeedError(
      `Feed ${name} ${problem}: its first line is ${JSON.stringify(seen)}. ` +
        `Give it the header '${columns.join(',')}'; more columns and any order are fine.`,
    );
  }
  const at = Object.fromEntries(columns.map((column) => [column, names.indexOf(column)]));
  return { ...(at as Record<Column, number>), fieldCount: names.length };
}

/** The bar on a line, or in words why there is none. */
export function barOf(line: string, layout: Layout, laterThan: number): Bar | string {
  const fields = fieldsOf(line);
  if (fields === null) return 'a quote is not closed';
  if (fields.length !== layout.fieldCount) {
    return `has ${fields.length} fields, the header has ${layout.fieldCount}`;
  }
  const at = parseTimestamp(fields[layout.timestamp]!.trim());
  if (Number.isNaN(at)) return `timestamp ${quoted(fields[layout.timestamp]!)} is not understood`;
  const open = numberOf(fields[layout.open]!);
  const high = numberOf(fields[layout.high]!);
  const low = numberOf(fields[layout.low]!);
  const close = numberOf(fields[layout.close]!);
  const volume = numberOf(fields[layout.volume]!);
  // One sum finds any of the five that is no number; which one is only asked when there is one.
  if (!Number.isFinite(open + high + low + close + volume)) {
    const bad = columns.find((name) => !Number.isFinite(numberOf(fields[layout[name]]!, name)));
    return bad ? `${bad} ${quoted(fields[layout[bad]]!)} is not a number` : 'numbers are too large';
  }
  if (!(open > 0 && high > 0 && low > 0 && close > 0)) return 'a price is not above 0';
  if (!(low <= open && low <= close && open <= high && close <= high)) {
    return 'open or close is outside low to high';
  }
  if (!(volume >= 0)) return 'volume is below 0';
  if (!(at > laterThan)) return 'timestamp is not later than that of the bar before';
  return { at, open, high, low, close, volume };
}

/** NaN for anything but a plain decimal number: `Number` also takes '', '0x10' and 'Infinity'. */
function numberOf(text: string, column?: Column): number {
  if (column === 'timestamp') return 0;
  const value = Number(text);
  if (value === 0 && text.trim() === '') return Number.NaN;
  return text.length > 1 && /^\s*[+-]?0[xob]/i.test(text) ? Number.NaN : value;
}

const quoted = (text: string) =>
  JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
