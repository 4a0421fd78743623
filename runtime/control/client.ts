/** Asks a running runtime through its control socket. */
import { connect } from 'node:net';
import { KintsugiError } from '../../actors/errors.ts';
import {
  answerBytesMax,
  answerSchema,
  answerTimeoutMs,
  type ControlRequest,
  controlVersion,
} from './protocol.ts';
import { ControlUnavailableError, controlPath, isOwnSocket } from './socket-path.ts';

/** The runtime did not do what it was asked, and says why. */
export class ControlRefusedError extends KintsugiError {
  readonly code: string;
  readonly retryable = false;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

type Request = ControlRequest extends infer R
  ? R extends ControlRequest
    ? Omit<R, 'v'>
    : never
  : never;

/**
 * @param folder of the journal that the runtime writes.
 * @returns what the command gives.
 * @throws {ControlUnavailableError} when no runtime listens there, or none answers in time.
 * @throws {ControlRefusedError} when it refuses.
 */
export async function askControl(
  folder: string,
  request: Request,
): Promise<Record<string, unknown>> {
  const path = controlPath(folder);
  if (process.platform !== 'win32' && !isOwnSocket(path)) throw nobody(folder, path);
  const line = await exchange(
    folder,
    path,
    `${JSON.stringify({ v: controlVersion, ...request })}\n`,
  );
  const answer = answerSchema.safeParse(parsed(line));
  if (!answer.success) {
    throw new ControlUnavailableError(
      `What listens at '${path}' answers in other words than ours.`,
    );
  }
  if (answer.data.ok) return answer.data.result;
  const { code, message } = answer.data.error;
  throw new ControlRefusedError(code, message);
}

const nobody = (folder: string, path: string) =>
  new ControlUnavailableError(
    `No runtime that runs on the journal '${folder}' listens for orders (no socket of yours at ` +
      `'${path}'). Is it another journal? Give its folder by --journal.`,
  );

/** Sends one line and gives what comes back. */
function exchange(folder: string, path: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let text = '';
    const fail = (error: Error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => {
      fail(
        new ControlUnavailableError(
          `The runtime did not answer within ${answerTimeoutMs} ms: whether it does what it was ` +
            'asked is not known. Its journal tells.',
        ),
      );
    }, answerTimeoutMs);
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(line));
    socket.on('data', (piece) => {
      text += piece;
      if (text.length > answerBytesMax)
        fail(new ControlUnavailableError('The answer is too long.'));
    });
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      const isNobody = code === 'ECONNREFUSED' || code === 'ENOENT';
      const cut = new ControlUnavailableError(`The runtime cut the connection: ${code}.`);
      fail(isNobody ? nobody(folder, path) : cut);
    });
    socket.on('end', () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(text);
    });
  });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
