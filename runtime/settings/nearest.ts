/** Finds the name that somebody probably meant. */

/**
 * Edits between two names: insert, delete, replace, and swap of neighbours each count one.
 *
 * @see F. J. Damerau, "A technique for computer detection and correction of spelling errors", 1964;
 * this is the optimal string alignment variant.
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        last[column - 1]! + (same ? 0 : 1),
        last[column]! + 1,
        current[column - 1]! + 1,
      );
      const swapped =
        row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, beforeLast[column - 2]! + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length]!;
}

/** Names longer than this are not compared: the work grows with the square of the length. */
const lengthMax = 100;

/**
 * The candidate closest to `name`, upper and lower case and `_` and `-` taken as equal; the first
 * one of equals. `undefined` when none is near: more than a third of the letters differ.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > lengthMax) return undefined;
  const wanted = plain(name);
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, plain(candidate));
    const limit = Math.max(1, Math.floor(Math.max(wanted.length, candidate.length) / 3));
    if (distance <= limit && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** A name as it is compared: `HEARTBEAT_MS` and `heartbeatMs` are the same. */
export const plain = (name: string): string => name.toLowerCase().replace(/[_-]/g, '');
