import { request as ask } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { httpSettingsSchema } from '../../../config/http.ts';
import { healthRoutes } from '../../../runtime/http/routes/health.ts';
import { orderRoutes } from '../../../runtime/http/routes/orders.ts';
import { safetyRoutes } from '../../../runtime/http/routes/safety.ts';
import { stateRoutes } from '../../../runtime/http/routes/state.ts';
import { openHttpServer, PortUnavailableError } from '../../../runtime/http/server.ts';
import { freshTokens } from '../../../runtime/http/tokens.ts';
import { testRuntime } from '../../../runtime/testing/test-runtime.ts';

type Headers = Record<string, string>;

/** What the tests read of answers. */
interface Answer {
  readonly type: string;
  readonly detail: string;
  readonly text: string;
  readonly issues: readonly { readonly path: string }[];
}

async function served(settings: object = {}) {
  const t = await testRuntime();
  const refused: string[] = [];
  const tokens = freshTokens();
  const server = await openHttpServer({
    runtime: t.runtime,
    settings: httpSettingsSchema.parse({ port: 0, ...settings }),
    tokens,
    routes: [...healthRoutes, ...stateRoutes, ...orderRoutes, ...safetyRoutes],
    refused: (code) => refused.push(code),
  });
  onTestFinished(async () => {
    await server.close();
    await t.runtime.stop();
  });
  const as = (role: keyof typeof tokens): Headers => ({ authorization: `Bearer ${tokens[role]}` });
  const call = async (path: string, headers: Headers = as('viewer'), body?: unknown) => {
    const response = await fetch(server.url + path, {
      headers: {
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Answer;
    return { status: response.status, headers: response.headers, body: answer };
  };
  return { t, server, refused, as, call };
}

/** As `fetch` does not let one do: with any Host. */
const withHost = (url: string, host: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const sent = ask(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject).end();
  });

const order = { by: 'ada', why: 'test' };

describe('the doors', () => {
  it.each([
    ['no token', {}, 401, 'TOKEN_REFUSED'],
    ['a wrong one', { authorization: 'Bearer AAAA' }, 401, 'TOKEN_REFUSED'],
    ['another scheme', { authorization: 'Basic YTpi' }, 401, 'TOKEN_REFUSED'],
    ['a page of another site', { origin: 'https://evil.example' }, 403, 'ORIGIN_REFUSED'],
    ['an origin that is null', { origin: 'null' }, 403, 'ORIGIN_REFUSED'],
  ])('turn %s away, and say so', async (_, headers, status, code) => {
    const { call, refused } = await served();
    const { body, ...reply } = await call('/api/tree', headers as Headers);
    expect(reply.status).toBe(status);
    expect(body).toMatchObject({ status, detail: expect.any(String) });
    expect(reply.headers.get('content-type')).toContain('application/problem+json');
    expect(refused).toEqual([code]);
  });

  it('are not found by another name: a rebound one gets nothing, whatever its token', async () => {
    const { server, refused } = await served();
    const url = `${server.url}/api/health/live`;
    const { port } = new URL(url);
    expect(await withHost(url, `evil.example:${port}`)).toBe(421);
    expect(await withHost(url, '169.254.169.254')).toBe(421);
    expect(await withHost(url, `localhost:${port}`)).toBe(200);
    expect(refused).toEqual(['HOST_REFUSED', 'HOST_REFUSED']);
  });

  it('take the role that a route asks for', async () => {
    const { call, as, t } = await served();
    expect((await call('/api/trading-mode/halt', as('viewer'), order)).status).toBe(403);
    expect(t.runtime.tradingMode.mode).toBe('reconciling');
    expect((await call('/api/trading-mode/halt', as('operator'), order)).status).toBe(200);
    expect(t.runtime.tradingMode.mode).toBe('halted');
    expect((await call('/api/posture', as('admin'))).status).toBe(200);
  });

  it('tell strangers nothing of what is there', async () => {
    const { call } = await served();
    expect((await call('/api/nowhere', {})).status).toBe(401);
    expect((await call('/api/nowhere')).status).toBe(404);
    expect((await call('/../../etc/passwd')).status).toBe(404);
  });

  it('send their headers with every answer', async () => {
    const { call } = await served();
    for (const path of ['/api/health/live', '/api/nowhere']) {
      const { headers } = await call(path, {});
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it('refuse what is too large, no JSON, or not what is asked for, in words', async () => {
    const { call, as } = await served({ bodyBytesMax: 200 });
    const halt = (body: unknown) => call('/api/trading-mode/halt', as('operator'), body);
    expect((await halt({ ...order, why: 'x'.repeat(300) })).status).toBe(413);
    const { status, body } = await halt({ by: ' ', extra: 1 });
    expect(status).toBe(400);
    expect(body.issues.map(({ path }) => path)).toEqual(['body.by', 'body.why', 'body']);
  });

  it('let so many in a minute', async () => {
    const { call, refused } = await served({ requestCountMax: 3 });
    for (let i = 0; i < 3; i++) expect((await call('/api/posture')).status).toBe(200);
    const { status, body } = await call('/api/posture');
    expect([status, body.type]).toEqual([429, 'urn:kintsugi:too-many-requests']);
    expect(refused).toEqual(['TOO_MANY_REQUESTS']);
  });

  it('give up slow clients, and close within a second with some of them there', async () => {
    const { server } = await served({ requestTimeoutMs: 60_000 });
    const { port } = new URL(server.url);
    const slow = connect(Number(port), '127.0.0.1');
    const ended = new Promise((resolve) => slow.on('close', resolve));
    slow.on('error', () => {});
    await new Promise((resolve) => slow.on('connect', resolve));
    slow.write('GET /api/tree HTTP/1.1\r\nHost: localhost\r\n');
    await server.close();
    await ended;
  });

  it('say how to get a port when theirs is taken', async () => {
    const { server, t } = await served();
    const { port } = new URL(server.url);
    const opening = openHttpServer({
      runtime: t.runtime,
      settings: httpSettingsSchema.parse({ port: Number(port) }),
      ...{ tokens: freshTokens(), routes: [] },
    });
    await expect(opening).rejects.toThrow(PortUnavailableError);
    await expect(opening).rejects.toThrow(/another program listens there: choose another port/);
  });
});

describe('an order by HTTP', () => {
  it('is an entry of the journal, of class safety, with who and why', async () => {
    const { call, as, t } = await served();
    const { body } = await call('/api/emergency/start', as('operator'), order);
    expect(body.text).toBe('stopped, remaining position unknown');
    const entries = (await t.journal()).map(({ input }) => input);
    const asked = entries.find(({ event }) => (event as { type?: string }).type === 'EMERGENCY');
    expect(asked).toMatchObject({ class: 'safety', event: order });
  });

  it('says in words why it cannot be done', async () => {
    const { call, as } = await served();
    const reset = { ...order, scope: 'trading' };
    const { status, body } = await call('/api/emergency/reset', as('operator'), reset);
    expect(status).toBe(409);
    expect(body.detail).toContain("Nothing of 'trading' is latched");
  });
});
