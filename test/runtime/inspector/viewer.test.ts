import { EventEmitter } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Hub } from '../../../runtime/inspector/hub.ts';
import { LiveSource } from '../../../runtime/inspector/live-source.ts';
import { Viewer } from '../../../runtime/inspector/viewer.ts';
import { testRuntime } from '../../../runtime/testing/test-runtime.ts';
import { door, doorTree, lifeOf, live, TestViewer } from '../../support/live.ts';

const behindBytes = 1 << 20;
const lostBytes = 8 << 20;

/** A socket whose client reads as slowly as a test wants. */
class FakeSocket extends EventEmitter {
  readyState = 1;
  bufferedAmount = 0;
  readonly sent: { type: string; dropped?: number }[] = [];
  readonly calls: string[] = [];

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  ping(): void {
    this.calls.push('ping');
  }

  terminate(): void {
    this.calls.push('terminate');
  }

  close(code: number): void {
    this.calls.push(`close ${code}`);
  }

  get types(): string[] {
    return this.sent.map(({ type }) => type);
  }
}

/** Two viewers of one run. */
async function pair() {
  const t = await testRuntime({ tree: doorTree() });
  onTestFinished(() => t.runtime.stop());
  const hub = new Hub({ source: new LiveSource(lifeOf(t.runtime)), frameMs: 1 });
  onTestFinished(() => hub.close());
  const open = () => {
    const socket = new FakeSocket();
    return { socket, viewer: new Viewer({ socket: socket as never, hub, role: 'viewer' }) };
  };
  return { t, slow: open(), quick: open() };
}

describe('a viewer that reads slowly', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('gets no frames while a mebibyte waits for it, then is told how many it missed', async () => {
    const { t, slow, quick } = await pair();
    const frames = async (count: number) => {
      const seen = () => quick.socket.types.filter((type) => type === 'frame').length;
      while (seen() < count) await turn();
    };
    slow.socket.bufferedAmount = behindBytes;
    for (let count = 1; count <= 2; count++) {
      t.send(door, { type: count === 1 ? 'OPEN' : 'CLOSE' });
      await frames(count);
    }
    expect(slow.socket.types).toEqual(['hello', 'tree']);
    slow.socket.bufferedAmount = behindBytes - 1;
    t.send(door, { type: 'OPEN' });
    await frames(3);
    expect(slow.socket.types).toEqual(['hello', 'tree', 'tree', 'frame']);
    expect(slow.socket.sent.at(-1)?.dropped).toBe(2);
    expect(quick.socket.sent.at(-1)?.dropped).toBe(0);
  });

  it('is given up when more waits for it than it may ever catch up with', async () => {
    const { slow } = await pair();
    slow.socket.bufferedAmount = lostBytes;
    slow.viewer.send('{"type":"last"}');
    expect([slow.socket.types.at(-1), slow.socket.calls]).toEqual(['last', []]);
    slow.socket.bufferedAmount = lostBytes + 1;
    slow.viewer.send('{"type":"too late"}');
    expect([slow.socket.types.at(-1), slow.socket.calls]).toEqual(['last', ['terminate']]);
  });

  it('is given up when it shows no sign of life between two looks', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { slow } = await pair();
    const { socket } = slow;
    vi.advanceTimersByTime(15_000);
    socket.emit('pong');
    vi.advanceTimersByTime(15_000);
    expect(socket.calls).toEqual(['ping', 'ping']);
    vi.advanceTimersByTime(15_000);
    expect(socket.calls).toEqual(['ping', 'ping', 'terminate']);
    socket.emit('close');
    vi.advanceTimersByTime(60_000);
    expect(socket.calls).toHaveLength(3);
  });

  it('cannot make the runtime hold what it asks for and never reads', async () => {
    const { t, hub, server, viewer } = await live({ tree: doorTree() });
    for (let i = 0; i < 600; i++) t.send(door, { type: 'NOTE', text: 'x'.repeat(200) });
    const greedy = await viewer();
    greedy.socket.pause();
    // Batches of as many as are answered at a time, until it is cut off.
    let id = 0;
    while (hub.listenerCount > 0) {
      for (let i = 0; i < 16; i++) {
        const ask = { type: 'entries', id: ++id, query: { limit: 500 } };
        greedy.socket.send(JSON.stringify(ask), () => {});
      }
      await turn();
    }
    greedy.socket.terminate();
    const fair = await viewer();
    expect((await fair.ask({ type: 'detail', path: door })).context).toMatchObject({ count: 0 });
    expect(server.url).toContain('127.0.0.1');
  });
});

