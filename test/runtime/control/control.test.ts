import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { execute } from '../../../runtime/cli/execute.ts';
import { askControl, ControlRefusedError } from '../../../runtime/control/client.ts';
import { requestBytesMax } from '../../../runtime/control/protocol.ts';
import { openControlServer } from '../../../runtime/control/server.ts';
import { ControlUnavailableError, controlPath } from '../../../runtime/control/socket-path.ts';
import { createRuntime } from '../../../runtime/create-runtime.ts';
import { fakeIo } from '../cli/fake-io.ts';

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kintsugi-control-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'journal');
}

const flat = { isDone: true, remaining: { quantity: 0, isVerified: true } };

async function running(journal = freshFolder()) {
  const emergency = { cancelOrders: async () => flat, reducePosition: async () => flat };
  const runtime = await createRuntime({ journal, control: true, ports: { emergency } });
  onTestFinished(() => runtime.stop());
  await runtime.start();
  return { runtime, journal };
}

/** Sends bytes as they are; half of a line when `isHalf`, which leaves the sending side open. */
const raw = (journal: string, text: string, end = true) =>
  new Promise<string>((resolve) => {
    const socket = connect(controlPath(journal));
    let answer = '';
    socket.setEncoding('utf8').on('data', (piece) => {
      answer += piece;
    });
    socket.on('close', () => resolve(answer)).on('error', () => {});
    if (end) socket.end(text);
    else socket.write(text);
  });

const order = { by: 'ada', why: 'fat finger' };
const start = { command: 'emergency.start', ...order } as const;
const reset = { command: 'emergency.reset', ...order } as const;

it('stops and releases trading through a socket for its owner alone', async () => {
  const { runtime, journal } = await running();
  expect(statSync(`${journal}.sock`).mode & 0o777).toBe(0o600);
  const started = await askControl(journal, start);
  expect(started).toMatchObject({ state: 'emergency', isAlready: false, text: 'stopped, flat' });
  expect(await askControl(journal, start)).toMatchObject({ isAlready: true });
  expect(await askControl(journal, { ...reset, scope: 'trading' })).toEqual({
    state: 'healthy',
    scope: 'trading',
  });
  await runtime.stop();
  expect(existsSync(`${journal}.sock`)).toBe(false);
  await expect(askControl(journal, start)).rejects.toThrow(ControlUnavailableError);
});

it('tells a reset that is not clear why it is refused', async () => {
  const { journal } = await running();
  const answer = askControl(journal, { ...reset, scope: 'everything' });
  await expect(answer).rejects.toThrow(ControlRefusedError);
  await expect(answer).rejects.toMatchObject({ code: 'RESET_REFUSED' });
  await expect(answer).rejects.toThrow(/^Say what is reset, .* got 'everything'\.$/);
});

it.each([
  ['no JSON', 'nonsense\n', /"CONTROL_REQUEST".*is no JSON/],
  ['null', 'null\n', /"CONTROL_VERSION"/],
  ['another version', '{"v":2,"command":"emergency.start"}\n', /speaks version 1, not 2/],
  ['an unknown command', '{"v":1,"command":"format.disk"}\n', /"CONTROL_REQUEST".*command/],
  ['nobody who orders', '{"v":1,"command":"emergency.start","why":"x"}\n', /by: /],
  ['blank words', '{"v":1,"command":"emergency.start","by":" ","why":"x"}\n', /by: /],
  ['half a line', '{"v":1', /not a whole line/],
  ['nothing', '', /not a whole line/],
  ['too much', 'x'.repeat(requestBytesMax + 1), /at most 4096 bytes/],
])('answers %s in words, and does nothing', async (_, text, words) => {
  const { runtime, journal } = await running();
  const answer = await raw(journal, text);
  expect(answer).toMatch(words);
  expect(JSON.parse(answer)).toMatchObject({ v: 1, ok: false });
  expect(runtime.safety.state).toBe('healthy');
});

it('does not wait for ever for a line', async () => {
  const { journal } = await running();
  expect(await raw(journal, '{"v":1', false)).toMatch(/CONTROL_TIMEOUT/);
});

it('takes the place of a socket that a dead process left, and of nothing else', async () => {
  const journal = freshFolder();
  const handlers = { 'emergency.start': async () => ({}), 'emergency.reset': async () => ({}) };
  writeFileSync(`${journal}.sock`, 'mine');
  await expect(openControlServer(journal, handlers)).rejects.toThrow(/is not a socket of this/);
  await expect(askControl(journal, start)).rejects.toThrow(/No runtime that runs on the journal/);
  rmSync(`${journal}.sock`);
  symlinkSync('/dev/null', `${journal}.sock`);
  await expect(openControlServer(journal, handlers)).rejects.toThrow(ControlUnavailableError);
  rmSync(`${journal}.sock`);
  const server = await openControlServer(journal, handlers);
  expect(await askControl(journal, start)).toEqual({});
  await Promise.all([server.close(), server.close()]);
});

it('runs without it when the path is too long for a socket', async () => {
  const journal = join(freshFolder(), 'x'.repeat(100));
  expect(() => controlPath(journal)).toThrow(/shorter than 104 bytes/);
  const { runtime } = await running(journal);
  expect(runtime.status).toBe('running');
});

it('has a pipe of its own for each journal on Windows', () => {
  expect(controlPath('/a', 'win32')).toMatch(/^\\\\\.\\pipe\\kintsugi-[0-9a-f]{32}$/);
  expect(controlPath('/a', 'win32')).not.toBe(controlPath('/b', 'win32'));
});

it('is what `kintsugi emergency` speaks to', async () => {
  const { journal } = await running();
  const words = ['--by', 'ada', '--why', 'fat finger', '--journal', journal];
  const io = fakeIo();
  expect(await execute(['emergency', 'start', ...words], io)).toBe(0);
  expect(io.stdout.text).toContain('Emergency: stopped, flat.');
  expect(await execute(['emergency', 'reset', '--scope', 'x', ...words], io)).toBe(1);
  expect(io.stderr.text).toContain("got 'x'");
  expect(await execute(['emergency', 'reset', '--scope', 'all', ...words], io)).toBe(0);
  expect(await execute(['emergency', 'reset', ...words], io)).toBe(2);
  expect(await execute(['emergency', 'start', '--by', 'ada', '--journal', journal], io)).toBe(2);
  const nobody = [...words.slice(0, -1), `${journal}-other`];
  expect(await execute(['emergency', 'start', ...nobody], io)).toBe(1);
  expect(io.stderr.text).toContain('No runtime that runs on the journal');
});
