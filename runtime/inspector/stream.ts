/** `/api/live`: the WebSocket of the page, on the server of the HTTP API. */
import websocket from '@fastify/websocket';
import type { FastifyInstance } from 'fastify';
import type { Hub } from './hub.ts';
import { SUBPROTOCOL } from './protocol.ts';
import { Viewer } from './viewer.ts';

/** Of one message of a client. */
const MESSAGE_BYTES_MAX = 65_536;

/** For `extend` of the server: who may come in is checked there, before anything here runs. */
export function serveLive(server: FastifyInstance, hub: Hub, refused?: (code: string) => void) {
  // A connection that was to be upgraded is no longer the server's to close when it is refused.
  server.addHook('onResponse', async ({ headers, ws, raw }) => {
    if (headers.upgrade !== undefined && !ws) raw.socket.destroySoon();
  });
  server.register(websocket, {
    options: {
      maxPayload: MESSAGE_BYTES_MAX,
      // The token, which is among them, is never sent back.
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    },
    preClose: (done) => {
      hub.close('The server stops.');
      done();
    },
  });
  server.register(async (scope) => {
    scope.get('/api/live', { websocket: true, config: { role: 'viewer' } }, (socket, { role }) => {
      new Viewer({ socket, hub, role: role ?? 'viewer', ...(refused && { refused }) });
    });
  });
}
