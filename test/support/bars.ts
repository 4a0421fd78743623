import type { Bar } from '../../machines/paper/bar.ts';

/** A bar in which nothing happened but its closing price. */
export const barAt = (at: number, close: number): Bar => ({
  at,
  open: close,
  high: close,
  low: close,
  close,
  volume: 1,
});
