/** How many requests were turned away lately, in counts of a second each. Pure. */

/** Refusals from `at` (logical ms) until a second later. */
export type RefusalCount = { readonly at: number; readonly count: number };

/** Time that is looked back on, logical ms. */
export const pressureWindowMs = 60_000;

const stepMs = 1_000;

/** The counts with new ones added and those forgotten that are too old. */
export function withRefusals(
  recent: readonly RefusalCount[],
  at: number,
  count: number,
): readonly RefusalCount[] {
  const kept = recent.filter((one) => one.at > at - pressureWindowMs);
  const last = kept.at(-1);
  if (!last || at - last.at >= stepMs) return [...kept, { at, count }];
  return [...kept.slice(0, -1), { at: last.at, count: last.count + count }];
}

export const refusalsIn = (recent: readonly RefusalCount[]): number =>
  recent.reduce((sum, { count }) => sum + count, 0);

export type RefusalCodes = Readonly<Record<string, number>>;

/** Codes that are told apart; they are ours, so that there are few. */
const codeCountMax = 50;

/** Totals by code with new ones added. */
export function withCodes(totals: RefusalCodes, counts: RefusalCodes): RefusalCodes {
  const sums: Record<string, number> = { ...totals };
  for (const [code, count] of Object.entries(counts)) {
    const isKept = Object.hasOwn(sums, code) || Object.keys(sums).length < codeCountMax;
    if (isKept) sums[code] = (sums[code] ?? 0) + count;
  }
  return sums;
}

export const sumOf = (counts: RefusalCodes): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);
