/** Journals of a run that is over, and their upload to a server as the page does it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { SettingsInput } from '../../config/settings.ts';
import { simulatedClock } from '../../runtime/clock/simulated.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import type { RuntimeOptions } from '../../runtime/options.ts';
import { door, doorTree } from './live.ts';

/** A folder that is gone after the test. */
export function privateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kintsugi-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

interface Recorded {
  readonly settings?: SettingsInput;
  readonly tree?: RuntimeOptions['tree'];
  readonly host?: string;
  /** Times that the door is opened. */
  readonly count?: number;
  /** The door crashes after each so many times. Default: never. */
  readonly crashEvery?: number;
}

/** A journal on disk of a door that opens and closes by itself. */
export async function recordedDoor(given: Recorded = {}) {
  const { settings = {}, tree = doorTree(), host, count = 3, crashEvery = Infinity } = given;
  const dir = join(privateFolder(), 'journal');
  const clock = simulatedClock({ startMs: 0 });
  const options = { tree, journal: dir, clock, settings, ...(host !== undefined && { host }) };
  const runtime = await createRuntime(options);
  await runtime.start();
  for (let i = 1; i <= count; i++) {
    runtime.send(door, { type: 'OPEN' });
    if (i % crashEvery === 0) {
      runtime.command({ command: 'crash', path: door, at: 'now', why: 'in a test' });
    }
    await clock.advance(1_000);
    await runtime.flush();
  }
  const { seq, digest } = runtime;
  await runtime.stop();
  return { dir, seq, digest };
}

/** What the page sends of a journal folder: the head first, and no lock. */
export const filesOf = (dir: string): readonly (readonly [string, Buffer])[] =>
  readdirSync(dir)
    .sort()
    .map((name) => [name, readFileSync(join(dir, name))] as const);

/** Speaks to the routes of recordings. */
export function uploader(url: string, token: string) {
  const call = async (method: string, path: string, body?: Uint8Array) => {
    const response = await fetch(`${url}/api/recordings${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body && { 'content-type': 'application/octet-stream' }),
      },
      ...(body && { body: Buffer.from(body) }),
    });
    const type = response.headers.get('content-type')?.split(';')[0];
    const answer: any = await response.json();
    return { status: response.status, type, body: answer };
  };
  const begin = async (): Promise<string> => (await call('POST', '')).body.id;
  const put = (id: string, name: string, bytes: Uint8Array, offset = 0) =>
    call('PUT', `/${id}/${encodeURIComponent(name)}?offset=${offset}`, bytes);
  const open = async (id: string) => {
    for (;;) {
      const answer = await call('POST', `/${id}/open`);
      if (answer.body.state !== 'opening') return answer;
    }
  };
  /** A whole folder, opened. */
  const upload = async (files: Iterable<readonly [string, Uint8Array]>) => {
    const id = await begin();
    for (const [name, bytes] of files) {
      const { status, body } = await put(id, name, bytes);
      if (status !== 200) throw new Error(`${name}: ${JSON.stringify(body)}`);
    }
    return { id, ...(await open(id)) };
  };
  return { call, begin, put, open, upload };
}
