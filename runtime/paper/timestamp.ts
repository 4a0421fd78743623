/**
 * Timestamps of market data, to milliseconds since 1970-01-01T00:00:00Z.
 *
 * `2022-01-31 23:59:00.000000`, `2022-01-31T23:59:00Z`, `2022-01-31T23:59+01:00`, `2022-01-31`: ISO
 * 8601 with `T` or a space; no zone means UTC; of a fraction, milliseconds count. `1643673540`:
 * seconds. `1643673540000`: milliseconds. A number is in seconds when it is below 10^11, which is
 * the year 5138 in seconds and 1973 in milliseconds.
 */

const epochPattern = /^\d{1,16}(?:\.\d+)?$/;
const dayPattern = '(\\d{4})-(\\d\\d)-(\\d\\d)';
const timePattern = '(\\d\\d):(\\d\\d)(?::(\\d\\d)(?:[.,](\\d+))?)?';
const zonePattern = '(Z|[+-]\\d\\d(?::?\\d\\d)?)';
const isoPattern = new RegExp(`^${dayPattern}(?:[T ]${timePattern})?\\s?${zonePattern}?$`, 'i');

const zero = 48;

/** NaN when it is no timestamp, or a day or hour that does not exist. */
export function parseTimestamp(text: string): number {
  const quick = text.length >= 19 ? parsePlain(text) : Number.NaN;
  if (!Number.isNaN(quick)) return quick;
  if (epochPattern.test(text)) {
    const value = Number(text);
    return value < 1e11 ? Math.round(value * 1_000) : Math.floor(value);
  }
  const match = isoPattern.exec(text);
  if (!match) return Number.NaN;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone] = match;
  const at = time(+year!, +month!, +day!, +hour, +minute, +second);
  return at + Number(`${fraction}000`.slice(0, 3)) - zoneMs(zone);
}

/** The shape of nearly all files, `YYYY-MM-DD hh:mm:ss` without a zone: no pattern is run. */
function parsePlain(text: string): number {
  for (let i = 19; i < text.length; i++) {
    // Fractions other than zero, and zones, take the slow way.
    const code = text.charCodeAt(i);
    if (i === 19 ? code !== 46 : code !== zero) return Number.NaN;
  }
  const separator = text.charCodeAt(10);
  const isShaped =
    (separator === 32 || separator === 84) &&
    text.charCodeAt(4) === 45 &&
    text.charCodeAt(7) === 45 &&
    text.charCodeAt(13) === 58 &&
    text.charCodeAt(16) === 58;
  if (!isShaped || text.length === 20) return Number.NaN;
  const year = pair(text, 0) * 100 + pair(text, 2);
  return time(year, pair(text, 5), pair(text, 8), pair(text, 11), pair(text, 14), pair(text, 17));
}

function pair(text: string, index: number): number {
  const tens = text.charCodeAt(index) - zero;
  const ones = text.charCodeAt(index + 1) - zero;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function time(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 && isLeap ? 29 : (monthDays[month - 1] ?? 0);
  // Before 1970 there was no market that is recorded by the minute; Date.UTC bends years below 100.
  const exists =
    year >= 1970 && day >= 1 && day <= days && hour <= 23 && minute <= 59 && second <= 59;
  return exists ? Date.UTC(year, month - 1, day, hour, minute, second) : Number.NaN;
}

function zoneMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0;
  const digits = zone.replace(':', '').padEnd(5, '0');
  const hours = Number(digits.slice(1, 3));
  const minutes = Number(digits.slice(3, 5));
  if (hours > 14 || minutes > 59) return Number.NaN;
  return (digits[0] === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
