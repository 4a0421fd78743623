/** Asks a running runtime through its HTTP API, for commands. */
import { readFileSync } from 'node:fs';
import { KintsugiError } from '../../actors/errors.ts';
import { addressFileOf, addressSchema } from './address.ts';
import { problemSchema } from './problem.ts';
import { loadTokens, type Role, tokenFileOf } from './tokens.ts';

/** No runtime answers there. */
export class DoorsUnavailableError extends KintsugiError {
  readonly code = 'DOORS_UNAVAILABLE';
  readonly retryable = true;
}

/** The runtime did not do what it was asked, and says why. */
export class DoorsRefusedError extends KintsugiError {
  readonly code = 'DOORS_REFUSED';
  readonly retryable = false;
}

export interface DoorsAddress {
  /** Folder of the journal that the runtime writes; what is not given is found beside it. */
  readonly journal: string;
  readonly url?: string | undefined;
  readonly tokenFile?: string | undefined;
}

export interface DoorsRequest {
  readonly path: string;
  /** Default viewer. */
  readonly role?: Role;
  /** With a body it is a POST. */
  readonly body?: unknown;
}

export interface DoorsAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Longer than an emergency plan takes, ms. */
const timeoutMs = 15_000;

/**
 * @throws {DoorsUnavailableError} when no runtime listens there, or none answers in time.
 * @throws {DoorsRefusedError} when it refuses, in its own words.
 * @throws {TokensUnusableError} when the tokens cannot be read.
 */
export async function askDoors(
  address: DoorsAddress,
  { path, role = 'viewer', body }: DoorsRequest,
): Promise<DoorsAnswer> {
  const { url, tokenFile } = found(address);
  const response = await fetch(url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${loadTokens(tokenFile, false)[role]}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(timeoutMs),
    redirect: 'error',
  }).catch((error: Error) => {
    const why = (error.cause as NodeJS.ErrnoException | undefined)?.code ?? error.message;
    throw new DoorsUnavailableError(`No runtime answers at ${url} (${why}). ${cure}`);
  });
  const answer: unknown = await response.json().catch(() => undefined);
  const problem = problemSchema.safeParse(answer);
  if (problem.success) throw new DoorsRefusedError(problem.data.detail);
  if (answer !== undefined) return { status: response.status, body: answer };
  throw new DoorsUnavailableError(`What answers at ${url} is no runtime. ${cure}`);
}

const cure = "Does it run with '--port'? Give its address by --url, or its journal by --journal.";

function found({ journal, url, tokenFile }: DoorsAddress) {
  const note = noteOf(journal);
  const at = url ?? note?.url;
  if (at === undefined) {
    const text = `No runtime on the journal '${journal}' has its doors open. ${cure}`;
    throw new DoorsUnavailableError(text);
  }
  return {
    url: at.replace(/\/$/, ''),
    tokenFile: tokenFile ?? note?.tokenFile ?? tokenFileOf(journal),
  };
}

function noteOf(journal: string) {
  try {
    return addressSchema.parse(JSON.parse(readFileSync(addressFileOf(journal), 'utf8')));
  } catch {
    return undefined;
  }
}
