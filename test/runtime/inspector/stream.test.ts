import { describe, expect, it, onTestFinished } from 'vitest';
import { httpSettingsSchema } from '../../../config/http.ts';
import { openHttpServer } from '../../../runtime/http/server.ts';
import { freshTokens } from '../../../runtime/http/tokens.ts';
import { serveLive } from '../../../runtime/inspector/stream.ts';
import { door, doorTree, live, TestViewer } from '../../support/live.ts';

describe('the live stream', () => {
  it('greets with the run, tells the tree, and then what happens', async () => {
    const { t, viewer } = await live({ tree: doorTree() });
    const seen = await viewer('operator');
    const hello = await seen.told('hello');
    expect(hello).toMatchObject({ protocol: 1, mode: 'live', role: 'operator' });
    expect(hello.run).toMatchObject({ host: 'custom', seed: 1 });
    const { actors } = await seen.told('tree');
    expect(actors.map(({ path }) => path)).toEqual(expect.arrayContaining(['/app', door]));
    t.send(door, { type: 'OPEN' });
    const frame = await seen.told('frame');
    const { seq, digest } = t.runtime;
    expect(frame).toMatchObject({ seqTo: seq, seqFrom: seq, digest, dropped: 0, gone: [] });
    expect(frame.actors).toMatchObject([{ path: door, value: 'open', turnCount: 1 }]);
    expect(frame.entries).toMatchObject([{ seq, path: door, type: 'OPEN', changed: [door] }]);
  });

  it('answers what is asked of now and of the past', async () => {
    const { t, viewer } = await live({ tree: doorTree() });
    const seen = await viewer();
    const first = t.runtime.seq;
    t.send(door, { type: 'OPEN' });
    const at = t.runtime.seq;
    const digest = t.runtime.digest;
    await t.advance(1_000);
    const now = await seen.ask({ type: 'detail', path: door });
    expect(now.context).toEqual({ count: 1, apiKey: '[redacted]', note: '' });
    expect(now.events).toEqual([
      { type: 'ASK' },
      { type: 'NOTE', can: true },
      { type: 'OPEN', can: true },
    ]);
    const moment = await seen.ask({ type: 'moment', seq: at });
    expect(moment).toMatchObject({ seq: at, digest });
    expect(moment.actors.find(({ path }) => path === door)).toMatchObject({ value: 'open' });
    const then = await seen.ask({ type: 'detail', path: door, seq: at });
    expect(then.timers).toMatchObject([{ dueAtMs: 1_000, setBySeq: at }]);
    const difference = await seen.ask({ type: 'difference', path: door, seq: at });
    expect(difference).toMatchObject({
      ...{ from: 'closed', to: 'open' },
      fields: [{ name: 'count', before: 0, after: 1 }],
    });
    const page = await seen.ask({ type: 'entries', query: { limit: 2 } });
    expect(page.entries.map(({ seq }) => seq)).toEqual([at + 1, at]);
    expect(page.next).toBe(first);
    const why = await seen.ask({ type: 'explain', seq: at });
    expect(why.changed).toMatchObject([{ path: door, from: 'closed', to: 'open' }]);
    const { messages } = await seen.ask({ type: 'messages', from: at, until: at });
    expect(messages).toMatchObject([{ seq: at, to: door, type: 'OPEN' }]);
    const { chart } = await seen.ask({ type: 'chart', machine: 'door' });
    expect(chart.nodes.map(({ name }) => name)).toEqual(['door', 'closed', 'open']);
  });

  it('is not opened without a token, or by a page of another site', async () => {
    const { server, tokens, hub } = await live();
    const token = `token.${tokens.viewer}`;
    const tries = [
      new TestViewer(server.url, ['kintsugi.1']),
      new TestViewer(server.url, ['kintsugi.1', 'token.AAAA']),
      new TestViewer(server.url, ['kintsugi.1', token], { origin: 'https://evil.example' }),
      new TestViewer(server.url, ['kintsugi.1', token], { host: 'evil.example' }),
    ];
    for (const one of tries) {
      await one.closed;
      expect(one.messages).toEqual([]);
    }
    expect(hub.listenerCount).toBe(0);
  });

  it('answers in its subprotocol, whatever else was offered, and with no token', async () => {
    const { server, tokens } = await live();
    const token = `token.${tokens.viewer}`;
    for (const offered of [
      ['kintsugi.1', token],
      [token, 'kintsugi.1'],
      ['x', token, 'kintsugi.1'],
    ]) {
      const seen = new TestViewer(server.url, offered);
      const answered = new Promise<string>((resolve) => {
        seen.socket.on('upgrade', ({ headers }) =>
          resolve(headers['sec-websocket-protocol'] ?? ''),
        );
      });
      expect(await answered).toBe('kintsugi.1');
      await seen.told('hello');
      seen.socket.close();
    }
  });

  it('is refused to whom speaks another version, and that is told', async () => {
    const { server, tokens, hub, refused } = await live();
    const token = `token.${tokens.viewer}`;
    const authorization = `Bearer ${tokens.viewer}`;
    const tries = [
      new TestViewer(server.url, [token]),
      new TestViewer(server.url, ['kintsugi.2', token]),
      new TestViewer(server.url, ['kintsugi.10', token]),
      new TestViewer(server.url, [], { authorization }),
    ];
    for (const one of tries) {
      const status = new Promise((resolve) => {
        one.socket.on('unexpected-response', (_, { statusCode }) => {
          resolve(statusCode);
          one.socket.terminate();
        });
      });
      expect(await status).toBe(400);
      expect(one.messages).toEqual([]);
    }
    expect(refused).toEqual(Array(4).fill('PROTOCOL_REFUSED'));
    expect(hub.listenerCount).toBe(0);
  });

  it('says that there is no run, where none is served', async () => {
    const tokens = freshTokens();
    const server = await openHttpServer({
      ...{ tokens, routes: [], settings: httpSettingsSchema.parse({ port: 0 }) },
      extend: (one) => serveLive(one, {}),
    });
    onTestFinished(() => server.close());
    for (const query of ['', '?recording=none']) {
      const protocols = ['kintsugi.1', `token.${tokens.viewer}`];
      const seen = new TestViewer(server.url, protocols, {}, query);
      const code = query === '' ? 'NO_RUN' : 'NO_RECORDING';
      expect((await seen.told('problem')).problem.code).toBe(code);
      expect(await seen.closed).toBe(1_008);
    }
  });
});
