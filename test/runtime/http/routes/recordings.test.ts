import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { doorsPaths } from '../../../../actors/doors.ts';
import { type HttpSettingsInput, httpSettingsSchema } from '../../../../config/http.ts';
import { recordingRoutes } from '../../../../runtime/http/routes/recordings.ts';
import { openHttpServer } from '../../../../runtime/http/server.ts';
import { freshTokens } from '../../../../runtime/http/tokens.ts';
import { Recordings } from '../../../../runtime/inspector/recordings.ts';
import { openDoors } from '../../../support/doors.ts';
import { door, doorTree, TestViewer } from '../../../support/live.ts';
import { filesOf, privateFolder, recordedDoor, uploader } from '../../../support/recorded.ts';

/** Doors of a runtime whose temporary files lie in a folder of the test. */
async function doors(http: HttpSettingsInput = {}) {
  const temporary = privateFolder();
  vi.stubEnv('TMPDIR', temporary);
  onTestFinished(() => void vi.unstubAllEnvs());
  const opened = await openDoors({ tree: doorTree(), http: { port: 0, ...http } });
  const { url, tokens, t } = opened;
  const kept = () =>
    readdirSync(temporary, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.startsWith('kintsugi-recording-'))
      .map((name) => [name, statSync(join(temporary, name)).mode & 0o777] as const);
  /** Those of the first entry: later ones are gathered for a second. */
  const refusals = async () => {
    await t.settle();
    return (t.snapshot(doorsPaths.refusals)?.context as { totals?: object } | undefined)?.totals;
  };
  return { ...opened, operator: uploader(url, tokens.operator), kept, refusals };
}

const viewer = (url: string, token: string, recording: string) =>
  new TestViewer(url, ['kintsugi.1', `token.${token}`], {}, `?recording=${recording}`);

describe('a recorded journal that is uploaded', () => {
  it('is kept privately, shown with its machines, and gone when it is closed', async () => {
    const { operator, url, tokens, kept, t, ask } = await doors();
    const before = t.digest();
    const { dir, seq, digest } = await recordedDoor();
    const files = filesOf(dir);
    const { id, status, body } = await operator.upload(files);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { state: 'open', hasMachines: true, head: { seq, digest }, run: { host: 'custom' } },
    });
    expect(body.note).toBeUndefined();
    const [folder, ...inside] = kept();
    expect(folder![1]).toBe(0o700);
    expect(inside.map(([name]) => name.split('/')[1]).sort()).toEqual(files.map(([name]) => name));
    expect(inside.every(([, mode]) => mode === 0o600)).toBe(true);
    const seen = viewer(url, tokens.viewer, id);
    const hello = await seen.told('hello');
    expect(hello).toMatchObject({ mode: 'recorded', role: 'viewer', head: { seq, digest } });
    const moment = await seen.ask({ type: 'moment', seq: seq - 1 });
    expect(moment.actors.find(({ path }) => path === door)).toMatchObject({ value: 'open' });
    const { body: list } = await ask('/api/recordings');
    expect(list).toEqual([{ id, state: 'open', bytes: expect.any(Number) }]);
    expect(list[0].bytes).toBe(files.reduce((sum, [, { length }]) => sum + length, 0));
    expect((await operator.call('DELETE', `/${id}`)).status).toBe(200);
    expect(await seen.closed).toBe(1_001);
    expect(kept()).toEqual([]);
    // The run knows nothing of it.
    expect(t.digest()).toBe(before);
  });

  it('is asked about by the routes of the run', async () => {
    const { operator, ask } = await doors();
    const { dir, seq, digest } = await recordedDoor();
    const { id } = await operator.upload(filesOf(dir));
    const of = async (path: string) => (await ask(path)).body;
    expect(await of(`/api/run?recording=${id}`)).toMatchObject({ mode: 'recorded', head: { seq } });
    expect(await of('/api/run')).toMatchObject({ mode: 'live' });
    expect(await of(`/api/moment/${seq}?recording=${id}`)).toMatchObject({ digest });
    const { entries } = await of(`/api/entries?limit=1&recording=${id}`);
    expect(entries).toMatchObject([{ seq }]);
    expect(await of(`/api/detail${door}?recording=${id}`)).toMatchObject({ seq });
    expect((await ask('/api/run?recording=none')).status).toBe(404);
    expect((await ask('/api/run?recordings=none')).status).toBe(400);
    const empty = await operator.begin();
    expect((await ask(`/api/run?recording=${empty}`)).body.type).toBe(
      'urn:kintsugi:recording-not-open',
    );
  });

  it('comes in pieces, each where the one before has ended', async () => {
    const { operator } = await doors();
    const { dir, seq } = await recordedDoor();
    const id = await operator.begin();
    for (const [name, bytes] of filesOf(dir)) {
      for (let at = 0; at < bytes.length; at += 999) {
        const { body } = await operator.put(id, name, bytes.subarray(at, at + 999), at);
        expect(body).toEqual({ bytes: Math.min(at + 999, bytes.length) });
      }
      const { status, body } = await operator.put(id, name, bytes.subarray(0, 1));
      expect([status, body.type]).toEqual([409, 'urn:kintsugi:out-of-place']);
      expect(body.detail).toContain(`'${name}' has ${bytes.length} bytes`);
    }
    expect((await operator.open(id)).body).toMatchObject({ state: 'open', head: { seq } });
    const late = await operator.put(id, 'segment-000002.ndjson', Buffer.from('x'));
    expect([late.status, late.body.type]).toEqual([409, 'urn:kintsugi:recording-open']);
  });

  it('shows its turns alone where its machines are unknown, and says why', async () => {
    const { operator } = await doors();
    const { dir, seq, digest } = await recordedDoor({ host: 'other' });
    const { body } = await operator.upload(filesOf(dir));
    expect(body).toMatchObject({ state: 'open', hasMachines: false, head: { seq, digest } });
    expect(body.note).toContain("written by host 'other'");
  });

  it('may be one segment without its head: what cannot be known is said', async () => {
    const { operator } = await doors();
    const { dir, seq, digest } = await recordedDoor();
    const alone = filesOf(dir).filter(([name]) => name === 'segment-000001.ndjson');
    const { body } = await operator.upload(alone);
    expect(body).toMatchObject({ state: 'open', hasMachines: true, head: { seq, digest } });
    expect(body.note).toContain('without head.json');
  });
});

