/** The control socket between processes that die, flood it, or are not what they seem. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { askControl } from '../../../runtime/control/client.ts';
import { answerBytesMax, requestBytesMax } from '../../../runtime/control/protocol.ts';
import { openControlServer } from '../../../runtime/control/server.ts';
import { ControlUnavailableError, controlPath } from '../../../runtime/control/socket-path.ts';

const handlers = { 'emergency.start': async () => ({}), 'emergency.reset': async () => ({}) };
const start = { command: 'emergency.start', by: 'ada', why: 'test' } as const;

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kintsugi-control-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'journal');
}

async function opened() {
  const journal = freshFolder();
  const server = await openControlServer(journal, handlers);
  onTestFinished(() => server.close());
  return { journal, server };
}

/** A client that has connected; `text` is what it was sent until the end. */
async function client(journal: string): Promise<{ socket: Socket; text: Promise<string> }> {
  const socket = connect(controlPath(journal));
  let answer = '';
  const text = new Promise<string>((resolve) => {
    socket.setEncoding('utf8').on('data', (piece) => {
      answer += piece;
    });
    socket.on('close', () => resolve(answer)).on('error', () => {});
  });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return { socket, text };
}

it('is for its owner alone from its first moment on, and outlived by nobody', async () => {
  const journal = freshFolder();
  const script = new URL('server-process.ts', import.meta.url).pathname;
  const other = spawn(process.execPath, [script, journal], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void other.kill('SIGKILL'));
  const [mode] = (await once(other.stdout, 'data')) as [Buffer];
  expect(String(mode).trim()).toBe('600');
  expect(await askControl(journal, start)).toEqual({});
  other.kill('SIGKILL');
  await once(other, 'exit');
  expect(existsSync(controlPath(journal))).toBe(true);
  await expect(askControl(journal, start)).rejects.toThrow(/No runtime that runs on the journal/);
  const server = await openControlServer(journal, handlers);
  expect(await askControl(journal, start)).toEqual({});
  await server.close();
}, 30_000);

it('does not take the place of somebody else, nor ask there', async () => {
  const { journal } = await opened();
  const uid = process.getuid?.() ?? 0;
  const spy = vi.spyOn(process, 'getuid').mockReturnValue(uid + 1);
  onTestFinished(() => spy.mockRestore());
  await expect(openControlServer(journal, handlers)).rejects.toThrow(
    /is not a socket of this user/,
  );
  await expect(askControl(journal, start)).rejects.toThrow(/no socket of yours/);
});

it('has room for 16 clients at a time; one more is cut off and told so', async () => {
  const { journal } = await opened();
  for (let count = 0; count < 16; count += 1) await client(journal);
  await expect(askControl(journal, start)).rejects.toThrow(ControlUnavailableError);
});

it('counts what comes in pieces', async () => {
  const { journal } = await opened();
  const { socket, text } = await client(journal);
  for (let piece = 0; piece < 3; piece += 1) {
    socket.write('x'.repeat(requestBytesMax / 2));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(await text).toMatch(/at most 4096 bytes/);
});

it('goes on when connections cannot be taken, and ends nothing', async () => {
  const listen = vi.spyOn(Server.prototype, 'listen');
  onTestFinished(() => listen.mockRestore());
  const { journal } = await opened();
  const [server] = listen.mock.contexts as [Server];
  for (let count = 0; count < 3; count += 1) server.emit('error', new Error('accept EMFILE'));
  expect(await askControl(journal, start)).toEqual({});
});

it('cuts off whoever still talks when it closes', async () => {
  const { journal, server } = await opened();
  const { socket, text } = await client(journal);
  socket.write('{"v":1');
  await server.close();
  expect(await text).toBe('');
  expect(existsSync(controlPath(journal))).toBe(false);
});

it.each([
  ['too much', 'x'.repeat(answerBytesMax + 1), /answer is too long/],
  ['other words', '{"v":1,"fine":true}\n', /answers in other words/],
  ['no JSON', 'hello\n', /answers in other words/],
  ['nothing', '', /answers in other words/],
])('believes nobody who answers %s', async (_, answer, words) => {
  const journal = freshFolder();
  const liar = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(answer);
  });
  await new Promise<void>((resolve) => liar.listen(controlPath(journal), resolve));
  onTestFinished(() => void liar.close());
  await expect(askControl(journal, start)).rejects.toThrow(words);
});
