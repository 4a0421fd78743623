/**
 * The paper broker's client: real HTTP calls whose outcomes have a logical time.
 *
 * A call made at logical time t draws its latency L by the function that the server uses too. Its
 * outcome enters at t + L. The clock does not leave t until the server has done what it will do for
 * this call: whatever a machine decides in the meantime, such as giving the call up, finds the same
 * broker in every run, however fast or slow this computer is.
 */
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { BrokerError, withoutStack } from '../../actors/errors.ts';
import type {
  Broker,
  BrokerAccount,
  CallOptions,
  Clock,
  OrderReport,
  OrderRequest,
} from '../../actors/ports.ts';
import type { FaultSettings } from '../../config/paper-broker.ts';
import { epochHeader, hangHeader } from './broker-server.ts';
import { drawFault } from './faults.ts';

export interface BrokerClientOptions {
  readonly port: number;
  readonly key: string;
  readonly clock: Clock;
  /** The server's seed and settings of faults at a logical time. */
  readonly seed: number;
  readonly faults: (atMs: number) => FaultSettings;
  /** Fencing token under which this client acts, as one side of a failover pair. */
  readonly epoch?: () => number;
  /** Real time after which a server that does nothing at all counts as gone, default 30 s. */
  readonly realTimeoutMs?: number;
}

export interface BrokerClient extends Broker {
  /**
   * The same session, without logical time: calls end when the real reply is in. For an emergency,
   * in which the clock may stand still.
   */
  readonly direct: Broker;
  /** Ends all connections. Calls that are out reject. */
  close(): void;
}

/** What became of a request, as far as this process can know. */
type Reply =
  | { readonly kind: 'answered'; readonly status: number; readonly text: string }
  /** The server has acted and will never answer. */
  | { readonly kind: 'hung' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'unreachable' };

interface Call {
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: string;
  readonly secret: string;
}

/** A broker over HTTP. It keeps the session's token to itself: no journal ever holds it. */
export function brokerClient(options: BrokerClientOptions): BrokerClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const session = { token: '' };
  return {
    ...callsOf(options, agent, session, timed),
    direct: callsOf(options, agent, session, untimed),
    close: () => agent.destroy(),
  };
}

type Exchange = typeof timed;

function callsOf(
  options: BrokerClientOptions,
  agent: Agent,
  session: { token: string },
  exchange: Exchange,
): Broker {
  const call = async <T>(
    call: Omit<Call, 'secret'> & { readonly secret?: string },
    callOptions: CallOptions,
  ): Promise<T> => {
    const reply = await exchange(options, agent, { secret: session.token, ...call }, callOptions);
    return contentOf<T>(call.name, reply);
  };
  const order = (name: string, method: 'GET' | 'DELETE', id: string, callOptions: CallOptions) =>
    call<OrderReport>({ name, method, path: `/orders/${encodeURIComponent(id)}` }, callOptions);
  return {
    async login(callOptions) {
      const how = { name: 'login', method: 'POST', path: '/login', secret: options.key } as const;
      const begun = await call<{ sessionId: string }>(how, callOptions);
      session.token = begun.sessionId;
      return begun;
    },
    ping: (callOptions) => call({ name: 'ping', method: 'GET', path: '/ping' }, callOptions),
    account: (callOptions) =>
      call<BrokerAccount>({ name: 'account', method: 'GET', path: '/account' }, callOptions),
    submitOrder: (request: OrderRequest, callOptions) => {
      const body = JSON.stringify(request);
      return call({ name: 'submitOrder', method: 'POST', path: '/orders', body }, callOptions);
    },
    order: (id, callOptions) => order('order', 'GET', id, callOptions),
    cancelOrder: (id, callOptions) => order('cancelOrder', 'DELETE', id, callOptions),
  };
}

