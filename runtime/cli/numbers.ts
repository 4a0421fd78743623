/**
 * Numbers on the command line. Commander turns what is thrown here into a message and exit code 2.
 */
import { InvalidArgumentError } from 'commander';
import { parseTimestamp } from '../paper/timestamp.ts';

/** Digits only: `1e3`, `0x10`, ` 5` and `` are no numbers to people who read a command. */
export const wholeNumber =
  (minimum: number, maximum: number) =>
  (text: string): number => {
    const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`Allowed is a whole number from ${minimum} to ${maximum}.`);
  };

/** How many times as fast as the market; `max` is as fast as this machine can. */
export function speed(text: string): number | 'max' {
  if (text === 'max') return 'max';
  const value = /^\d{1,9}(?:\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0) return value;
  throw new InvalidArgumentError("Allowed is a number above 0, as 60 or 0.5, or 'max'.");
}

/** A moment, to ms: ISO 8601, without a zone in UTC, or seconds or milliseconds since 1970. */
export function moment(text: string): number {
  const value = parseTimestamp(text);
  if (!Number.isNaN(value)) return value;
  throw new InvalidArgumentError(
    "Allowed is a time as '2022-01-30T00:24:00Z', '2022-01-30 00:24', or ms since 1970.",
  );
}
