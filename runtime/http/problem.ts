/**
 * Errors as clients of the HTTP API get them.
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
import { z } from 'zod';
import { ConfigInvalidError, KintsugiError } from '../../actors/errors.ts';

export const problemSchema = z
  .object({
    type: z.string().describe('`urn:kintsugi:` and the code of the error.'),
    title: z.string().describe('What kind of error it is.'),
    status: z.int().describe('The HTTP status.'),
    detail: z.string().describe('What was wrong here, and the way out.'),
    issues: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe('Each thing that is wrong with what was sent.'),
  })
  .meta({ id: 'Problem', description: 'An error, as RFC 9457 has it.' });

export type Problem = z.output<typeof problemSchema>;

/** A request that is refused before anything is done. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly issues: Problem['issues'];
  constructor(status: number, code: string, detail: string, issues?: Problem['issues']) {
    super(detail);
    this.status = status;
    this.code = code;
    this.issues = issues;
  }
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'No valid token',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Not possible now',
  413: 'Too large',
  415: 'Unsupported media type',
  421: 'Not the right host',
  422: 'Cannot be used',
  429: 'Too many requests',
  500: 'Error of the runtime',
  503: 'Not available',
};

/** Errors of the runtime that a client can do something about. */
const statuses: Readonly<Record<string, number>> = {
  CONFIG_INVALID: 400,
  RESET_REFUSED: 409,
  RUNTIME_STOPPED: 503,
  JOURNAL_UNAVAILABLE: 503,
  NOT_IN_JOURNAL: 404,
};

const kebab = (code: string): string => code.toLowerCase().replaceAll('_', '-');

function problem(
  status: number,
  code: string,
  detail: string,
  issues?: Problem['issues'],
): Problem {
  const title = titles[status] ?? 'Error';
  const type = `urn:kintsugi:${kebab(code)}`;
  return { type, title, status, detail, ...(issues && { issues }) };
}

/** Any error as a problem. What is unexpected says nothing of its inside: the log has it. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Refusal) {
    return problem(error.status, error.code, error.message, error.issues);
  }
  if (error instanceof ConfigInvalidError) {
    const issues = error.issues.map(({ path, message }) => ({ path, message }));
    return problem(400, error.code, error.message, issues);
  }
  if (error instanceof KintsugiError) {
    return problem(statuses[error.code] ?? 409, error.code, error.message);
  }
  const { statusCode, code } = Object(error) as { statusCode?: number; code?: string };
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return problem(statusCode, code ?? 'BAD_REQUEST', (error as Error).message);
  }
  return problem(500, 'UNEXPECTED', 'The runtime goes on; its log says what happened.');
}

/**
 * Does what a client asks of a handle of the runtime: what the handle says of a wrong argument
 * names the thing, the value and the way out, and goes to the client.
 */
export async function asked<T>(act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    throw new Refusal(400, 'BAD_REQUEST', error.message);
  }
}
