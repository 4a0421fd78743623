/** The HTTP server of a runtime: on loopback unless the settings say otherwise. */
import type { AddressInfo } from 'node:net';
import rateLimit from '@fastify/rate-limit';
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type RouteOptions,
} from 'fastify';
import type { Logger } from 'pino';
import { KintsugiError } from '../../actors/errors.ts';
import type { HttpSettings } from '../../config/http.ts';
import { errorText } from '../error-text.ts';
import type { InspectSource } from '../inspector/source.ts';
import type { Runtime } from '../runtime.ts';
import { guardDoors } from './access.ts';
import { RouteCounts } from './metrics/requests.ts';
import { problemOf, Refusal } from './problem.ts';
import type { Reply, Route } from './route.ts';
import { readTls } from './tls.ts';
import { roleGiver, type Tokens } from './tokens.ts';

/** Somebody else listens there, or the address is not ours. */
export class PortUnavailableError extends KintsugiError {
  readonly code = 'PORT_UNAVAILABLE';
  readonly retryable = true;
}

export interface HttpServer {
  /** As in `http://127.0.0.1:7424`. */
  readonly url: string;
  /** Turns everybody away; what was begun is finished or cut off within a second. Idempotent. */
  close(): Promise<void>;
}

export interface HttpServerOptions {
  /** Absent where a recorded journal is served: then no route asks for it. */
  readonly runtime?: Runtime;
  /** Absent where no route asks for it. */
  readonly source?: InspectSource;
  readonly settings: HttpSettings;
  readonly tokens: Tokens;
  readonly routes: readonly Route[];
  /** More than routes: the page and its live stream. */
  readonly extend?: (server: FastifyInstance) => void;
  /** Takes the counts of each route. */
  readonly routeCounts?: RouteCounts[];
  /** Told of each request that was turned away, by the code of the problem. */
  readonly refused?: (code: string) => void;
  readonly logger?: Logger | undefined;
}

/** Time that commands and viewers have to come to their end, ms. */
const closeMs = 500;

const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; " +
    "frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

/**
 * @throws {PortUnavailableError} when nothing can listen there, with the way out.
 * @throws {TlsUnusableError} when certificate or key cannot be used.
 */
export async function openHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { settings, tokens } = options;
  const ended = new AbortController();
  const server = make(settings);
  // Forms of other sites can send text without asking; JSON they cannot.
  server.removeContentTypeParser('text/plain');
  // Set as soon as the server is asked: nothing leaves without them, errors included.
  server.addHook('onRequest', async (_, reply) => void reply.headers(headers));
  if (options.routeCounts) count(server, options.routeCounts);
  const refused = options.refused ?? (() => {});
  guardDoors(server, { settings, roleOf: roleGiver(tokens), refused });
  await server.register(rateLimit, {
    max: settings.requestCountMax,
    timeWindow: 60_000,
    errorResponseBuilder: (_, { ttl }) => {
      refused('TOO_MANY_REQUESTS');
      const text = `More than ${settings.requestCountMax} requests in a minute: wait ${ttl} ms.`;
      return new Refusal(429, 'TOO_MANY_REQUESTS', text);
    },
  });
  server.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, options));
  server.setNotFoundHandler(({ url }, reply) => {
    const where = url.slice(0, 200);
    const text = `There is nothing at '${where}': /api/openapi.json lists what there is.`;
    return send(reply, problemReply(new Refusal(404, 'NOT_FOUND', text)));
  });
  for (const route of options.routes) serve(server, route, options, ended.signal);
  options.extend?.(server);
  await listen(server, settings);
  server.server.maxConnections = settings.connectionCountMax;
  let closed: Promise<void> | undefined;
  return {
    url: urlOf(server, settings),
    close: () => {
      closed ??= close(server, ended);
      return closed;
    },
  };
}

function make(settings: HttpSettings): FastifyInstance {
  const { tls, bodyBytesMax, requestTimeoutMs } = settings;
  const https = tls && readTls(tls);
  // Node looks for late requests this often: a client that drips is given up in time.
  const http = { connectionsCheckingInterval: Math.min(requestTimeoutMs, 1_000) };
  return Fastify({
    bodyLimit: bodyBytesMax,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: requestTimeoutMs,
    // What is under way has until `closeMs`.
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 1_024 },
    ...(https ? { https: { ...https, ...http } } : { http }),
  }) as unknown as FastifyInstance;
}

