/** Serves the page and its live stream by themselves: over a recorded journal, or a runtime. */
import type { HttpSettings } from '../../config/http.ts';
import { servePage } from '../http/page.ts';
import type { Route } from '../http/route.ts';
import { type HttpServer, openHttpServer } from '../http/server.ts';
import { freshTokens, type Tokens } from '../http/tokens.ts';
import type { Runtime } from '../runtime.ts';
import { Hub } from './hub.ts';
import type { Recordings } from './recordings.ts';
import type { InspectSource } from './source.ts';
import { serveLive } from './stream.ts';

export interface ServeOptions {
  readonly settings: HttpSettings;
  /** Undefined: nothing is shown but what is uploaded. */
  readonly source?: InspectSource | undefined;
  readonly recordings?: Recordings | undefined;
  readonly routes: readonly Route[];
  /** What the routes are about, where it lives. */
  readonly runtime?: Runtime | undefined;
}

export interface ServedPage extends HttpServer {
  /** Of this server alone. */
  readonly tokens: Tokens;
}

/** @throws {PortUnavailableError} when nothing can listen there. */
export async function servePageOver(options: ServeOptions): Promise<ServedPage> {
  const { settings, source, recordings, routes, runtime } = options;
  const hub = source && new Hub({ source });
  const tokens = freshTokens();
  const server = await openHttpServer({
    ...{ settings, tokens, routes },
    ...(runtime && { runtime }),
    ...(source && { source }),
    extend: (one) => {
      servePage(one);
      serveLive(one, { hub, recordings });
    },
  });
  return { ...server, tokens };
}