describe('what is no recording', () => {
  it('is a damaged journal: by its error, without a word of where it lies', async () => {
    const { operator, kept, ask } = await doors();
    const { dir } = await recordedDoor();
    const files = filesOf(dir).map(([name, bytes]) => {
      if (name === 'segment-000001.ndjson') bytes[bytes.indexOf('"OPEN"') + 1] = 0x41;
      return [name, bytes] as const;
    });
    const { id, status, type, body } = await operator.upload(files);
    expect([status, type]).toEqual([422, 'application/problem+json']);
    expect(body).toMatchObject({ type: 'urn:kintsugi:journal-corrupt', title: 'Cannot be used' });
    expect(body.detail).toContain('Journal is damaged: segment-000001.ndjson, block');
    expect(kept()).toEqual([]);
    // Asked once more it says the same.
    expect((await operator.open(id)).body).toEqual(body);
    expect((await ask('/api/recordings')).body).toEqual([{ id, state: 'failed', bytes: 0 }]);
    expect((await ask(`/api/run?recording=${id}`)).status).toBe(409);
  });

  it.each([
    ['nothing', [], 'no-journal'],
    ['a later segment alone', [['segment-000002.ndjson', 'x']], 'no-journal'],
    ['a head alone', [['head.json', '{}']], 'no-journal'],
    ['rubbish', [['segment-000001.ndjson', 'rubbish\n']], 'journal-empty'],
    [
      'rubbish with a head',
      [
        ['segment-000001.ndjson', 'rubbish\n'],
        ['head.json', '{}'],
      ],
      'journal-corrupt',
    ],
  ] as const)('is %s', async (_, texts, type) => {
    const { operator, kept } = await doors();
    const files = texts.map(([name, text]) => [name, Buffer.from(text)] as const);
    const { status, body } = await operator.upload(files);
    expect([status, body.type]).toEqual([422, `urn:kintsugi:${type}`]);
    expect(body.detail).not.toContain('kintsugi-recording');
    expect(kept()).toEqual([]);
  });

  it('is a file of another name: refused, journaled, and nothing is written', async () => {
    const { operator, kept, refusals } = await doors();
    const id = await operator.begin();
    const names = ['../up.json', 'lock', 'segment-000001.ndjson/../../x', '%00', 'notes.txt'];
    for (const name of names) {
      const { status, body } = await operator.put(id, name, Buffer.from('x'));
      expect([name, status, body.type]).toEqual([name, 400, 'urn:kintsugi:name-refused']);
    }
    expect(kept()).toHaveLength(1);
    expect(await refusals()).toEqual({ NAME_REFUSED: 1 });
  });
});

