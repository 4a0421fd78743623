/** The live stream of a runtime, ready to be served: what the doors ask for when they open. */
import type { FastifyInstance } from 'fastify';
import type { Lifecycle } from '../lifecycle.ts';
import { Hub } from './hub.ts';
import { LiveSource } from './live-source.ts';
import { serveLive } from './stream.ts';

/**
 * @param refused told of each message that made no sense.
 * @returns what extends the server; viewers leave when that one closes.
 */
export function liveStream(
  life: Lifecycle,
  refused?: (code: string) => void,
): (server: FastifyInstance) => void {
  const hub = new Hub({ source: new LiveSource(life), logger: life.options.logger });
  return (server) => serveLive(server, hub, refused);
}
