/** Tells whether somebody writes a journal now. */
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { lockFile } from '../journal/files.ts';
import { isAlive, type ProcessMark } from '../journal/process.ts';

/**
 * Whether a living process holds the journal's lock. A holder on another host cannot be seen from
 * here and counts as living.
 */
export async function isBeingWritten(dir: string): Promise<boolean> {
  try {
    const holder = JSON.parse(await readFile(lockFile(dir), 'utf8')) as ProcessMark & {
      readonly host?: unknown;
    };
    return holder.host !== hostname() || isAlive(holder);
  } catch {
    return false;
  }
}