describe('recordings', () => {
  it('take an operator, and refusals are journaled', async () => {
    const { url, tokens, operator, kept, refusals } = await doors();
    const id = await operator.begin();
    const looking = uploader(url, tokens.viewer);
    for (const [method, path] of [
      ['POST', ''],
      ['PUT', `/${id}/head.json`],
      ['POST', `/${id}/open`],
      ['DELETE', `/${id}`],
    ] as const) {
      const { status, body } = await looking.call(method, path);
      expect([status, body.type]).toEqual([403, 'urn:kintsugi:role-refused']);
    }
    expect(kept()).toHaveLength(1);
    expect(await refusals()).toEqual({ ROLE_REFUSED: 1 });
    expect((await uploader(url, 'wrong').call('POST', '')).status).toBe(401);
  });

  it('take only bytes, and only so many at a time', async () => {
    const { url, tokens, operator, refusals } = await doors();
    const id = await operator.begin();
    const put = (body: unknown, type: string) =>
      fetch(`${url}/api/recordings/${id}/head.json`, {
        ...{ method: 'PUT', body: body as string },
        headers: { authorization: `Bearer ${tokens.operator}`, 'content-type': type },
      });
    expect((await put('{}', 'application/json')).status).toBe(415);
    expect((await put('{}', 'text/plain')).status).toBe(415);
    const piece = Buffer.alloc(4_194_305);
    expect((await put(piece, 'application/octet-stream')).status).toBe(413);
    expect(await refusals()).toEqual({ TOO_LARGE: 1 });
    const whole = piece.subarray(1);
    expect((await put(whole, 'application/octet-stream')).status).toBe(200);
    // Other routes take no bytes.
    const order = await fetch(`${url}/api/trading-mode/halt`, {
      ...{ method: 'POST', body: Buffer.from('{"by":"ada","why":"x"}') as unknown as string },
      headers: {
        authorization: `Bearer ${tokens.operator}`,
        'content-type': 'application/octet-stream',
      },
    });
    expect(order.status).toBe(415);
  });

  it('are at most so many bytes in all, and none where the settings say 0', async () => {
    const { operator, refusals } = await doors({ recordingBytesMax: 100 });
    const [one, two] = [await operator.begin(), await operator.begin()];
    const put = async (id: string, count: number, offset = 0) =>
      (await operator.put(id, 'head.json', Buffer.alloc(count), offset)).status;
    expect(await put(one, 60)).toBe(200);
    expect(await put(two, 41)).toBe(413);
    expect(await put(two, 40)).toBe(200);
    expect(await put(one, 1, 60)).toBe(413);
    await operator.call('DELETE', `/${two}`);
    expect(await put(one, 40, 60)).toBe(200);
    expect(await refusals()).toEqual({ TOO_LARGE: 1 });
    const none = await doors({ recordingBytesMax: 0 });
    const { status, body } = await none.operator.call('POST', '');
    expect([status, body.type]).toEqual([403, 'urn:kintsugi:recordings-refused']);
    expect(none.kept()).toEqual([]);
  });

  it('are two at most: the oldest that nobody looks at makes room', async () => {
    const { operator, url, tokens, ask, kept } = await doors();
    const { dir } = await recordedDoor();
    const files = filesOf(dir);
    const watched = async () => {
      const { id } = await operator.upload(files);
      const seen = viewer(url, tokens.viewer, id);
      await seen.told('tree');
      return { id, seen };
    };
    const ids = async () => (await ask('/api/recordings')).body.map(({ id }: any) => id);
    const first = await watched();
    const { id: second } = await operator.upload(files);
    const third = await watched();
    expect(await ids()).toEqual([first.id, third.id]);
    expect((await operator.open(second)).status).toBe(404);
    const { status, body } = await operator.call('POST', '');
    expect([status, body.type]).toEqual([409, 'urn:kintsugi:too-many-recordings']);
    first.seen.socket.close();
    await first.seen.closed;
    const fourth = await operator.begin();
    expect(await ids()).toEqual([third.id, fourth]);
    expect(kept().filter(([name]) => !name.includes('/'))).toHaveLength(2);
  });

  it('are gone when the runtime stops, with those who look at them', async () => {
    const { operator, url, tokens, kept, t } = await doors();
    const { dir } = await recordedDoor();
    const { id } = await operator.upload(filesOf(dir));
    await operator.begin();
    const seen = viewer(url, tokens.viewer, id);
    await seen.told('tree');
    await t.runtime.stop();
    expect(await seen.closed).toBe(1_001);
    expect(kept()).toEqual([]);
  });

  it('that are not there are told of, and not asked for again', async () => {
    const { url, tokens, operator } = await doors();
    const empty = await operator.begin();
    for (const id of ['none', empty]) {
      const seen = viewer(url, tokens.viewer, id);
      expect((await seen.told('problem')).problem.code).toBe('NO_RECORDING');
      expect(await seen.closed).toBe(1_008);
    }
    const { status, body } = await operator.put('none', 'head.json', Buffer.from('x'));
    expect([status, body.type]).toEqual([404, 'urn:kintsugi:no-recording']);
  });

  it('that take long to open say so, and are asked again', async () => {
    const gate = Promise.withResolvers<void>();
    const tree = () => gate.promise.then(() => doorTree());
    const recordings = new Recordings({ bytesMax: 1 << 20, tree });
    const tokens = freshTokens();
    const server = await openHttpServer({
      ...{ tokens, settings: httpSettingsSchema.parse({ port: 0 }) },
      routes: recordingRoutes(recordings, 1),
    });
    onTestFinished(async () => {
      await server.close();
      await recordings.end();
    });
    const { call, begin, put } = uploader(server.url, tokens.operator);
    const id = await begin();
    for (const [name, bytes] of filesOf((await recordedDoor()).dir)) await put(id, name, bytes);
    expect((await call('POST', `/${id}/open`)).body).toEqual({ state: 'opening' });
    expect((await call('GET', '')).body).toMatchObject([{ id, state: 'opening' }]);
    gate.resolve();
    await recordings.open(id);
    expect((await call('POST', `/${id}/open`)).body).toMatchObject({ state: 'open' });
  });
});
