/** The live stream: opens it, opens it again when it is lost, and asks questions over it. */
import { liveQuery } from './recording.ts';
import type { Answers, AskType, ServerMessage } from './wire.ts';

export interface Listener {
  readonly opened: () => void;
  readonly received: (message: ServerMessage) => void;
  /** `retryMs`: time until it is tried again; undefined when the token was refused. */
  readonly lost: (retryMs: number | undefined) => void;
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

const retryMsMax = 8_000;
const answerMs = 20_000;

export class Connection {
  private readonly token: string;
  private readonly listener: Listener;
  private socket: WebSocket | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;
  private retryMs = 500;
  private timer = 0;

  constructor(token: string, listener: Listener) {
    this.token = token;
    this.listener = listener;
  }

  open(): void {
    clearTimeout(this.timer);
    this.socket?.close();
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const url = `${scheme}://${location.host}/api/live${liveQuery}`;
    const socket = new WebSocket(url, ['kintsugi.1', `token.${this.token}`]);
    this.socket = socket;
    socket.onopen = () => {
      this.retryMs = 500;
      this.listener.opened();
    };
    socket.onmessage = ({ data }) => this.take(JSON.parse(String(data)) as ServerMessage);
    socket.onclose = ({ code }) => {
      if (this.socket === socket) this.closed(code);
    };
  }

  /** @throws what the server says against it, or that it did not answer. */
  ask<K extends AskType>(type: K, given: object): Promise<Answers[K]> {
    const { socket } = this;
    if (socket?.readyState !== WebSocket.OPEN) return Promise.reject(new Error('Not connected.'));
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.waiting.delete(id);
        reject(new Error('The runtime did not answer in time.'));
      }, answerMs);
      const settle =
        <T>(done: (value: T) => void) =>
        (value: T) => {
          clearTimeout(late);
          done(value);
        };
      const resolved = settle(resolve as (result: unknown) => void);
      this.waiting.set(id, { resolve: resolved, reject: settle(reject) });
      socket.send(JSON.stringify({ ...given, type, id }));
    });
  }

  private take(message: ServerMessage): void {
    if (message.type !== 'answer' && message.type !== 'refused') {
      return this.listener.received(message);
    }
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.type === 'answer') waiting?.resolve(message.result);
    else waiting?.reject(new Error(message.problem.text));
  }

  private closed(code: number): void {
    for (const { reject } of this.waiting.values()) reject(new Error('The connection was lost.'));
    this.waiting.clear();
    // Policy violation: the same token would be refused again.
    if (code === 1008) return this.listener.lost(undefined);
    const { retryMs } = this;
    this.retryMs = Math.min(retryMsMax, retryMs * 2);
    this.timer = window.setTimeout(() => this.open(), retryMs);
    this.listener.lost(retryMs);
  }
}
