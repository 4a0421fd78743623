import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { setup } from 'xstate';
import { child, supervisor } from '../../../actors/child.ts';
import { createRuntime } from '../../../runtime/create-runtime.ts';
import { readEntries } from '../../../runtime/export/entries.ts';
import { addressFileOf } from '../../../runtime/http/address.ts';
import { verifyJournal } from '../../../runtime/journal/verify.ts';
import { openDoors } from '../../support/doors.ts';
import { viewerOf } from '../../support/live.ts';

const order = { by: 'ada', why: 'test' };

function folder(): string {
  const parent = mkdtempSync(join(tmpdir(), 'kintsugi-end-'));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  return join(parent, 'journal');
}

/** A connection as nobody's browser makes it. */
function raw(url: string): { socket: Socket; ended: Promise<string> } {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (piece) => {
    text += piece;
  });
  // Being cut off is what most of these tests are about.
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return { socket, ended: new Promise((resolve) => socket.on('close', () => resolve(text))) };
}

const firstLine = (text: string) => text.split('\r\n')[0];

describe('the doors under attack', () => {
  it.each([
    ['no HTTP', 'rubbish\r\n\r\n'],
    ['a header that is too long', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(99_999)}`],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
    ],
    ['no host', 'GET /api/health/live HTTP/1.1\r\n\r\n'],
  ])('answer %s with an error of the client, and go on', async (_, text) => {
    const { url, ask } = await openDoors();
    const { socket, ended } = raw(url);
    socket.write(text);
    expect(firstLine(await ended)).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect((await ask('/api/health/live')).status).toBe(200);
  });

  it.each([
    '/../../../../etc/passwd',
    '/api/actor/..%2f..%2fetc%2fpasswd',
    '/api/actor/%2e%2e/%2e%2e/etc/passwd',
    '/%5c..%5c..%5cetc/passwd',
    '/api/chart/__proto__',
    '/api/actor/%00',
    '/api/%zz',
  ])('give nothing for %s', async (path) => {
    const { url, tokens } = await openDoors();
    const { socket, ended } = raw(url);
    const headers = `Host: localhost\r\nAuthorization: Bearer ${tokens.admin}\r\nConnection: close`;
    socket.write(`GET ${path} HTTP/1.1\r\n${headers}\r\n\r\n`);
    const text = await ended;
    expect(firstLine(text)).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(text).not.toContain('root:');
  });

  it('refuse what is no JSON, another type, and names that change prototypes', async () => {
    const { url, tokens, ask, t } = await openDoors();
    const post = (body: string, type = 'application/json') =>
      fetch(`${url}/api/trading-mode/halt`, {
        ...{ method: 'POST', body },
        headers: { authorization: `Bearer ${tokens.operator}`, 'content-type': type },
      });
    expect((await post('{"by":')).status).toBe(400);
    expect((await post('{"by":"ada","why":"x","__proto__":{"a":1}}')).status).toBe(400);
    expect((await post(JSON.stringify(order), 'text/plain')).status).toBe(415);
    expect((await post('by=ada&why=x', 'application/x-www-form-urlencoded')).status).toBe(415);
    expect((await post('null')).status).toBe(400);
    expect(t.runtime.tradingMode.mode).toBe('reconciling');
    const { status, body } = await ask('/api/nowhere', { role: 'admin' });
    expect([status, body.type]).toEqual([404, 'urn:kintsugi:not-found']);
  });

  it('let only so many in at a time, and serve those that are in', async () => {
    const { url } = await openDoors({ http: { port: 0, connectionCountMax: 5 } });
    const { socket, ended } = raw(url);
    const head = 'HTTP/1.1\r\nHost: localhost\r\n';
    socket.write(`GET /api/health/live ${head}\r\n`);
    await new Promise((resolve) => socket.once('data', resolve));
    const crowd = Array.from({ length: 1_000 }, () => raw(url));
    // Four are let in and wait for nothing; all the others are cut off.
    let cutCount = 0;
    await new Promise<void>((resolve) => {
      for (const one of crowd) {
        void one.ended.then(() => {
          cutCount += 1;
          if (cutCount === 996) resolve();
        });
      }
    });
    socket.write(`GET /api/health/live ${head}Connection: close\r\n\r\n`);
    expect((await ended).match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    expect(cutCount).toBe(996);
  });

  it('give up a client that does not come to its end', async () => {
    const { url } = await openDoors({ http: { port: 0, requestTimeoutMs: 100 } });
    const { socket, ended } = raw(url);
    socket.write(
      'POST /api/trading-mode/halt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n',
    );
    // It drips, so that the connection is never silent.
    const dripping = setInterval(() => socket.write('x'), 20);
    onTestFinished(() => clearInterval(dripping));
    await ended;
  });

  it('hand out scripts as text: nothing that they serve runs', async () => {
    const script = '<script>alert(1)</script>';
    const machine = setup({ types: { context: {} as { readonly text: string } } }).createMachine({
      ...{ id: 'note', context: { text: script } },
    });
    const tree = supervisor({ id: 'app', children: [child({ id: 'note', logic: machine })] });
    const { ask } = await openDoors({ tree });
    const { headers, body } = await ask('/api/actor/app/note');
    expect(body.context.text).toBe(script);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    const lost = await ask(`/api/${encodeURIComponent(script)}`);
    expect(lost.headers.get('content-type')).toContain('application/problem+json');
  });
});

describe('the end of a runtime', () => {
  it('comes with an order in flight: it is done or refused, and the journal is whole', async () => {
    const { t, ask, url } = await openDoors();
    const idle = raw(url);
    await new Promise((resolve) => idle.socket.once('connect', resolve));
    const asked = [
      ask('/api/trading-mode/halt', { role: 'operator', body: order }),
      ask('/api/emergency/start', { role: 'operator', body: order }),
    ].map((one) => one.then(({ status }) => status).catch(() => 'cut'));
    await new Promise((resolve) => setImmediate(resolve));
    await t.runtime.stop();
    await idle.ended;
    const halt = (await asked[0]) as number | 'cut';
    expect([200, 404, 409, 503, 'cut']).toContain(halt);
    await asked[1];
    const inputs = (await t.journal()).map(({ input }) => input);
    const wasOrdered = inputs.some(({ event }) => (event as { type?: string })?.type === 'HALT');
    // What was answered as done is in the journal.
    if (halt === 200) expect(wasOrdered).toBe(true);
    expect((await t.replay()).divergence).toBeUndefined();
  });

  it('waits for nobody: viewers that do not read, and an answer that never comes', async () => {
    const journal = folder();
    const runtime = await createRuntime({ journal, http: { port: 0 } });
    await runtime.start();
    const { url, tokens } = runtime.http!;
    const viewer = viewerOf(url, tokens);
    const [polite, deaf] = [await viewer(), await viewer('operator')];
    deaf.socket.pause();
    runtime.health.probe({ id: 'broker', check: () => new Promise(() => {}) });
    const post = (path: string, body: object) =>
      fetch(`${url}/api/${path}`, {
        ...{ method: 'POST', body: JSON.stringify(body) },
        headers: {
          authorization: `Bearer ${tokens.operator}`,
          'content-type': 'application/json',
        },
      }).then(
        ({ status }) => status,
        () => 'cut' as const,
      );
    const asked = [post('sre/health', {}), post('trading-mode/halt', order)];
    expect(await asked[1]).toBe(200);
    // In flight: ordered, and its answer waits for the disk.
    const disk = Promise.withResolvers<void>();
    const flush = vi.spyOn(runtime, 'flush').mockImplementation(() => disk.promise);
    const late = post('trading-mode/reduceOnly', order);
    await vi.waitFor(() => expect(flush).toHaveBeenCalled());
    const stopped = runtime.stop();
    await polite.closed;
    disk.resolve();
    expect(await late).toBe(200);
    await stopped;
    expect([runtime.status, runtime.http]).toEqual(['stopped', undefined]);
    expect(await polite.closed).toBe(1_001);
    // Its client is asked nothing: it has been cut off.
    deaf.socket.terminate();
    expect(['cut', 503]).toContain(await asked[0]);
    await expect(fetch(url)).rejects.toThrow();
    expect(existsSync(addressFileOf(journal))).toBe(false);
    const types: string[] = [];
    for await (const { type } of readEntries(journal)) types.push(type);
    expect(types).toEqual(expect.arrayContaining(['HALT', 'REDUCE_ONLY']));
    expect((await verifyJournal(journal)).damage).toBeUndefined();
  });
});
