/** Entries as CSV by RFC 4180: commas, CRLF, quotes doubled inside quotes, a header row. */
import type { JournalEntry } from './entry.ts';

type Cell = (entry: JournalEntry) => string;

/** JSON in one cell; empty when there is nothing to say. */
const json = (value: object): string => {
  const isEmpty = Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0;
  return isEmpty ? '' : JSON.stringify(value);
};

/** A cell that begins so is a formula to spreadsheets, even inside quotes. */
const formula = /^[=+\-@\t\r]/;

/** Names that hosts chose: an apostrophe keeps a spreadsheet from running them. */
const name = (text: string): string => (formula.test(text) ? `'${text}` : text);

/** The columns in their order. New ones are added at the end only. */
const columns: { readonly [column: string]: Cell } = {
  seq: ({ seq }) => String(seq),
  at: ({ at }) => at,
  atMs: ({ atMs }) => String(atMs),
  kind: ({ kind }) => kind,
  path: ({ path }) => name(path),
  type: ({ type }) => name(type),
  event: ({ event }) => JSON.stringify(event),
  cause: ({ cause }) => (cause === null ? '' : String(cause)),
  class: (entry) => entry.class,
  changed: ({ changed }) => json(changed),
  down: ({ down }) => json(down),
  facts: ({ facts }) => json(facts),
  effects: ({ effects }) => json(effects),
  dead: ({ dead }) => json(dead),
  timers: ({ timers }) => json(timers),
  threw: ({ threw }) => json(threw),
};

const cells = Object.values(columns);

const quoted = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/** Ended by CRLF, as each row is. */
export const csvHeader = `${Object.keys(columns).join(',')}\r\n`;

export const csvRow = (entry: JournalEntry): string =>
  `${cells.map((cell) => quoted(cell(entry))).join(',')}\r\n`;
