/** The paper broker: a real HTTP server on the loopback that acts faults drawn from the seed. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { EpochFence } from '../../actors/epoch-fence.ts';
import type { FeeSettings } from '../../config/paper.ts';
import type { FaultSettings } from '../../config/paper-broker.ts';
import { BrokerBook } from './broker-book.ts';
import { type Ledger, noLedger, openLedger } from './broker-ledger.ts';
import { drawFault, type Fault } from './faults.ts';

export interface BrokerServerOptions {
  readonly seed: number;
  readonly faults: () => FaultSettings;
  readonly fees: (quantity: number) => FeeSettings;
  /** Price of the market now. Without it, orders are filled at their reference price. */
  readonly marketPrice?: (symbol: string) => number | undefined;
  /** Where executed orders are kept across restarts; without it they are forgotten. */
  readonly ledgerPath?: string;
}

export interface BrokerServer {
  readonly port: number;
  /** What a client logs in with. Made at each start; never written down. */
  readonly key: string;
  /** Stops at once, whoever waits for a reply. */
  close(): Promise<void>;
}

const bodyBytesMax = 16_384;

/** Tells a client that a reply will never be complete, so that its clock need not wait for one. */
export const hangHeader = 'x-paper-hang';

/** Under which epoch a client acts; without it under epoch 0, as long as nobody has shown one. */
export const epochHeader = 'x-epoch';

const orderSchema = z.strictObject({
  clientOrderId: z.string().min(1).max(64),
  symbol: z.string().min(1).max(64),
  side: z.enum(['buy', 'sell']),
  quantity: z.number().positive(),
  referencePrice: z.number().positive(),
  at: z.number(),
});

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

const reply = (status: number, body: unknown): Reply => ({ status, body });

/** Starts the broker on a free port of 127.0.0.1. */
export async function startBrokerServer(options: BrokerServerOptions): Promise<BrokerServer> {
  const ledger = options.ledgerPath === undefined ? noLedger : openLedger(options.ledgerPath);
  const book = new BrokerBook({
    ledger,
    fees: options.fees,
    marketPrice: options.marketPrice ?? (() => undefined),
  });
  const key = randomBytes(24).toString('base64url');
  const routes = new Routes(book, ledger, key);
  const server = createServer((request, response) => {
    answer(options, routes, request, response).catch(() => response.destroy());
  });
  // A kept connection that times out just as it is used again would be a fault nobody has drawn.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    key,
    close: () =>
      new Promise((resolve) => {
        if (!server.listening) return resolve();
        server.close(() => {
          ledger.close();
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function answer(
  options: BrokerServerOptions,
  routes: Routes,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await bodyOf(request);
  if (body === undefined) return send(response, reply(413, { error: 'The body is too large.' }));
  const callId = String(request.headers['x-call-id'] ?? '');
  const at = Number(request.headers['x-at'] ?? 0);
  const fault = drawFault(options.seed, callId, at, options.faults());
  const act = () => routes.handle(request, body, at, fault);
  switch (fault.kind) {
    case 'error':
      return send(response, reply(503, { error: 'The broker is not available.' }));
    case 'rejectedLogin':
      routes.endSession();
      return send(response, reply(401, { error: 'The session is over.' }));
    case 'hang':
      if (fault.executed) act();
      response.writeHead(200, { [hangHeader]: '1' }).flushHeaders();
      return;
    case 'reset':
      if (fault.executed) act();
      request.socket.resetAndDestroy();
      return;
    case 'partialFill':
    case 'none':
      return send(response, act());
  }
}

/** What each request does once it is certain that it is done. */
class Routes {
  private readonly book: BrokerBook;
  private readonly ledger: Ledger;
  private readonly fence: EpochFence;
  private readonly keyHash: Buffer;
  private tokenHash: Buffer | undefined;

  constructor(book: BrokerBook, ledger: Ledger, key: string) {
    this.book = book;
    this.ledger = ledger;
    this.fence = new EpochFence(ledger.epoch);
    this.keyHash = hash(key);
  }

  endSession(): void {
    this.tokenHash = undefined;
  }

  handle(request: IncomingMessage, body: string, at: number, fault: Fault): Reply {
    const route = `${request.method} ${request.url}`;
    const secret = hash((request.headers.authorization ?? '').replace(/^Bearer /, ''));
    const isLogin = route === 'POST /login';
    if (isLogin && !timingSafeEqual(secret, this.keyHash)) {
      return reply(401, { error: 'The key is wrong.' });
    }
    if (!isLogin && !(this.tokenHash && timingSafeEqual(secret, this.tokenHash))) {
      return reply(401, { error: 'Log in first.' });
    }
    // Only who may come in at all can end the epoch of others.
    if (!this.admits(request)) return reply(409, { error: 'A newer epoch was seen.' });
    if (isLogin) return this.login();
    if (route === 'GET /ping') return reply(200, { at });
    if (route === 'GET /account') return reply(200, this.book.account());
    if (route === 'POST /orders') return this.submit(body, fault);
    const id = /^\/orders\/([\w.:-]{1,64})$/.exec(request.url ?? '')?.[1];
    if (id && request.method === 'GET') return reply(200, this.book.report(id));
    if (id && request.method === 'DELETE') return reply(200, this.book.cancel(id));
    return reply(404, { error: 'There is no such thing.' });
  }

  /** Whether the epoch is the newest; a newer one is on record before anything is done under it. */
  private admits(request: IncomingMessage): boolean {
    const before = this.fence.epoch;
    const epoch = Number(request.headers[epochHeader] ?? 0);
    if (!this.fence.admits(epoch)) return false;
    if (epoch > before) this.ledger.recordEpoch(epoch);
    return true;
  }

  private login(): Reply {
    const sessionId = randomBytes(24).toString('base64url');
    this.tokenHash = hash(sessionId);
    return reply(200, { sessionId });
  }

  private submit(body: string, fault: Fault): Reply {
    const order = orderSchema.safeParse(parseJson(body));
    if (!order.success) return reply(400, { error: z.prettifyError(order.error) });
    const filledRatio = fault.kind === 'partialFill' ? fault.filledRatio : 1;
    return reply(200, this.book.submit(order.data, filledRatio));
  }
}

/** Hashes have one length, so that comparing them takes the same time whatever was sent. */
const hash = (text: string) => createHash('sha256').update(text).digest();

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, { status, body }: Reply): void {
  const text = JSON.stringify(body);
  const length = Buffer.byteLength(text);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': length });
  response.end(text);
}

/** The body, or undefined when it is larger than any order. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of request) {
    sizeBytes += (piece as Buffer).length;
    if (sizeBytes <= bodyBytesMax) pieces.push(piece as Buffer);
  }
  return sizeBytes > bodyBytesMax ? undefined : Buffer.concat(pieces).toString('utf8');
}
