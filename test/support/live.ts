/** A runtime with its live stream, and viewers that remember what they were told. */
import { onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { assign, setup } from 'xstate';
import { child, supervisor } from '../../actors/child.ts';
import { type HttpSettingsInput, httpSettingsSchema } from '../../config/http.ts';
import { openHttpServer } from '../../runtime/http/server.ts';
import { freshTokens, type Role, type Tokens } from '../../runtime/http/tokens.ts';
import { Hub, type HubOptions } from '../../runtime/inspector/hub.ts';
import { LiveSource } from '../../runtime/inspector/live-source.ts';
import {
  type Answers,
  type Ask,
  type AskType,
  type Frame,
  type ServerMessage,
  serverMessageSchema,
} from '../../runtime/inspector/protocol.ts';
import { serveLive } from '../../runtime/inspector/stream.ts';
import type { Lifecycle } from '../../runtime/lifecycle.ts';
import { testRuntime } from '../../runtime/testing/test-runtime.ts';

export const doorMachine = setup({
  types: {} as { context: { count: number; apiKey: string; note: string }; events: DoorEvent },
  actions: {
    count: assign({ count: ({ context }) => context.count + 1 }),
    note: assign({ note: ({ event }) => (event as { text?: string }).text ?? '' }),
  },
  guards: { isWanted: ({ event }) => (event as unknown as Asking).wanted.yes },
  delays: { patience: 1_000 },
}).createMachine({
  id: 'door',
  context: { count: 0, apiKey: 'hidden-key', note: '' },
  initial: 'closed',
  states: {
    closed: {
      on: {
        OPEN: { target: 'open', actions: 'count' },
        ASK: { target: 'open', guard: 'isWanted' },
        NOTE: { actions: 'note' },
      },
    },
    open: { on: { CLOSE: 'closed' }, after: { patience: 'closed' } },
  },
});
type Asking = { readonly wanted: { readonly yes: boolean } };
type DoorEvent = { type: 'OPEN' | 'CLOSE' | 'ASK' | 'NOTE' };

export const doorTree = () =>
  supervisor({
    id: 'app',
    intensity: 100,
    children: [child({ id: 'door', logic: doorMachine })],
  });
export const door = '/app/door';

/** What runs beneath a runtime, as its parts get it. */
export const lifeOf = (runtime: object): Lifecycle =>
  (runtime as unknown as { readonly life: Lifecycle }).life;

type OfType<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>;

/** Every message that it gets must fit the protocol. */
export class TestViewer {
  readonly messages: ServerMessage[] = [];
  readonly socket: WebSocket;
  readonly closed: Promise<number>;
  private readonly waiting = new Set<() => void>();
  private nextId = 1;

  constructor(
    url: string,
    protocols: readonly string[],
    headers: Record<string, string> = {},
    query = '',
  ) {
    const address = `${url.replace('http', 'ws')}/api/live${query}`;
    this.socket = new WebSocket(address, [...protocols], { headers });
    this.closed = new Promise((resolve) => this.socket.on('close', (code) => resolve(code)));
    this.socket.on('error', () => {});
    this.socket.on('message', (data) => {
      this.messages.push(serverMessageSchema.parse(JSON.parse(String(data))));
      for (const look of [...this.waiting]) look();
    });
  }

  /** The first message of a type, already there or still to come, for which it holds. */
  async told<T extends ServerMessage['type']>(
    type: T,
    holds: (message: OfType<T>) => boolean = () => true,
  ): Promise<OfType<T>> {
    const find = () =>
      this.messages.find((one): one is OfType<T> => one.type === type && holds(one as OfType<T>));
    const found = find();
    if (found) return found;
    return new Promise((resolve) => {
      const look = () => {
        const message = find();
        if (!message) return;
        this.waiting.delete(look);
        resolve(message);
      };
      this.waiting.add(look);
    });
  }

  frames(): Frame[] {
    return this.messages.filter((message) => message.type === 'frame');
  }

  async ask<T extends AskType>(
    ask: Omit<Extract<Ask, { type: T }>, 'id'> & { type: T },
  ): Promise<Answers[T]> {
    const id = this.nextId++;
    this.socket.send(JSON.stringify({ ...ask, id }));
    const isMine = (message: { readonly id: number }) => message.id === id;
    const answer = await Promise.race([this.told('answer', isMine), this.told('refused', isMine)]);
    if (answer.type === 'answer') return answer.result as unknown as Answers[T];
    throw new Error(`${answer.problem.code}: ${answer.problem.text}`);
  }
}

type Options = Parameters<typeof testRuntime>[0];

export async function live(
  options: Options = {},
  hubOptions: Partial<HubOptions> = {},
  settings: HttpSettingsInput = {},
) {
  const t = await testRuntime(options);
  const source = new LiveSource(lifeOf(t.runtime));
  const hub = new Hub({ source, frameMs: 1, ...hubOptions });
  const tokens = freshTokens();
  const refused: string[] = [];
  const server = await openHttpServer({
    runtime: t.runtime,
    settings: httpSettingsSchema.parse({ port: 0, ...settings }),
    ...{ tokens, routes: [] },
    refused: (code) => refused.push(code),
    extend: (one) => serveLive(one, { hub, refused: (code) => refused.push(code) }),
  });
  onTestFinished(async () => {
    await server.close();
    await t.runtime.stop();
  });
  return { t, hub, source, server, tokens, refused, viewer: viewerOf(server.url, tokens) };
}

/** Opens viewers as a role. */
export const viewerOf =
  (url: string, tokens: Tokens) =>
  async (role: Role = 'viewer'): Promise<TestViewer> => {
    const viewer = new TestViewer(url, ['kintsugi.1', `token.${tokens[role]}`]);
    await viewer.told('tree');
    return viewer;
  };
