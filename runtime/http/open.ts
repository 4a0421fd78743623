/** Opens the doors of a runtime: tokens, routes, server, and the note of where they are. */
import { rmSync, writeFileSync } from 'node:fs';
import type { OpenDoors } from '../doors.ts';
import type { Turn } from '../engine/engine.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { Runtime } from '../runtime.ts';
import { addressFileOf } from './address.ts';
import { Metrics } from './metrics/metrics.ts';
import type { JournalRecord } from './route.ts';
import { allRoutes } from './routes/all.ts';
import { type HttpServer, openHttpServer } from './server.ts';
import { freshTokens, loadTokens, tokenFileOf } from './tokens.ts';

/**
 * @throws {PortUnavailableError} when nothing can listen there.
 * @throws {TokensUnusableError} when the tokens cannot be read or made.
 */
export async function openDoors(
  runtime: Runtime,
  { options, journal, children }: Lifecycle,
): Promise<OpenDoors & { readonly server: HttpServer; observe(turn: Turn): void }> {
  const settings = options.wanted.http;
  const folder = typeof options.journal === 'string' ? options.journal : undefined;
  const tokenFile = settings.tokenFile ?? (folder === undefined ? undefined : tokenFileOf(folder));
  const tokens = tokenFile === undefined ? freshTokens() : loadTokens(tokenFile);
  const record: JournalRecord = { log: journal.log, tree: options.tree, children };
  const { logger } = options;
  const metrics = new Metrics(folder);
  const refused = (code: string) => metrics.refused(code);
  const opened = await openHttpServer({
    ...{ runtime, record, settings, tokens, logger, refused },
    routes: allRoutes(metrics),
    routeCounts: metrics.routes,
  }).catch((error: unknown) => {
    metrics.close();
    throw error;
  });
  const { url } = opened;
  const note = folder === undefined ? undefined : addressFileOf(folder);
  // Commands of this user find the runtime by it.
  if (note) writeFileSync(note, `${JSON.stringify({ url, tokenFile })}\n`, { mode: 0o600 });
  const server: HttpServer = {
    url,
    close: () => {
      metrics.close();
      if (note) rmSync(note, { force: true });
      return opened.close();
    },
  };
  return { url, tokenFile, tokens, server, observe: (turn) => metrics.turns.observe(turn) };
}
