/** One bar of a market: what was traded between two times, told at the end of it. */
export type Bar = {
  /** Logical time, ms since 1970-01-01T00:00:00Z. Each bar's is later than the one before. */
  readonly at: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** In whatever unit the market counts; not below 0. */
  readonly volume: number;
};
