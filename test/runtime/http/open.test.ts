import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRuntime } from '../../../runtime/create-runtime.ts';
import { addressFileOf } from '../../../runtime/http/address.ts';
import { PortUnavailableError } from '../../../runtime/http/server.ts';
import { tokenFileOf } from '../../../runtime/http/tokens.ts';
import { openDoors } from '../../support/doors.ts';

function folder(): string {
  const parent = mkdtempSync(join(tmpdir(), 'kintsugi-doors-'));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  return join(parent, 'journal');
}

describe('the doors of a runtime', () => {
  it('are shut unless the host asks for them', async () => {
    const runtime = await createRuntime();
    await runtime.start();
    expect(runtime.http).toBeUndefined();
    await runtime.stop();
  });

  it('are noted beside the journal for its user alone, and shut with the runtime', async () => {
    const journal = folder();
    const runtime = await createRuntime({ journal, http: { port: 0 } });
    expect(runtime.http).toBeUndefined();
    await runtime.start();
    const { url, tokenFile, tokens } = runtime.http!;
    expect(tokenFile).toBe(tokenFileOf(journal));
    expect(JSON.parse(readFileSync(tokenFile!, 'utf8'))).toEqual(tokens);
    const note = addressFileOf(journal);
    expect(JSON.parse(readFileSync(note, 'utf8'))).toEqual({ url, tokenFile });
    for (const file of [tokenFile!, note]) expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await fetch(`${url}/api/health/live`)).status).toBe(200);
    await runtime.stop();
    expect(runtime.http).toBeUndefined();
    expect(existsSync(note)).toBe(false);
    await expect(fetch(`${url}/api/health/live`)).rejects.toThrow();
  });

  it('keep their tokens over a restart', async () => {
    const journal = folder();
    const given = async () => {
      const runtime = await createRuntime({ journal, http: { port: 0 } });
      await runtime.start();
      const { tokens } = runtime.http!;
      await runtime.stop();
      return tokens;
    };
    expect(await given()).toEqual(await given());
  });

  it('do not open at a port that is taken: the runtime does not run then', async () => {
    const { url } = await openDoors();
    const runtime = await createRuntime({ http: { port: Number(new URL(url).port) } });
    await expect(runtime.start()).rejects.toThrow(PortUnavailableError);
    expect(runtime.status).toBe('failed');
  });

  it('shut again when their note beside the journal cannot be written', async () => {
    const journal = folder();
    mkdirSync(addressFileOf(journal));
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    const runtime = await createRuntime({ journal, http: { port } });
    await expect(runtime.start()).rejects.toThrow('EISDIR');
    await expect(fetch(`http://127.0.0.1:${port}/api/health/live`)).rejects.toThrow();
  });

  it('take their settings from the program over those of the file', async () => {
    const settings = { http: { port: 1, hostNames: ['one.example'] } };
    const runtime = await createRuntime({ settings, http: { port: 0 } });
    expect(runtime.settings.current.http).toMatchObject({ port: 0, hostNames: ['one.example'] });
    await expect(createRuntime({ http: { port: -1 } })).rejects.toThrow(/http\.port|http\/port/);
    await expect(createRuntime({ http: { host: '0.0.0.0' } })).rejects.toThrow(/isPlainAllowed/);
  });
});