/** Gives the real reply its logical time. */
function timed(
  options: BrokerClientOptions,
  agent: Agent,
  call: Call,
  { signal, callId }: CallOptions,
): Promise<Reply> {
  const { clock, seed } = options;
  const startMs = clock.now();
  const { latencyMs } = drawFault(seed, callId, startMs, options.faults(startMs));
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const real = send(options, agent, call, startMs, callId);
    let reply: Reply | undefined;
    const acted = real.acted.then((value) => {
      reply = value;
    });
    clock.at(startMs, () => {}, acted);
    const withdraw = clock.at(startMs + latencyMs, () => void acted.then(arrive), acted);
    signal.addEventListener('abort', giveUp, { once: true });

    function arrive(): void {
      // The server will never answer: the call ends when somebody gives it up.
      if (reply?.kind === 'hung') return;
      signal.removeEventListener('abort', giveUp);
      resolve(reply!);
    }

    function giveUp(): void {
      withdraw();
      real.request.destroy();
      reject(signal.reason);
    }
  });
}

/** The real reply as it comes. One that never comes ends when the caller gives it up. */
function untimed(
  options: BrokerClientOptions,
  agent: Agent,
  call: Call,
  { signal, callId }: CallOptions,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const real = send(options, agent, call, options.clock.now(), callId);
    const giveUp = () => {
      real.request.destroy();
      reject(signal.reason);
    };
    signal.addEventListener('abort', giveUp, { once: true });
    void real.acted.then((reply) => {
      if (reply.kind === 'hung') return;
      signal.removeEventListener('abort', giveUp);
      resolve(reply);
    });
  });
}

function send(
  { port, epoch, realTimeoutMs = 30_000 }: BrokerClientOptions,
  agent: Agent,
  call: Call,
  startMs: number,
  callId: string,
): { readonly request: ClientRequest; readonly acted: Promise<Reply> } {
  const { method, path, body } = call;
  const headers: Record<string, string | number> = {
    authorization: `Bearer ${call.secret}`,
    'x-call-id': callId,
    'x-at': startMs,
    ...(epoch && { [epochHeader]: epoch() }),
  };
  if (body !== undefined) headers['content-length'] = Buffer.byteLength(body);
  const sent = request({ host: '127.0.0.1', port, method, path, headers, agent });
  const acted = new Promise<Reply>((resolve) => {
    sent.on('response', (response) => {
      if (response.headers[hangHeader] !== undefined) {
        sent.setTimeout(0);
        response.on('error', () => {}).resume();
        resolve({ kind: 'hung' });
      } else {
        textOf(response).then(
          (text) => resolve({ kind: 'answered', status: response.statusCode ?? 0, text }),
          () => resolve({ kind: 'reset' }),
        );
      }
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      resolve({ kind: error.code === 'ECONNREFUSED' ? 'unreachable' : 'reset' });
    });
    sent.setTimeout(realTimeoutMs, () => sent.destroy());
  });
  sent.end(body);
  return { request: sent, acted };
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const piece of response) text += piece;
  return text;
}

/** The value of a reply. Messages of errors hold nothing that differs between two runs. */
function contentOf<T>(name: string, reply: Reply): T {
  switch (reply.kind) {
    case 'unreachable':
      throw failure('unavailable', `Broker could not be reached for '${name}'.`);
    case 'reset':
    case 'hung':
      throw failure('reset', `Broker cut the connection during '${name}'.`);
    case 'answered': {
      const { status } = reply;
      const text = `Broker answered ${status} to '${name}'.`;
      if (status === 401) throw failure('unauthorized', text);
      if (status === 409) throw failure('fenced', text);
      if (status >= 500) throw failure('unavailable', text);
      if (status !== 200) throw failure('refused', text);
      return parsed<T>(name, reply.text);
    }
  }
}

function parsed<T>(name: string, text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw failure('protocol', `Broker answered '${name}' with something that is no JSON.`);
  }
}

const failure = (kind: BrokerError['kind'], message: string) =>
  withoutStack(() => new BrokerError(kind, message));
