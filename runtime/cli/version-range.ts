/** As much of npm's version ranges as our own package.json uses: `^`, `>=`, `<`, a space, `||`. */

type Version = readonly [major: number, minor: number, patch: number];

/**
 * Whether a version is inside a range.
 *
 * @throws {RangeError} when the range says something else than those.
 */
export function isInRange(version: string, range: string): boolean {
  const given = parse(version);
  return range.split('||').some((part) =>
    part
      .trim()
      .split(/\s+/)
      .every((comparator) => holds(given, comparator)),
  );
}

function holds(given: Version, comparator: string): boolean {
  const [, sign, text] = /^(\^|>=|<)(\d.*)$/.exec(comparator) ?? [];
  if (text === undefined) throw new RangeError(`Version range '${comparator}' is not known here.`);
  const limit = parse(text);
  const order = compare(given, limit);
  if (sign === '<') return order < 0;
  return order >= 0 && (sign === '>=' || given[0] === limit[0]);
}

function parse(text: string): Version {
  const [, major, minor, patch] = /^v?(\d+)\.(\d+)\.(\d+)/.exec(text) ?? [];
  if (patch === undefined) throw new RangeError(`Version '${text}' is not MAJOR.MINOR.PATCH.`);
  return [Number(major), Number(minor), Number(patch)];
}

const compare = (a: Version, b: Version): number => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
