import { readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Recordings, type RecordingsOptions } from '../../../runtime/inspector/recordings.ts';
import { door, doorTree } from '../../support/live.ts';
import { filesOf, privateFolder, recordedDoor } from '../../support/recorded.ts';

function kept(options: Partial<RecordingsOptions> = {}) {
  const temporary = privateFolder();
  vi.stubEnv('TMPDIR', temporary);
  const recordings = new Recordings({ bytesMax: 1 << 20, ...options });
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await recordings.end();
  });
  const fill = async () => {
    const files = filesOf((await recordedDoor()).dir);
    const id = await recordings.begin();
    for (const [name, bytes] of files) await recordings.put(id, name, 0, bytes);
    return id;
  };
  const folders = () => readdirSync(temporary).filter((name) => name.includes('recording'));
  return { recordings, fill, folders, temporary };
}

describe('recordings', () => {
  it('open for several at once with one answer, with the children of that time', async () => {
    let asked = 0;
    const children = () => {
      asked++;
      return {};
    };
    const { recordings, fill } = kept({ tree: doorTree(), children });
    const id = await fill();
    expect(asked).toBe(0);
    const sources = await Promise.all([recordings.open(id), recordings.open(id)]);
    expect(sources[0]).toBe(sources[1]);
    expect(recordings.source(id)).toBe(sources[0]);
    expect((await sources[0].detail(door, 'now')).path).toBe(door);
    expect(recordings.list()).toMatchObject([{ id, state: 'open' }]);
  });

  it('end while they are being opened: whoever waits is told, and nothing is left', async () => {
    const gate = Promise.withResolvers<void>();
    const tree = () => gate.promise.then(() => doorTree());
    const { recordings, fill, folders } = kept({ tree });
    const id = await fill();
    const opening = recordings.open(id);
    const closed = recordings.close(id, 'closed in a test');
    gate.resolve();
    await expect(opening).rejects.toMatchObject({ code: 'NO_RECORDING' });
    await closed;
    expect(folders()).toEqual([]);
    expect(recordings.hub(id)).toBeUndefined();
    expect(recordings.list()).toEqual([]);
  });

  it('are begun by several at once, and stay few', async () => {
    const { recordings, folders } = kept();
    const ids = await Promise.all(Array.from({ length: 5 }, () => recordings.begin()));
    expect(recordings.list().map(({ id }) => id)).toEqual(ids.slice(3));
    expect(folders()).toHaveLength(2);
  });

  it('take the pieces of one file in the order of their places', async () => {
    const { recordings } = kept({ tree: doorTree() });
    const id = await recordings.begin();
    for (const [name, bytes] of filesOf((await recordedDoor()).dir)) {
      const cut = bytes.length >> 1;
      const [first, second] = [bytes.subarray(0, cut), bytes.subarray(cut)];
      const both = [recordings.put(id, name, 0, first), recordings.put(id, name, cut, second)];
      expect(await Promise.all(both)).toEqual([cut, bytes.length]);
    }
    expect((await recordings.open(id)).hasMachines).toBe(true);
  });

  it('write a long piece before a short one that came behind it', async () => {
    const { recordings, folders, temporary } = kept({ bytesMax: 1 << 26 });
    const id = await recordings.begin();
    const long = new Uint8Array(8 << 20);
    const last = recordings.put(id, 'head.json', 0, long);
    await recordings.put(id, 'head.json', long.length, new Uint8Array([1]));
    await last;
    const bytes = readFileSync(join(temporary, folders()[0]!, 'head.json'));
    expect([bytes.length, bytes.at(-1)]).toEqual([long.length + 1, 1]);
  });

  it('that cannot be kept are given up, with the reason', async () => {
    const { recordings, temporary, folders } = kept();
    const id = await recordings.begin();
    await rm(join(temporary, folders()[0]!), { recursive: true });
    const put = recordings.put(id, 'head.json', 0, Buffer.from('x'));
    await expect(put).rejects.toMatchObject({ status: 503, code: 'NOT_KEPT' });
    await expect(put).rejects.toThrow('ENOENT');
    expect(recordings.list()).toEqual([]);
  });

  it('have only so many files', async () => {
    const { recordings } = kept();
    const id = await recordings.begin();
    const nameOf = (seq: number) => `snapshot-${String(seq).padStart(12, '0')}.ndjson`;
    const none = new Uint8Array();
    for (let seq = 0; seq < 1_000; seq++) await recordings.put(id, nameOf(seq), 0, none);
    const more = recordings.put(id, nameOf(1_000), 0, none);
    await expect(more).rejects.toMatchObject({ status: 413 });
    expect(await recordings.put(id, nameOf(1), 0, Buffer.from('x'))).toBe(1);
  });

  it('make room for the bytes of another one where nobody looks at them', async () => {
    const { recordings, fill, folders } = kept({ bytesMax: 100_000, tree: doorTree() });
    const id = await fill();
    await recordings.open(id);
    const leave = recordings.hub(id)!.join({ isReady: true, send() {}, end() {} });
    const { bytes } = recordings.list()[0]!;
    const piece = new Uint8Array(100_001 - bytes);
    const other = await recordings.begin();
    const refused = recordings.put(other, 'head.json', 0, piece);
    await expect(refused).rejects.toMatchObject({ code: 'TOO_LARGE' });
    expect(await recordings.put(other, 'head.json', 0, piece.subarray(1))).toBe(100_000 - bytes);
    leave();
    expect(recordings.list()).toHaveLength(2);
    await recordings.put(other, 'public-key.pem', 0, new Uint8Array(1));
    expect(recordings.list()).toEqual([{ id: other, state: 'filling', bytes: 100_001 - bytes }]);
    expect(folders()).toHaveLength(1);
  });

  it('take no more once they have ended', async () => {
    const { recordings, folders } = kept();
    await recordings.begin();
    await recordings.end();
    expect(folders()).toEqual([]);
    await expect(recordings.begin()).rejects.toMatchObject({ code: 'RECORDINGS_REFUSED' });
  });
});
