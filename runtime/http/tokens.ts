/** The tokens of the doors, one for each role, in a file that only their owner can read. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { KintsugiError } from '../../actors/errors.ts';

/** Each may do what those before it may. */
export const roles = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

export type Tokens = Readonly<Record<Role, string>>;

/** The file of tokens cannot be used as it is. */
export class TokensUnusableError extends KintsugiError {
  readonly code = 'TOKENS_UNUSABLE';
  readonly retryable = false;
}

const token = () => z.string().min(32).max(256);
const tokensSchema = z.strictObject({ viewer: token(), operator: token(), admin: token() });

/** Beside the folder of the journal, as its signing key is. */
export const tokenFileOf = (journal: string): string => `${resolve(journal)}.tokens.json`;

/**
 * Reads the tokens; makes them, with 256 random bits each, where there are none yet.
 *
 * @param isMade false for a client: tokens that it made nobody would take.
 * @throws {TokensUnusableError} when there are none, others can read the file, or it holds
 * something else.
 */
export function loadTokens(file: string, isMade = true): Tokens {
  try {
    if (isMade) return made(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unusable(file, error);
  }
  const descriptor = opened(file);
  try {
    const { mode } = fstatSync(descriptor);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new TokensUnusableError(
        `Others can read the tokens in '${file}': chmod 600 it, or remove it for new ones.`,
      );
    }
    return parsed(file, readFileSync(descriptor, 'utf8'));
  } finally {
    closeSync(descriptor);
  }
}

/** Tokens that live as long as this process: for journals in memory. */
export const freshTokens = (): Tokens => ({
  viewer: randomToken(),
  operator: randomToken(),
  admin: randomToken(),
});

const randomToken = (): string => randomBytes(32).toString('base64url');

function opened(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new TokensUnusableError(`The tokens in '${file}' cannot be read (${code}).`);
  }
}

/** Fails when the file exists: two processes that start together get the same tokens. */
function made(file: string): Tokens {
  const descriptor = openSync(file, 'wx', 0o600);
  const tokens = freshTokens();
  try {
    writeSync(descriptor, `${JSON.stringify(tokens, null, 2)}\n`);
  } finally {
    closeSync(descriptor);
  }
  return tokens;
}

function parsed(file: string, text: string): Tokens {
  try {
    return tokensSchema.parse(JSON.parse(text));
  } catch {
    // What is in the file is never shown: it may be half of a token.
    const text = `'${file}' holds no tokens of the three roles: remove it, and new ones are made.`;
    throw new TokensUnusableError(text);
  }
}

const unusable = (file: string, error: unknown): TokensUnusableError =>
  new TokensUnusableError(
    `The tokens cannot be kept in '${file}' (${(error as NodeJS.ErrnoException).code}): ` +
      "set 'http.tokenFile' to a file in a folder that can be written.",
  );

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * The role that a token gives; undefined for none. Takes the same time whatever the token is: all
 * are compared, as digests of one length.
 */
export function roleGiver(tokens: Tokens): (given: string) => Role | undefined {
  const known = roles.map((role) => [role, digestOf(tokens[role])] as const);
  return (given) => {
    const digest = digestOf(given);
    let found: Role | undefined;
    for (const [role, expected] of known) if (timingSafeEqual(digest, expected)) found = role;
    return found;
  };
}

/** Whether a role may do what another one is asked for. */
export const isAtLeast = (role: Role, asked: Role): boolean =>
  roles.indexOf(role) >= roles.indexOf(asked);
