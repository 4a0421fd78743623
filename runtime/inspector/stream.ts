/** `/api/live`: the WebSocket of the page, on the server of the HTTP API. */
import websocket, { type WebSocket } from '@fastify/websocket';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Refusal } from '../http/problem.ts';
import type { Hub } from './hub.ts';
import { type ServerMessage, SUBPROTOCOL } from './protocol.ts';
import type { Recordings } from './recordings.ts';
import { POLICY_VIOLATION, Viewer } from './viewer.ts';

/** Of one message of a client. */
const MESSAGE_BYTES_MAX = 65_536;

export interface LiveStream {
  /** Tells of the run; undefined where none is served. */
  readonly hub?: Hub | undefined;
  readonly recordings?: Recordings | undefined;
  readonly refused?: ((code: string) => void) | undefined;
}

/** For `extend` of the server: who may come in is checked there, before anything here runs. */
export function serveLive(server: FastifyInstance, { hub, recordings, refused }: LiveStream) {
  // A connection that was to be upgraded is no longer the server's to close when it is refused.
  server.addHook('onResponse', async ({ headers, ws, raw }) => {
    if (headers.upgrade !== undefined && !ws) raw.socket.destroySoon();
  });
  server.register(websocket, {
    options: {
      maxPayload: MESSAGE_BYTES_MAX,
      // The token, which is among those that were offered, is never sent back.
      handleProtocols: () => SUBPROTOCOL,
    },
    preClose: (done) => {
      hub?.close('The server stops.');
      if (recordings) void recordings.end().finally(() => done());
      else done();
    },
  });
  server.register(async (scope) => {
    const options = {
      websocket: true,
      config: { role: 'viewer' },
      preValidation: async (request: FastifyRequest) => checkProtocol(request, refused),
    } as const;
    scope.get('/api/live', options, (socket, { role, query }) => {
      const { recording } = query as { readonly recording?: string };
      const told = recording === undefined ? hub : recordings?.hub(recording);
      if (!told) return turnAway(socket, recording === undefined ? nothing.run : nothing.recording);
      new Viewer({ socket, hub: told, role: role ?? 'viewer', ...(refused && { refused }) });
    });
  });
}

/** @throws {Refusal} for whoever speaks another language, or another version of it. */
function checkProtocol({ headers }: FastifyRequest, refused?: (code: string) => void): void {
  const offered = headers['sec-websocket-protocol']?.split(',').map((one) => one.trim()) ?? [];
  if (offered.includes(SUBPROTOCOL)) return;
  refused?.('PROTOCOL_REFUSED');
  throw new Refusal(400, 'PROTOCOL_REFUSED', `Ask for the subprotocol '${SUBPROTOCOL}'.`);
}

const nothing = {
  run: { code: 'NO_RUN', text: 'No run is served here: open a recorded journal.' },
  recording: { code: 'NO_RECORDING', text: 'This recording is not here, or not open.' },
};

/** There is nothing to see: another try with the same address would not change that. */
function turnAway(socket: WebSocket, problem: { readonly code: string; readonly text: string }) {
  socket.on('error', () => {});
  socket.send(JSON.stringify({ type: 'problem', problem } satisfies ServerMessage));
  socket.close(POLICY_VIOLATION);
}
