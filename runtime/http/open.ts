/** Opens the doors of a runtime: tokens, routes, server, and the note of where they are. */
import { rmSync, writeFileSync } from 'node:fs';
import { doorsPaths } from '../../actors/doors.ts';
import type { RefusalCodes } from '../../machines/policies/door-pressure.ts';
import { treeOfJournal } from '../cli/journal-tree.ts';
import type { OpenDoors } from '../doors.ts';
import type { Turn } from '../engine/engine.ts';
import { Hub } from '../inspector/hub.ts';
import { LiveSource } from '../inspector/live-source.ts';
import { Recordings } from '../inspector/recordings.ts';
import { serveLive } from '../inspector/stream.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { Runtime } from '../runtime.ts';
import { addressFileOf } from './address.ts';
import { Metrics } from './metrics/metrics.ts';
import { servePage } from './page.ts';
import { Refusals } from './refusals.ts';
import { allRoutes } from './routes/all.ts';
import { type HttpServer, openHttpServer } from './server.ts';
import { freshTokens, loadTokens, tokenFileOf } from './tokens.ts';

export interface Opened extends OpenDoors {
  readonly server: HttpServer;
  observe(turn: Turn): void;
  /** The last moment for entries. */
  beforeEnd(): void;
}

/**
 * @throws {PortUnavailableError} when nothing can listen there.
 * @throws {TokensUnusableError} when the tokens cannot be read or made.
 */
export async function openDoors(runtime: Runtime, life: Lifecycle): Promise<Opened> {
  const { options } = life;
  const settings = options.wanted.http;
  const folder = typeof options.journal === 'string' ? options.journal : undefined;
  const tokenFile = settings.tokenFile ?? (folder === undefined ? undefined : tokenFileOf(folder));
  const tokens = tokenFile === undefined ? freshTokens() : loadTokens(tokenFile);
  const { logger } = options;
  const metrics = new Metrics(folder);
  const refusals = new Refusals((counts) => tellRefusals(runtime, life, counts));
  const refused = (code: string) => {
    metrics.refused(code);
    refusals.add(code);
  };
  const source = new LiveSource(life);
  const hub = new Hub({ source, logger });
  const recordings = recordingsOf(life, settings.recordingBytesMax, refused);
  const opened = await openHttpServer({
    ...{ runtime, source, settings, tokens, logger, refused },
    routes: allRoutes(metrics, recordings),
    routeCounts: metrics.routes,
    extend: (server) => {
      servePage(server);
      serveLive(server, { hub, recordings, refused });
    },
  }).catch((error: unknown) => {
    metrics.close();
    throw error;
  });
  const { url } = opened;
  const note = folder === undefined ? undefined : addressFileOf(folder);
  const server: HttpServer = {
    url,
    close: () => {
      metrics.close();
      if (note) rmSync(note, { force: true });
      return opened.close();
    },
  };
  try {
    // Commands of this user find the runtime by it.
    if (note) writeFileSync(note, `${JSON.stringify({ url, tokenFile })}\n`, { mode: 0o600 });
  } catch (error) {
    await opened.close();
    metrics.close();
    throw error;
  }
  return {
    ...{ url, tokenFile, tokens, server },
    observe: (turn) => metrics.turns.observe(turn),
    beforeEnd: () => refusals.end(),
  };
}

/** Recordings show the machines of the runtime for journals of its host, and those of ours. */
const recordingsOf = (
  { options, children }: Lifecycle,
  bytesMax: number,
  refused: (code: string) => void,
) =>
  new Recordings({
    ...{ bytesMax, logger: options.logger, refused },
    tree: (header) =>
      header.host === (options.host ?? 'custom') ? options.tree : treeOfJournal(header),
    children: () => Object.fromEntries(children),
    ...(options.nameable !== undefined && { nameable: options.nameable }),
  });

/** Into the journal; the actor that counts them starts with the first. */
function tellRefusals(runtime: Runtime, life: Lifecycle, counts: RefusalCodes): void {
  if (life.status !== 'running') return;
  const { root, refusals } = doorsPaths;
  if (!life.core.tree.node(root)) {
    // Those who tell people come first.
    void runtime.alerts;
    const event = { op: 'start', id: 'doors', spec: 'doors' } as const;
    life.submit({ kind: 'child', path: root, event });
  }
  const event = { type: 'REFUSED', at: runtime.clock.now(), counts };
  life.submit({ kind: 'event', path: refusals, event });
}
