/** One viewer at its WebSocket: told what happens, and answered what it asks. */
import type { WebSocket } from '@fastify/websocket';
import { problemOf } from '../http/problem.ts';
import type { Role } from '../http/tokens.ts';
import type { Hub, Listener } from './hub.ts';
import { type Ask, askSchema, PROTOCOL, type ServerMessage } from './protocol.ts';
import type { InspectSource } from './source.ts';

/** Bytes that wait for a slow client: beyond it, it gets no frames, then no connection. */
const BEHIND_BYTES = 1 << 20;
const LOST_BYTES = 8 << 20;
/** Asks that are being answered at a time. */
const ASKS_MAX = 16;
/** Messages that make no sense: then the client is turned away. */
const MISTAKES_MAX = 10;
/** Between two signs of life, ms. */
const PING_MS = 15_000;

/** Codes of https://www.rfc-editor.org/rfc/rfc6455#section-7.4. */
const GOING_AWAY = 1_001;
export const POLICY_VIOLATION = 1_008;

export interface ViewerOptions {
  readonly socket: WebSocket;
  readonly hub: Hub;
  readonly role: Role;
  readonly refused?: (code: string) => void;
}

export class Viewer implements Listener {
  private readonly socket: WebSocket;
  private readonly source: InspectSource;
  private readonly refused: (code: string) => void;
  private askCount = 0;
  private mistakeCount = 0;
  private isAlive = true;
  private readonly timer: NodeJS.Timeout;

  constructor({ socket, hub, role, refused = () => {} }: ViewerOptions) {
    this.socket = socket;
    this.source = hub.source;
    this.refused = refused;
    this.timer = setInterval(() => this.check(), PING_MS);
    this.timer.unref();
    const { mode, run, hasMachines } = hub.source;
    this.tell({
      ...{ type: 'hello', protocol: PROTOCOL, mode, role, run, hasMachines },
      head: hub.source.head(),
    });
    const leave = hub.join(this);
    socket.on('message', (data, isBinary) => this.heard(isBinary ? '' : String(data)));
    socket.on('pong', () => {
      this.isAlive = true;
    });
    // Its close comes next.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(this.timer);
      leave();
    });
  }

  get isReady(): boolean {
    return this.socket.readyState === 1 && this.socket.bufferedAmount < BEHIND_BYTES;
  }

  send(text: string): void {
    if (this.socket.readyState !== 1) return;
    if (this.socket.bufferedAmount > LOST_BYTES) this.socket.terminate();
    else this.socket.send(text);
  }

  end(why: string): void {
    this.tell({ type: 'problem', problem: { code: 'INSPECTOR_ENDED', text: why } });
    this.socket.close(GOING_AWAY);
    // Whoever does not answer is not waited for.
    setTimeout(() => this.socket.terminate(), 200).unref();
  }

  private tell(message: ServerMessage): void {
    this.send(JSON.stringify(message));
  }

  private check(): void {
    if (!this.isAlive || this.socket.bufferedAmount > LOST_BYTES) {
      this.socket.terminate();
      return;
    }
    this.isAlive = false;
    this.socket.ping();
  }

  private heard(text: string): void {
    const parsed = askSchema.safeParse(jsonOf(text));
    if (!parsed.success) {
      this.mistaken(parsed.error.issues[0]?.message ?? 'no ask');
      return;
    }
    const { id } = parsed.data;
    if (this.askCount >= ASKS_MAX) {
      const text = `At most ${ASKS_MAX} asks at a time: wait for an answer.`;
      this.tell({ type: 'refused', id, problem: { code: 'TOO_MANY_REQUESTS', text } });
      return;
    }
    this.askCount++;
    void this.answer(parsed.data).finally(() => {
      this.askCount--;
    });
  }

  private async answer(ask: Ask): Promise<void> {
    const { id } = ask;
    try {
      const result = await answerOf(this.source, ask);
      this.tell({ type: 'answer', id, result: result as never });
    } catch (error) {
      const { type, detail } = problemOf(error);
      const code = type.replace('urn:kintsugi:', '').replaceAll('-', '_').toUpperCase();
      this.tell({ type: 'refused', id, problem: { code, text: detail } });
    }
  }

  private mistaken(why: string): void {
    this.mistakeCount++;
    this.refused('BAD_MESSAGE');
    this.tell({ type: 'problem', problem: { code: 'BAD_MESSAGE', text: why.slice(0, 500) } });
    if (this.mistakeCount >= MISTAKES_MAX) this.socket.close(POLICY_VIOLATION);
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Also what the routes of the HTTP API answer. */
export async function answerOf(source: InspectSource, ask: Ask): Promise<unknown> {
  switch (ask.type) {
    case 'detail':
      return source.detail(ask.path, ask.seq ?? 'now');
    case 'difference':
      return source.difference(ask.path, ask.seq);
    case 'moment':
      return source.moment(ask.seq);
    case 'entries':
      return source.entries(ask.query ?? {});
    case 'explain':
      return source.explain(ask.seq);
    case 'chart':
      return source.chart(ask.machine);
    case 'messages':
      return source.messages(ask.from, ask.until);
    case 'history':
      return source.history(ask.query);
  }
}
