import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { Notice } from '../../../actors/ports.ts';
import { alertsSettingsSchema } from '../../../config/alerts.ts';
import { logSink } from '../../../runtime/alerts/log-sink.ts';
import { notifiers } from '../../../runtime/alerts/notifiers.ts';
import { webhookSink } from '../../../runtime/alerts/webhook-sink.ts';

const waits = vi.hoisted((): number[] => []);
vi.mock('node:timers/promises', async (load) => {
  const timers = await load<typeof import('node:timers/promises')>();
  const setTimeout: typeof timers.setTimeout = (ms, ...rest) => {
    waits.push(ms ?? 0);
    return timers.setTimeout(ms, ...rest);
  };
  return { ...timers, setTimeout };
});

const notice = {
  ...{ id: 'a-1', key: 'feed', severity: 'critical', path: '/paper/feed', text: 'silent' },
  ...{ at: 0, audience: 'onCall', noticeKey: 'k-1' },
} as Notice;

type Reply = (response: ServerResponse, count: number) => unknown;

/** A server on the loopback that keeps what it is sent. */
async function hook(reply: Reply, more = {}) {
  const posts: { headers: IncomingHttpHeaders; body: unknown }[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const piece of request) text += piece;
    posts.push({ headers: request.headers, body: JSON.parse(text) });
    reply(response, posts.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as { port: number };
  const url = `http://127.0.0.1:${port}/hook?token=hidden`;
  const { webhook } = alertsSettingsSchema.parse({ webhook: { url, retryMs: 1, ...more } });
  const notifier = notifiers([webhookSink(() => webhook)]);
  return {
    posts,
    failures: async (signal?: AbortSignal) => {
      const report = await notifier.notify(notice, signal && { signal });
      return (report as { failures: [] }).failures;
    },
  };
}

const elsewhere = (response: ServerResponse) => response.writeHead(302, { location: '/' }).end();
const cut = (response: ServerResponse) => response.destroy();
const answer = (status: number) => (response: ServerResponse) => response.writeHead(status).end();

it('posts a notice once, under its key', async () => {
  const { posts, failures } = await hook(answer(204));
  expect(await failures()).toEqual([]);
  const { noticeKey: _, ...body } = notice;
  expect(posts.map((post) => post.body)).toEqual([{ ...body, time: '1970-01-01T00:00:00.000Z' }]);
  expect(posts[0]?.headers['idempotency-key']).toBe('k-1');
});

it('tries again when the server is in trouble', async () => {
  const { posts, failures } = await hook((response, count) =>
    answer(count < 3 ? 503 : 200)(response),
  );
  expect(await failures()).toEqual([]);
  expect(posts.length).toBe(3);
});

it.each([
  ['is in trouble for good', answer(503), 3, /^the server answered 503 \(3 tries\)$/],
  ['has too much to do', answer(429), 3, /^the server answered 429 \(3 tries\)$/],
  ['was too slow', answer(408), 3, /^the server answered 408 \(3 tries\)$/],
  ['does not want it', answer(400), 1, /^the server answered 400$/],
  ['sends it elsewhere', elsewhere, 3, /^the post failed \(3 tries\)$/],
  ['cuts the line', cut, 3, /^the server cannot be reached: [A-Z_]+ \(3 tries\)$/],
])('tells, and does not throw, when the server %s', async (_, reply, count, words) => {
  const { posts, failures } = await hook(reply);
  const [failure] = (await failures()) as { sink: string; why: string }[];
  expect(failure?.sink).toBe('webhook');
  expect(failure?.why).toMatch(words);
  expect(failure?.why).not.toContain('hidden');
  expect(posts.length).toBe(count);
});

it('waits twice as long before each further try', async () => {
  waits.length = 0;
  const { failures } = await hook(answer(503), { retryMs: 2, retryCount: 3 });
  await failures();
  expect(waits).toEqual([2, 4, 8]);
});

it('ends when whoever asked has given up', async () => {
  const asked = Promise.withResolvers<void>();
  const { posts, failures } = await hook(() => asked.resolve());
  const caller = new AbortController();
  const told = failures(caller.signal);
  await asked.promise;
  caller.abort();
  expect(await told).toEqual([{ sink: 'webhook', why: 'the post failed' }]);
  expect(posts.length).toBe(1);
});

it('does not wait for ever', async () => {
  const { failures } = await hook(() => {}, { timeoutMs: 20, retryCount: 0 });
  expect(await failures()).toEqual([{ sink: 'webhook', why: 'no answer within 20 ms' }]);
});

it('sends the header of its credential file, which no words ever hold', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kintsugi-webhook-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const credentialFile = join(folder, 'header');
  writeFileSync(credentialFile, 'Authorization: Bearer s3cret\n');
  const { posts, failures } = await hook(answer(500), { credentialFile, retryCount: 0 });
  expect(JSON.stringify(await failures())).not.toContain('s3cret');
  expect(posts[0]?.headers.authorization).toBe('Bearer s3cret');
  writeFileSync(credentialFile, 's3cret');
  expect(await failures()).toEqual([
    { sink: 'webhook', why: expect.stringMatching(/one header line/) },
  ]);
  rmSync(credentialFile);
  expect(await failures()).toEqual([{ sink: 'webhook', why: expect.stringMatching(/ENOENT/) }]);
});

it('does nothing without a url', async () => {
  const sink = webhookSink(() => alertsSettingsSchema.parse({}).webhook);
  expect(await notifiers([sink]).notify(notice)).toEqual({ failures: [] });
});

it('tells by every way, and only the log of what is for the log', async () => {
  const told: string[] = [];
  const levels = ['info', 'warn', 'error', 'fatal'] as const;
  const logger = Object.fromEntries(
    levels.map((level) => [level, (_: object, text: string) => told.push(`${level} ${text}`)]),
  );
  const pager = { name: 'pager', isLog: false, notify: async () => void told.push('pager') };
  const broken = { ...pager, name: 'broken', notify: () => Promise.reject(new Error('down')) };
  const all = notifiers([logSink(logger as never), pager, broken]);
  expect(await all.notify(notice)).toEqual({
    failures: [{ sink: 'broken', why: expect.stringContaining('down') }],
  });
  expect(await all.notify({ ...notice, severity: 'info', audience: 'log' })).toEqual({
    failures: [],
  });
  expect(told).toEqual(['error silent', 'pager', 'info silent']);
});
