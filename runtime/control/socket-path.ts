/** Where the control socket of a journal lies: beside its folder, as its signing key does. */
import { createHash } from 'node:crypto';
import { lstatSync, unlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { KintsugiError } from '../../actors/errors.ts';

/** The control socket cannot be opened or reached. */
export class ControlUnavailableError extends KintsugiError {
  readonly code = 'CONTROL_UNAVAILABLE';
  readonly retryable = true;
}

/** The shortest limit among the systems that we know; the closing zero is one of these bytes. */
const pathBytesMax = 104;

/**
 * Path of the socket, or on Windows name of the pipe.
 *
 * @throws {ControlUnavailableError} when the path is longer than a socket's path may be.
 */
export function controlPath(folder: string, platform: string = process.platform): string {
  const whole = resolve(folder);
  if (platform === 'win32') {
    return `\\\\.\\pipe\\kintsugi-${createHash('sha256').update(whole).digest('hex').slice(0, 32)}`;
  }
  const path = `${whole}.sock`;
  const sizeBytes = Buffer.byteLength(path);
  if (sizeBytes < pathBytesMax) return path;
  throw new ControlUnavailableError(
    `A socket's path must be shorter than ${pathBytesMax} bytes, '${path}' has ${sizeBytes}: ` +
      'choose a shorter path for the journal.',
  );
}

/** Whether a socket of this user lies there. Never for a pipe of Windows, which has no file. */
export function isOwnSocket(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found?.isSocket()) return false;
  return process.getuid === undefined || found.uid === process.getuid();
}

/**
 * Makes room for the socket of this process. Whoever left one there has died: the journal's lock is
 * ours.
 *
 * @throws {ControlUnavailableError} when something else lies there.
 */
export function clearSocket(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return;
  if (!isOwnSocket(path)) {
    throw new ControlUnavailableError(
      `'${path}' is not a socket of this user, so the control socket cannot be made there: ` +
        'move it away.',
    );
  }
  unlinkSync(path);
}
