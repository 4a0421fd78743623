/**
 * Who may come in: the right host, no foreign page, a token with the role that is asked for.
 *
 * A page of another site that a browser is tricked into (its own name rebound to 127.0.0.1, or a
 * form posted here) has the wrong Host or Origin, and has no token.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { HttpSettings } from '../../config/http.ts';
import type { RouteCounts } from './metrics/requests.ts';
import { Refusal } from './problem.ts';
import { isAtLeast, type Role } from './tokens.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Default: nobody gets in. */
    readonly role?: Role | null;
    /** Numbers of the route. */
    readonly counts?: RouteCounts;
  }
  interface FastifyRequest {
    /** What the token gives; null where none was asked for. */
    role: Role | null;
  }
}

export interface Access {
  readonly settings: HttpSettings;
  readonly roleOf: (token: string) => Role | undefined;
  /** Told of each request that was turned away. */
  readonly refused: (code: string) => void;
}

/** Names that mean this machine, and those of the settings. */
export function hostNamesOf({ host, hostNames }: HttpSettings): ReadonlySet<string> {
  const names = ['localhost', '127.0.0.1', '::1', host, ...hostNames];
  return new Set(names.map((name) => name.replace(/^\[|\]$/g, '').toLowerCase()));
}

/** As `url.hostname` gives it, without brackets; undefined when it is no host. */
function nameIn(text: string): string | undefined {
  try {
    return new URL(text).hostname.replace(/^\[|\]$/g, '').toLowerCase();
  } catch {
    return undefined;
  }
}

/** @throws {Refusal} when the request comes from where it should not. */
export function checkOrigin(request: FastifyRequest, names: ReadonlySet<string>): void {
  const { host, origin } = request.headers;
  const name = nameIn(`http://${host ?? ''}`);
  if (name === undefined || !names.has(name)) {
    const text = "This server is not asked for by that name: add it to 'http.hostNames'.";
    throw new Refusal(421, 'HOST_REFUSED', text);
  }
  if (origin === undefined) return;
  // Same origin: a page that this server itself gave out.
  const own = `${request.protocol}://${host}`;
  if (origin !== own) throw new Refusal(403, 'ORIGIN_REFUSED', 'Pages of other sites get nothing.');
}

const bearer = /^Bearer ([A-Za-z0-9_-]{1,256})$/;

/** The token of a request: in its header, or for the live stream in its subprotocol. */
export function tokenIn({ headers }: FastifyRequest): string | undefined {
  const given = bearer.exec(headers.authorization ?? '')?.[1];
  if (given !== undefined) return given;
  const protocols = headers['sec-websocket-protocol']?.split(',') ?? [];
  return protocols
    .map((one) => /^\s*token\.([A-Za-z0-9_-]{1,256})\s*$/.exec(one)?.[1])
    .find(Boolean);
}

/** Guards every route, those that are not there included. */
export function guardDoors(server: FastifyInstance, access: Access): void {
  const names = hostNamesOf(access.settings);
  server.decorateRequest('role', null);
  server.addHook('onRequest', async (request) => {
    try {
      checkOrigin(request, names);
      request.role = checkRole(request, access);
    } catch (error) {
      if (error instanceof Refusal) access.refused(error.code);
      throw error;
    }
  });
}

function checkRole(request: FastifyRequest, { roleOf }: Access): Role | null {
  // What is not there takes the least role: a stranger learns nothing of what is.
  const asked = request.is404 ? 'viewer' : request.routeOptions.config.role;
  if (asked === null) return null;
  const token = tokenIn(request);
  const role = token === undefined ? undefined : roleOf(token);
  if (role === undefined) {
    const text = "Send 'authorization: Bearer TOKEN' with a token of the token file.";
    throw new Refusal(401, 'TOKEN_REFUSED', text);
  }
  if (asked !== undefined && isAtLeast(role, asked)) return role;
  throw new Refusal(
    403,
    'ROLE_REFUSED',
    `This takes the role '${asked}', the token gives '${role}'.`,
  );
}
