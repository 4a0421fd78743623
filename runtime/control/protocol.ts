/**
 * The words of the control socket: one JSON line in, one JSON line out, then the end.
 *
 *     {"v":1,"command":"emergency.start","by":"ada","why":"fat finger"}
 *     {"v":1,"ok":true,"result":{...}}   or   {"v":1,"ok":false,"error":{"code","message"}}
 */
import { z } from 'zod';

export const controlVersion = 1;

/** A request line is never longer, in bytes. */
export const requestBytesMax = 4_096;
/** Nor is an answer. */
export const answerBytesMax = 65_536;

/** Real time in which a client has to send its line, ms. */
export const requestTimeoutMs = 2_000;
/** Real time in which a server has to answer, ms: an emergency plan fits into it. */
export const answerTimeoutMs = 8_000;

const text = z.string().trim().min(1).max(1_024);
const version = z.literal(controlVersion);

export const requestSchema = z.discriminatedUnion('command', [
  z.strictObject({ v: version, command: z.literal('emergency.start'), by: text, why: text }),
  z.strictObject({
    v: version,
    command: z.literal('emergency.reset'),
    // What is no scope is refused by the safety manager, which writes it into the journal.
    scope: z.string().max(64),
    by: text,
    why: text,
  }),
]);

export type ControlRequest = z.output<typeof requestSchema>;

export const answerSchema = z.discriminatedUnion('ok', [
  z.object({ v: version, ok: z.literal(true), result: z.record(z.string(), z.unknown()) }),
  z.object({
    v: version,
    ok: z.literal(false),
    error: z.object({ code: z.string(), message: z.string() }),
  }),
]);

export type ControlAnswer = z.output<typeof answerSchema>;

/** What each command does; a rejection is told to the client in its words. */
export type ControlHandlers = {
  readonly [C in ControlRequest['command']]: (
    request: Extract<ControlRequest, { command: C }>,
  ) => Promise<Record<string, unknown>>;
};

export const refusal = (code: string, message: string): ControlAnswer => ({
  v: controlVersion,
  ok: false,
  error: { code, message },
});

/** The request of a line, or the answer that says what is wrong with it. */
export function parseRequest(line: string): ControlRequest | { readonly refused: ControlAnswer } {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return { refused: refusal('CONTROL_REQUEST', 'The request is no JSON.') };
  }
  const given = (json as { v?: unknown } | null)?.v;
  if (given !== controlVersion) {
    const message = `This runtime speaks version ${controlVersion}, not ${JSON.stringify(given)}.`;
    return { refused: refusal('CONTROL_VERSION', message) };
  }
  const request = requestSchema.safeParse(json);
  if (request.success) return request.data;
  const problems = request.error.issues.map(({ path, message }) => {
    return path.length === 0 ? message : `${path.join('.')}: ${message}`;
  });
  return { refused: refusal('CONTROL_REQUEST', problems.join('; ')) };
}
