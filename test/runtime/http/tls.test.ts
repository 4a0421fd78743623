import { writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { it as always, expect, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { createRuntime } from '../../../runtime/create-runtime.ts';
import { askDoors } from '../../../runtime/http/client.ts';
import { TlsUnusableError } from '../../../runtime/http/tls.ts';
import { needsOpenssl, selfSigned } from '../../support/certificate.ts';

const it = needsOpenssl();

/** A runtime that others can reach, by TLS alone. */
async function reachable() {
  const { certificate, folder, ...tls } = selfSigned();
  const runtime = await createRuntime({ http: { port: 0, host: '0.0.0.0', tls } });
  await runtime.start();
  onTestFinished(() => runtime.stop());
  const { url, tokens } = runtime.http!;
  return { certificate, folder, url, tokens, port: Number(new URL(url).port) };
}

const answered = (port: number, ca: string, token: string) =>
  new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const options = { host: '127.0.0.1', port, ca, headers, path: '/api/tree' };
    get(options, (response) => {
      let text = '';
      response.on('data', (piece) => {
        text += String(piece);
      });
      response.on('end', () => resolve({ status: response.statusCode, text }));
    }).on('error', reject);
  });

it('doors that others can reach speak TLS, the live stream too', async () => {
  const { certificate: ca, url, port, tokens } = await reachable();
  expect(url).toBe(`https://0.0.0.0:${port}`);
  expect((await answered(port, ca, tokens.viewer)).status).toBe(200);
  expect((await answered(port, ca, 'A'.repeat(43))).status).toBe(401);
  const protocols = ['kintsugi.1', `token.${tokens.viewer}`];
  // As a page of theirs that has come by TLS: only that is the same origin.
  const open = (origin: string) =>
    new Promise<string>((resolve) => {
      const address = `wss://localhost:${port}/api/live`;
      const socket = new WebSocket(address, protocols, { ca, origin });
      socket.on('error', () => resolve('refused'));
      socket.on('message', (data) => {
        resolve(String(data).slice(0, 15));
        socket.terminate();
      });
    });
  expect(await open(`https://localhost:${port}`)).toBe('{"type":"hello"');
  expect(await open(`http://localhost:${port}`)).toBe('refused');
});

it('what comes in the clear gets no answer, nor does who knows not the certificate', async () => {
  const { url, port, folder, tokens } = await reachable();
  const plain = await new Promise<string>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (piece) => {
      text += String(piece);
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
    socket.write('GET /api/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
  });
  expect(plain).not.toContain('HTTP/1.1 200');
  const tokenFile = join(folder, 'tokens.json');
  writeFileSync(tokenFile, JSON.stringify(tokens), { mode: 0o600 });
  const local = url.replace('0.0.0.0', 'localhost');
  await expect(
    askDoors({ journal: folder, url: local, tokenFile }, { path: '/api/tree' }),
  ).rejects.toThrow(/DEPTH_ZERO_SELF_SIGNED_CERT/);
});

it('a certificate that cannot be used is named before anything listens', async () => {
  const { certificate: _, folder, ...tls } = selfSigned();
  const start = async (given: object) => {
    const runtime = await createRuntime({ http: { port: 0, tls: { ...tls, ...given } } });
    await runtime.start();
  };
  await expect(start({ keyFile: `${folder}/none` })).rejects.toThrow(
    new TlsUnusableError(`'http.tls.keyFile': '${folder}/none' cannot be read (ENOENT).`),
  );
  await expect(start({ keyFile: selfSigned().keyFile })).rejects.toThrow(/and its key/);
  await expect(start({ keyFile: tls.certificateFile })).rejects.toThrow(TlsUnusableError);
});

always(
  'an address that others can reach is refused without TLS, unless it is wanted so',
  async () => {
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'host.example']) {
      await expect(createRuntime({ http: { port: 0, host } })).rejects.toThrow(/isPlainAllowed/);
    }
    const runtime = await createRuntime({
      http: { port: 0, host: '0.0.0.0', isPlainAllowed: true },
    });
    await runtime.start();
    onTestFinished(() => runtime.stop());
    expect((await fetch(runtime.http!.url.replace('0.0.0.0', '127.0.0.1'))).status).toBe(200);
  },
);