describe('a viewer that asks for what it should not', () => {
  it('is turned away after ten messages that make no sense, each of which is counted', async () => {
    const { viewer, refused } = await live({ tree: doorTree() });
    const mad = await viewer();
    const nonsense = ['', '{', 'null', '[]', '{"type":"halt","id":1}', '{"type":"detail","id":1}'];
    for (const text of nonsense) mad.socket.send(text);
    mad.socket.send(Buffer.from('{"type":"chart","id":1,"machine":"door"}'));
    // An answer in between shows that it is still heard.
    expect((await mad.ask({ type: 'chart', machine: 'door' })).chart.nodes).not.toEqual([]);
    mad.socket.send('{"type":"moment","id":1,"seq":-1}');
    mad.socket.send('{"type":"moment","id":1,"seq":1e99}');
    mad.socket.send('{"type":"entries","id":1,"query":{"limit":1e9}}');
    expect(await mad.closed).toBe(1_008);
    expect(refused).toEqual(Array.from({ length: 10 }, () => 'BAD_MESSAGE'));
    const told = mad.messages.filter((message) => message.type === 'problem');
    expect(told).toHaveLength(10);
  });

  it('is cut off at a message that is too large, and others are not', async () => {
    const { viewer } = await live({ tree: doorTree() });
    const [huge, fair] = [await viewer(), await viewer()];
    huge.socket.send(`{"type":"detail","id":1,"path":"${'x'.repeat(65_536)}"}`);
    expect(await huge.closed).toBe(1_009);
    expect((await fair.ask({ type: 'detail', path: door })).context).toMatchObject({ count: 0 });
  });

  it('finds nothing by names that are no names', async () => {
    const { viewer } = await live({ tree: doorTree() });
    const seen = await viewer();
    for (const name of ['__proto__', 'constructor', '../../etc/passwd', '<script>']) {
      await expect(seen.ask({ type: 'detail', path: name })).rejects.toThrow(/^NOT_/);
      await expect(seen.ask({ type: 'chart', machine: name })).rejects.toThrow(/^NOT_/);
    }
  });

  it('is answered sixteen asks at a time, and told to wait with the others', async () => {
    const { t, viewer } = await live({ tree: doorTree() });
    t.send(door, { type: 'OPEN' });
    const eager = await viewer();
    const asks = Array.from({ length: 40 }, () =>
      eager.ask({ type: 'moment', seq: t.runtime.seq }),
    );
    const ends = await Promise.allSettled(asks);
    const refusals = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
    expect(refusals.length).toBeGreaterThan(0);
    expect(ends.length - refusals.length).toBeGreaterThanOrEqual(16);
    for (const { message } of refusals) {
      expect(message).toBe('TOO_MANY_REQUESTS: At most 16 asks at a time: wait for an answer.');
    }
  });
});

it('only so many viewers get in, and those that are in are told everything', async () => {
  const { t, hub, server, tokens, viewer } = await live(
    { tree: doorTree() },
    {},
    { connectionCountMax: 3 },
  );
  const first = await viewer();
  const crowd = Array.from(
    { length: 100 },
    () => new TestViewer(server.url, ['kintsugi.1', `token.${tokens.viewer}`]),
  );
  const inside = crowd.map((one) => one.told('tree').then(() => 'in'));
  const all = crowd.map((one, at) => Promise.race([inside[at], one.closed.then(() => 'out')]));
  const ends = await Promise.all(all);
  expect(ends.filter((end) => end === 'in')).toHaveLength(2);
  expect(hub.listenerCount).toBe(3);
  t.send(door, { type: 'OPEN' });
  expect((await first.told('frame')).actors).toMatchObject([{ path: door, value: 'open' }]);
  // The token is not sent back.
  expect(first.socket.protocol).toBe('kintsugi.1');
});
