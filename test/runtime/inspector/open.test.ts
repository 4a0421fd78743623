import { describe, expect, it, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { openBridge, openInspector } from '../../../runtime/inspector/open.ts';
import { testRuntime } from '../../../runtime/testing/test-runtime.ts';
import { door, doorTree, viewerOf } from '../../support/live.ts';
import { recordedDoor } from '../../support/recorded.ts';

async function running() {
  const t = await testRuntime({ tree: doorTree() });
  onTestFinished(() => t.runtime.stop());
  return t;
}

/** What answers there; undefined: nobody. */
const statusOf = (url: string): Promise<number | undefined> =>
  fetch(url).then(
    ({ status }) => status,
    () => undefined,
  );

describe('the page from code', () => {
  it('shows a recorded journal until it is closed', async () => {
    const { dir, seq } = await recordedDoor();
    const page = await openInspector(dir, { tree: doorTree() });
    expect(page.why).toBeUndefined();
    expect(page.link).toBe(`${page.url}/#token=${page.tokens.viewer}`);
    const seen = await viewerOf(page.url, page.tokens)();
    const hello = await seen.told('hello');
    expect(hello).toMatchObject({ mode: 'recorded', hasMachines: true, head: { seq } });
    expect(await statusOf(page.url)).toBe(200);
    await page.close();
    expect(await seen.closed).toBe(1_001);
    expect(await statusOf(page.url)).toBeUndefined();
    await page[Symbol.asyncDispose]();
  });

  it('says why only the turns of a journal are shown', async () => {
    const { dir } = await recordedDoor();
    await using page = await openInspector(dir);
    expect(page.why).toContain('door');
    await expect(openInspector(`${dir}-none`)).rejects.toMatchObject({
      code: 'JOURNAL_UNAVAILABLE',
    });
  });

  it('shows a runtime that lives, and ends with it', async () => {
    const t = await running();
    const page = await openInspector(t.runtime);
    const seen = await viewerOf(page.url, page.tokens)();
    expect(await seen.told('hello')).toMatchObject({ mode: 'live', role: 'viewer' });
    t.send(door, { type: 'OPEN' });
    expect(await seen.told('frame')).toMatchObject({ actors: [{ path: door, value: 'open' }] });
    const ask = async (path: string, init: RequestInit = {}) => {
      const headers = { authorization: `Bearer ${page.tokens.admin}` };
      return (await fetch(page.url + path, { headers, ...init })).status;
    };
    expect(await ask('/api/alerts')).toBe(200);
    expect(await ask('/api/emergency/start', { method: 'POST' })).toBe(404);
    await t.runtime.stop();
    await seen.closed;
    await page.close();
    expect(await statusOf(page.url)).toBeUndefined();
  });

  it('takes a port, and says when it is in use', async () => {
    const t = await running();
    await using page = await openInspector(t.runtime);
    const port = Number(new URL(page.url).port);
    await expect(openInspector(t.runtime, { port })).rejects.toMatchObject({
      code: 'PORT_UNAVAILABLE',
    });
    await expect(openInspector(t.runtime, { port: -1 })).rejects.toThrow();
  });

  it('takes no runtime that it does not know', async () => {
    await expect(openInspector({} as never)).rejects.toThrow(TypeError);
    await expect(openBridge({} as never)).rejects.toThrow('createRuntime');
  });
});

describe('the bridge from code', () => {
  it('tells of a runtime, and ends with it', async () => {
    const t = await running();
    const bridge = await openBridge(t.runtime);
    const socket = new WebSocket(`ws://${bridge.address}`);
    const closed = new Promise((resolve) => socket.on('close', resolve));
    const told = new Promise<string>((resolve) => {
      socket.on('message', (data) => {
        const text = String(data);
        if (text.includes('service.state')) resolve(text);
      });
    });
    await new Promise((resolve) => socket.on('open', resolve));
    socket.send(JSON.stringify({ type: 'xstate.inspecting' }));
    await new Promise((resolve) => socket.once('message', resolve));
    t.send(door, { type: 'OPEN' });
    expect(JSON.parse(await told)).toMatchObject({ sessionId: door });
    await t.runtime.stop();
    await closed;
    expect(await statusOf(`http://${bridge.address}`)).toBeUndefined();
  });
});
