import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { openBridge } from '../../../../runtime/inspector/bridge/bridge.ts';
import { testRuntime } from '../../../../runtime/testing/test-runtime.ts';
import { door, doorTree, lifeOf } from '../../../support/live.ts';

const workspace = join(import.meta.dirname, '../../../compat/xstate-inspect');

interface Row {
  readonly type: string;
  readonly sessionId: string;
  readonly [field: string]: unknown;
}

async function bridged() {
  const t = await testRuntime({ tree: doorTree() });
  const { core } = lifeOf(t.runtime);
  const bridge = await openBridge(core);
  onTestFinished(async () => {
    await bridge.close();
    await t.runtime.stop();
  });
  return { t, bridge, watchers: core.watchers };
}

/** The real package in a process of its own, beside its own xstate. */
function receiver(address: string) {
  const process_: ChildProcess = spawn(process.execPath, ['receiver.mjs', address], {
    cwd: workspace,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void process_.kill());
  let text = '';
  let said = '';
  const looks = new Set<() => void>();
  process_.stdout!.on('data', (data) => {
    text += String(data);
    for (const look of looks) look();
  });
  process_.stderr!.on('data', (data) => {
    said += String(data);
  });
  const rows = () =>
    text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Row);
  const until = (holds: (row: Row) => boolean) =>
    new Promise<Row>((resolve, reject) => {
      const look = () => {
        const found = rows().find(holds);
        if (found) resolve(found);
      };
      looks.add(look);
      process_.on('exit', (code) => reject(new Error(`It ended with ${code}: ${said}`)));
      look();
    });
  return { rows, until };
}

/** What a request without an upgrade is answered with. */
const statusOf = (address: string, headers: Record<string, string>) =>
  new Promise((resolve) => {
    get(`http://${address}/`, { headers }, ({ statusCode }) => resolve(statusCode));
  });

describe('the bridge to @xstate/inspect', () => {
  it('is understood by the real package: machines, states, events, ends', async () => {
    expect(existsSync(join(workspace, 'node_modules/@xstate/inspect'))).toBe(true);
    const { t, bridge } = await bridged();
    const { until, rows } = receiver(bridge.address);
    const registered = await until(
      ({ type, sessionId }) => type === 'service.register' && sessionId === door,
    );
    expect(registered).toMatchObject({ parent: '/app', states: ['closed', 'open'] });
    t.send(door, { type: 'OPEN' });
    const state = await until(({ type, value }) => type === 'service.state' && value === 'open');
    expect(state).toMatchObject({
      sessionId: door,
      context: { count: 1, apiKey: '[redacted]' },
      done: false,
    });
    expect(rows()).toContainEqual(
      expect.objectContaining({ type: 'service.event', sessionId: door, event: 'OPEN' }),
    );
    await t.runtime.stopChild(door);
    await until(({ type, sessionId }) => type === 'service.stop' && sessionId === door);
    expect(bridge.failure).toBeUndefined();
  });

  it('is attached while somebody listens, and lets no page in', async () => {
    const { bridge, watchers } = await bridged();
    const before = watchers.length;
    const open = (options: object) => {
      const socket = new WebSocket(`ws://${bridge.address}`, options);
      socket.on('error', () => {});
      return socket;
    };
    const turnedAway = (socket: WebSocket) =>
      new Promise((resolve) => socket.on('close', resolve).on('open', () => resolve('open')));
    expect(await turnedAway(open({ origin: 'https://stately.ai' }))).toBe(1_006);
    expect(await turnedAway(open({ headers: { host: 'evil.example' } }))).toBe(1_006);
    // Also one of this very address: the bridge serves no page.
    expect(await turnedAway(open({ origin: `http://${bridge.address}` }))).toBe(1_006);
    expect(await statusOf(bridge.address, { origin: `http://${bridge.address}` })).toBe(403);
    expect(await statusOf(bridge.address, { origin: 'null' })).toBe(403);
    expect(await statusOf(bridge.address, { host: 'evil.example' })).toBe(421);
    const socket = open({});
    const told = new Promise((resolve) => socket.once('message', resolve));
    await new Promise((resolve) => socket.on('open', resolve));
    expect(watchers.length).toBe(before);
    socket.send(JSON.stringify({ type: 'xstate.inspecting' }));
    await told;
    expect(watchers.length).toBe(before + 1);
    await bridge.close();
    expect(watchers.length).toBe(before);
  });
});
