/** Certificate and key of the doors, read and tried before anything listens. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { KintsugiError } from '../../actors/errors.ts';
import type { HttpSettings } from '../../config/http.ts';
import { errorText } from '../error-text.ts';

/** Certificate or key cannot be used. */
export class TlsUnusableError extends KintsugiError {
  readonly code = 'TLS_UNUSABLE';
  readonly retryable = false;
}

export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

/** @throws {TlsUnusableError} when a file cannot be read, or they do not belong together. */
export function readTls({ certificateFile, keyFile }: NonNullable<HttpSettings['tls']>): TlsPair {
  const cert = read('certificateFile', certificateFile);
  const key = read('keyFile', keyFile);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new TlsUnusableError(
      `'${certificateFile}' and '${keyFile}' are no certificate and its key, both as PEM: ` +
        `${errorText(error)}.`,
    );
  }
  return { cert, key };
}

function read(setting: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new TlsUnusableError(`'http.tls.${setting}': '${file}' cannot be read (${code}).`);
  }
}
