/**
 * The control socket's server: operators reach a running runtime without HTTP.
 *
 * Only this user can open the socket (0600), and what comes through it is still bounded: one line,
 * its length, its time, and how many clients there are.
 */
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';
import { KintsugiError } from '../../actors/errors.ts';
import { errorText } from '../error-text.ts';
import {
  type ControlAnswer,
  type ControlHandlers,
  type ControlRequest,
  controlVersion,
  parseRequest,
  refusal,
  requestBytesMax,
  requestTimeoutMs,
} from './protocol.ts';
import { ControlUnavailableError, clearSocket, controlPath } from './socket-path.ts';

const clientCountMax = 16;

export interface ControlServer {
  readonly path: string;
  /** Ends all connections and takes the socket away. Idempotent. */
  close(): Promise<void>;
}

/**
 * @param folder of the journal that this process writes.
 * @throws {ControlUnavailableError} when the socket cannot be made.
 */
export async function openControlServer(
  folder: string,
  handlers: ControlHandlers,
): Promise<ControlServer> {
  const path = controlPath(folder);
  const isFile = process.platform !== 'win32';
  if (isFile) clearSocket(path);
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, handlers);
  });
  server.maxConnections = clientCountMax;
  await listen(server, path);
  if (isFile) chmodSync(path, 0o600);
  // It never keeps a process alive that has nothing else to do.
  server.unref();
  let closed: Promise<void> | undefined;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return {
    path,
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

/** The socket is made for its owner alone from its first moment on. */
function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // For good: an error of a later connection must not end the process that it was to stop.
    server.on('error', ({ message, ...error }: NodeJS.ErrnoException) => {
      const text = `The control socket cannot be made at '${path}': ${error.code ?? message}.`;
      reject(new ControlUnavailableError(text));
    });
    const before = isMainThread ? process.umask(0o177) : undefined;
    try {
      server.listen(path, resolve);
    } finally {
      if (before !== undefined) process.umask(before);
    }
  });
}

function serve(socket: Socket, handlers: ControlHandlers): void {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  let isAnswered = false;
  const answer = (reply: ControlAnswer) => {
    isAnswered = true;
    clearTimeout(timer);
    // What a client goes on sending is read and dropped: it must be able to read its answer.
    socket.end(`${JSON.stringify(reply)}\n`, () => socket.destroySoon());
  };
  const timer = setTimeout(() => {
    answer(refusal('CONTROL_TIMEOUT', `No whole line came within ${requestTimeoutMs} ms.`));
  }, requestTimeoutMs);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => clearTimeout(timer));
  socket.on('end', () => {
    if (!isAnswered) answer(refusal('CONTROL_REQUEST', 'The request is not a whole line.'));
  });
  socket.on('data', (piece: Buffer) => {
    if (isAnswered) return;
    pieces.push(piece);
    sizeBytes += piece.length;
    const end = piece.indexOf(10);
    if (sizeBytes > requestBytesMax) {
      answer(refusal('CONTROL_REQUEST', `A request has at most ${requestBytesMax} bytes.`));
    } else if (end !== -1) {
      isAnswered = true;
      clearTimeout(timer);
      const line = Buffer.concat(pieces).toString('utf8').split('\n', 1)[0]!;
      void handle(line, handlers).then(answer);
    }
  });
}

async function handle(line: string, handlers: ControlHandlers): Promise<ControlAnswer> {
  const request = parseRequest(line);
  if ('refused' in request) return request.refused;
  try {
    const handler = handlers[request.command] as (
      request: ControlRequest,
    ) => Promise<Record<string, unknown>>;
    return { v: controlVersion, ok: true, result: await handler(request) };
  } catch (error) {
    const code = error instanceof KintsugiError ? error.code : 'UNEXPECTED';
    return refusal(code, error instanceof KintsugiError ? error.message : errorText(error));
  }
}