async function listen(server: FastifyInstance, { port, host }: HttpSettings): Promise<void> {
  try {
    await server.listen({ port, host });
  } catch (error) {
    await server.close();
    const { code } = error as NodeJS.ErrnoException;
    const cure =
      code === 'EADDRINUSE'
        ? 'another program listens there: choose another port, or 0 for any free one.'
        : `${code ?? errorText(error)}: choose another port or address.`;
    throw new PortUnavailableError(`The page cannot be served at ${host}:${port}, ${cure}`);
  }
}

function urlOf(server: FastifyInstance, { tls, host }: HttpSettings): string {
  const { port } = server.server.address() as AddressInfo;
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return `${tls ? 'https' : 'http'}://${name}:${port}`;
}

async function close(server: FastifyInstance, ended: AbortController): Promise<void> {
  ended.abort();
  const timer = setTimeout(() => server.server.closeAllConnections(), closeMs);
  try {
    await server.close();
  } finally {
    clearTimeout(timer);
  }
}

/** Counts each answer in the numbers of its route; what is no route has numbers of its own. */
function count(server: FastifyInstance, all: RouteCounts[]): void {
  const none = new RouteCounts('', 'none');
  all.push(none);
  server.addHook('onRoute', (options) => {
    const counts = new RouteCounts(String(options.method), options.url);
    all.push(counts);
    options.config = { ...options.config, counts };
  });
  server.addHook('onResponse', async (request, reply) => {
    const { counts = none } = request.routeOptions.config;
    const bytesIn = Number(request.headers['content-length'] ?? 0) || 0;
    const bytesOut = Number(reply.getHeader('content-length') ?? 0) || 0;
    const seconds = reply.elapsedTime / 1_000;
    counts.add(reply.statusCode, seconds, bytesIn, bytesOut, request.role);
  });
}

function serve(
  server: FastifyInstance,
  route: Route,
  { runtime, source }: HttpServerOptions,
  ended: AbortSignal,
): void {
  const { method, url, role, params, query, body, handle, mediaType, bodyBytesMax } = route;
  const options: RouteOptions = {
    method,
    url,
    config: { role },
    handler: async (request, reply) => {
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const given = {
        params: parse(params, request.params, 'path'),
        query: parse(query, request.query, 'query'),
        body: parse(body, request.body, 'body'),
      };
      const signal = AbortSignal.any([gone.signal, ended]);
      const result = await handle({ runtime, source, signal, ...(given as object) } as never);
      return send(reply, isReply(result) ? result : { status: 200, body: result, mediaType });
    },
  };
  if (bodyBytesMax === undefined) server.route(options);
  else takeBytes(server, { ...options, bodyLimit: bodyBytesMax });
}

/** A route apart from the others, which go on to refuse whatever is no JSON. */
function takeBytes(server: FastifyInstance, options: RouteOptions): void {
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/octet-stream',
      { parseAs: 'buffer' },
      async (_: FastifyRequest, body: Buffer) => body,
    );
    scope.route(options);
  });
}

const isReply = (value: unknown): value is Reply =>
  typeof (value as Reply | null)?.status === 'number' && 'body' in (value as object);

type Sent = { status: number; body: unknown; mediaType?: string | undefined };

function send(reply: FastifyReply, { status, body, mediaType = 'application/json' }: Sent) {
  const isText = typeof body === 'string' && mediaType !== 'application/json';
  return reply
    .code(status)
    .type(mediaType.includes('charset') ? mediaType : `${mediaType}; charset=utf-8`)
    .send(isText ? body : JSON.stringify(body));
}

const problemReply = (error: unknown): Sent => {
  const body = problemOf(error);
  return { status: body.status, body: JSON.stringify(body), mediaType: 'application/problem+json' };
};

function sendProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { logger, refused }: HttpServerOptions,
) {
  const sent = problemReply(error);
  if (sent.status === 500) {
    const { method, routeOptions } = request;
    logger?.error({ err: error, method, route: routeOptions.url }, 'a request failed');
  }
  if (sent.status === 413) refused?.('TOO_LARGE');
  if (sent.status === 401) reply.header('www-authenticate', 'Bearer');
  return send(reply, sent);
}

/** @throws {Refusal} that names each thing that is wrong. */
function parse(schema: Route['body'], value: unknown, place: string): unknown {
  if (!schema) return undefined;
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => ({
    path: [place, ...path].join('.'),
    message,
  }));
  const detail = issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
  throw new Refusal(400, 'BAD_REQUEST', detail, issues);
}
