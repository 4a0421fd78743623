/**
 * Speaks the protocol of `@xstate/inspect` 0.8, for tools that still listen to it: that package
 * itself supports XState 4 only. Off unless a host opens it; nothing is attached without a client.
 *
 * One way: its clients have no tokens, so that they see and do not act.
 */
import type { AddressInfo } from 'node:net';
import websocket, { type WebSocket } from '@fastify/websocket';
import Fastify from 'fastify';
import type { AnyActor } from 'xstate';
import { httpSettingsSchema } from '../../../config/http.ts';
import type { Core } from '../../core.ts';
import type { Turn } from '../../engine/engine.ts';
import { errorText } from '../../error-text.ts';
import { checkOrigin, hostNamesOf } from '../../http/access.ts';
import { problemOf, Refusal } from '../../http/problem.ts';
import { shown } from '../shown.ts';
import { eventOf, machineOf, stateOf } from './version-4.ts';

/** Bytes that wait for a client beyond which it is told nothing more. */
const BEHIND_BYTES = 1 << 20;
const CLIENTS_MAX = 10;

export interface Bridge {
  /** For `createWebSocketReceiver({ server: 'host:port' })`. */
  readonly address: string;
  /** Why it tells nothing any more; undefined while it does. */
  readonly failure: string | undefined;
  close(): Promise<void>;
}

/** @param port on loopback; 0: any free one. */
export async function openBridge(core: Core, { port = 0 } = {}): Promise<Bridge> {
  const bridge = new XstateInspectBridge(core);
  const host = '127.0.0.1';
  const server = Fastify({ forceCloseConnections: true });
  const names = hostNamesOf(httpSettingsSchema.parse({}));
  server.addHook('onRequest', async (request) => {
    checkOrigin(request, names);
    // Also a page of this very host: it has nothing to do here.
    if (request.headers.origin === undefined) return;
    throw new Refusal(403, 'ORIGIN_REFUSED', 'Pages get nothing here.');
  });
  server.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    reply.raw.once('finish', () => request.raw.socket.destroySoon());
    return reply.code(problem.status).send(problem);
  });
  await server.register(websocket, { options: { maxPayload: 65_536 } });
  server.get('/', { websocket: true }, (socket) => bridge.greet(socket));
  await server.listen({ port, host });
  const address = `${host}:${(server.server.address() as AddressInfo).port}`;
  return {
    address,
    get failure() {
      return bridge.failure;
    },
    close: async () => {
      bridge.end();
      for (const socket of server.websocketServer.clients) socket.terminate();
      await server.close();
    },
  };
}

class XstateInspectBridge {
  failure: string | undefined;
  private readonly core: Core;
  private readonly clients = new Set<WebSocket>();
  /** Actors that clients know, by the session that they know them by. */
  private readonly known = new Map<string, AnyActor>();
  private readonly watcher = (turn?: Turn) => {
    if (turn) this.guarded(() => this.observe(turn));
  };

  constructor(core: Core) {
    this.core = core;
  }

  greet(socket: WebSocket): void {
    socket.on('error', () => {});
    socket.on('close', () => this.leave(socket));
    socket.on('message', (data) => {
      if (typeOf(String(data)) === 'xstate.inspecting') this.guarded(() => this.join(socket));
    });
  }

  end(): void {
    for (const client of [...this.clients]) this.leave(client);
  }

  private join(socket: WebSocket): void {
    if (this.failure !== undefined || this.clients.size >= CLIENTS_MAX) {
      socket.close();
      return;
    }
    if (this.clients.size === 0) {
      this.core.watchers.push(this.watcher);
      for (const [path, actor] of this.core.engine.paths.entries()) this.known.set(path, actor);
    }
    this.clients.add(socket);
    for (const [path, actor] of this.known) tell(socket, this.registered(path, actor));
  }

  private leave(socket: WebSocket): void {
    if (!this.clients.delete(socket) || this.clients.size > 0) return;
    const { watchers } = this.core;
    const at = watchers.indexOf(this.watcher);
    if (at >= 0) watchers.splice(at, 1);
    this.known.clear();
  }

  private guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.failure = errorText(error);
      // Not now: others are being told of the same turn.
      setImmediate(() => this.end());
    }
  }

  private observe({ input, line, actors }: Turn): void {
    const { paths } = this.core.engine;
    const event = { ...Object(shown(input.event)), type: typeOfEvent(input.event) ?? input.kind };
    if (this.known.has(input.path)) {
      this.tellAll({
        ...{ type: 'service.event', sessionId: input.path },
        event: JSON.stringify(eventOf(event)),
      });
    }
    for (const [index, { path }] of (line.changed ?? []).entries()) {
      const actor = actors[index]!;
      if (this.known.get(path) !== actor) {
        this.stopped(path);
        this.known.set(path, actor);
        this.tellAll(this.registered(path, actor));
      }
      const state = JSON.stringify(stateOf(actor, event, path));
      this.tellAll({ type: 'service.state', sessionId: path, state });
      if (paths.at(path) !== actor) this.stopped(path);
    }
    for (const { path } of line.down ?? []) if (!paths.at(path)) this.stopped(path);
  }

  private stopped(path: string): void {
    if (this.known.delete(path)) this.tellAll({ type: 'service.stop', sessionId: path });
  }

  private registered(path: string, actor: AnyActor): object {
    const parent = path.slice(0, path.lastIndexOf('/'));
    return {
      type: 'service.register',
      machine: JSON.stringify(machineOf(actor)),
      state: JSON.stringify(stateOf(actor, { type: 'xstate.init' }, path)),
      id: path,
      sessionId: path,
      ...(this.known.has(parent) && { parent }),
    };
  }

  private tellAll(message: object): void {
    for (const client of this.clients) tell(client, message);
  }
}

function tell(socket: WebSocket, message: object): void {
  if (socket.readyState !== 1) return;
  // There is no way to tell it in this protocol that something was left out.
  if (socket.bufferedAmount > BEHIND_BYTES) socket.terminate();
  else socket.send(JSON.stringify(message));
}

const typeOfEvent = (event: unknown): string | undefined =>
  typeof event === 'string' ? event : (event as { readonly type?: string } | null)?.type;

function typeOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { readonly type?: unknown } | null)?.type;
  } catch {
    return undefined;
  }
}
