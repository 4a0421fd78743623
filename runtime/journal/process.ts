/** Tells whether a process still lives, and is the one that was meant. */
import { readFileSync } from 'node:fs';

/** A process as others can recognise it. */
export interface ProcessMark {
  readonly pid: number;
  /**
   * Boot of the machine and clock ticks at the start: tells a reused pid. Absent except on Linux.
   */
  readonly startedAt?: string;
}

interface Stat {
  readonly state: string;
  readonly startTicks: string;
}

/**
 * Fields of /proc/PID/stat; the name in parentheses may hold spaces, so they are counted behind it.
 */
function readStat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0]!, startTicks: fields[19]! };
  } catch {
    return undefined;
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return '';
  }
}

const startMark = (stat: Stat): string => `${bootId()}:${stat.startTicks}`;

/** The mark of this process. */
export function ownMark(): ProcessMark {
  const stat = readStat(process.pid);
  return stat === undefined
    ? { pid: process.pid }
    : { pid: process.pid, startedAt: startMark(stat) };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM says that there is such a process, of another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Whether the marked process runs on this machine now; a zombie does not. */
export function isAlive(mark: ProcessMark): boolean {
  if (!exists(mark.pid)) return false;
  const stat = readStat(mark.pid);
  if (stat === undefined || mark.startedAt === undefined) return true;
  return stat.state !== 'Z' && stat.state !== 'X' && startMark(stat) === mark.startedAt;
}
