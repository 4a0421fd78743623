/** Shows that long work goes on. Work under a second shows nothing. */
import type { Stream } from './output.ts';

/** Nothing is shown before. */
const quietMs = 1_000;
/** A terminal's line is rewritten this often, other streams get a line this often. */
const terminalEveryMs = 100;
const lineEveryMs = 5_000;
const barWidth = 24;

export interface ProgressOptions {
  readonly stream: Stream;
  /** What is being done, as in `replaying`. */
  readonly label: string;
  /** What is counted, as in `entries`; absent when only time passes. */
  readonly noun?: string;
  /** How much there is; absent when nobody knows. */
  readonly total?: number;
  /** Monotonic milliseconds. Default: this process's. */
  readonly now?: () => number;
}

export interface Progress {
  /** Call as often as you like: it writes when it is time. */
  update(done: number, extra?: () => string): void;
  /** Clears the line of a terminal. Harmless when called twice. */
  finish(): void;
}

export function createProgress(options: ProgressOptions): Progress {
  const { stream, now = () => performance.now() } = options;
  const isTerminal = stream.isTTY === true;
  const everyMs = isTerminal ? terminalEveryMs : lineEveryMs;
  const startedMs = now();
  let writtenMs = isTerminal ? startedMs + quietMs - everyMs : startedMs;
  let isShown = false;
  return {
    update(done, extra) {
      const nowMs = now();
      if (nowMs - writtenMs < everyMs) return;
      writtenMs = nowMs;
      const line = lineOf(options, done, extra?.() ?? '', nowMs - startedMs);
      stream.write(
        isTerminal ? `\r\u001B[2K${line.slice(0, (stream.columns ?? 80) - 1)}` : `${line}\n`,
      );
      isShown = isTerminal;
    },
    finish() {
      if (isShown) stream.write('\r\u001B[2K');
      isShown = false;
    },
  };
}

function lineOf(options: ProgressOptions, done: number, extra: string, elapsedMs: number): string {
  const { label, noun, total, stream } = options;
  const seconds = Math.round(elapsedMs / 1_000);
  const rest = extra === '' ? '' : `, ${extra}`;
  if (noun === undefined) return `${label}: ${seconds} s${rest}`;
  if (total === undefined || total <= 0) return `${label}: ${done} ${noun}, ${seconds} s${rest}`;
  const doneRatio = Math.min(1, done / total);
  const full = Math.round(doneRatio * barWidth);
  const bar = stream.isTTY ? ` [${'#'.repeat(full)}${'.'.repeat(barWidth - full)}]` : '';
  const percent = Math.floor(doneRatio * 100);
  return `${label}${bar} ${percent} %: ${done} of ${total} ${noun}, ${seconds} s${rest}`;
}
