/** Leases in files: what they promise more than others, and what the file system does to them. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type FileSystem, nodeFileSystem } from '../../../runtime/journal/file-system.ts';
import { fileLeases } from '../../../runtime/lease/file-leases.ts';
import { temporaryFolder } from '../journal/folders.ts';
import { leaseStoreConformance } from './lease-store.conformance.ts';

async function folder(fileSystem?: FileSystem) {
  const dir = join(await temporaryFolder(), 'leases');
  const time = { now: 0 };
  const options = { now: () => time.now, ...(fileSystem ? { fileSystem } : {}) };
  return { dir, time, open: () => fileLeases(dir, options) };
}

leaseStoreConformance('fileLeases', async () => {
  const { open, time } = await folder();
  return {
    open,
    pass: (ms) => {
      time.now += ms;
    },
  };
});

const request = (holder: string) => ({ name: 'role', holder, ttlMs: 1_000 });

/** A file system that does something else before one of its calls, once. */
function interrupted(call: 'link' | 'rename', before: () => Promise<unknown>) {
  const state = { isArmed: false };
  const fileSystem: FileSystem = {
    ...nodeFileSystem,
    async [call](from: string, to: string) {
      if (state.isArmed) {
        state.isArmed = false;
        await before();
      }
      await nodeFileSystem[call](from, to);
    },
  };
  return { state, fileSystem };
}

describe('leases in files', () => {
  it('are whole files, one for each epoch, and nothing else is left behind', async () => {
    const { dir, open } = await folder();
    const outcome = await open().acquire(request('a'));
    if (outcome.kind !== 'ok') throw new Error(outcome.kind);
    const { epoch } = outcome.lease;
    await open().renew({ name: 'role', holder: 'a', epoch });
    await open().release({ name: 'role', holder: 'a', epoch });
    expect((await open().acquire(request('b'))).kind).toBe('ok');
    expect(readdirSync(dir).toSorted()).toEqual([
      'role.000000000001.lease',
      'role.000000000002.lease',
    ]);
    expect(JSON.parse(readFileSync(join(dir, 'role.000000000001.lease'), 'utf8'))).toEqual({
      holder: 'a',
      ttlMs: 1_000,
      renewalCount: 1,
      isReleased: true,
    });
  });

  it('are waited out in full by a client that has just begun to look', async () => {
    const { open, time } = await folder();
    await open().acquire(request('a'));
    time.now += 5_000;
    const fresh = open();
    expect((await fresh.acquire(request('b'))).kind).toBe('held');
    time.now += 999;
    expect((await fresh.acquire(request('b'))).kind).toBe('held');
    time.now += 1;
    expect((await fresh.acquire(request('b'))).kind).toBe('ok');
  });

  it('cannot be renewed by a holder that was paused between looking and writing', async () => {
    const other = { take: async (): Promise<unknown> => undefined };
    const { state, fileSystem } = interrupted('rename', () => other.take());
    const { open, dir, time } = await folder(fileSystem);
    const [paused, rival] = [open(), fileLeases(dir, { now: () => time.now })];
    await paused.acquire(request('a'));
    await rival.get('role');
    time.now += 999;
    other.take = async () => {
      time.now += 1;
      expect((await rival.acquire(request('b'))).kind).toBe('ok');
    };
    state.isArmed = true;
    const outcome = await paused.renew({ name: 'role', holder: 'a', epoch: 1 });
    expect(outcome).toEqual({ kind: 'fenced', epoch: 2 });
    expect(await rival.get('role')).toMatchObject({ holder: 'b', epoch: 2, status: 'held' });
    expect(readdirSync(dir)).toHaveLength(2);
  });

  it('are not taken from whoever was faster by one that was paused before it wrote', async () => {
    const others = { take: async (): Promise<unknown> => undefined };
    const { state, fileSystem } = interrupted('link', () => others.take());
    const { open, dir, time } = await folder(fileSystem);
    const rival = fileLeases(dir, { now: () => time.now });
    others.take = async () => {
      expect((await rival.acquire(request('b'))).kind).toBe('ok');
    };
    state.isArmed = true;
    expect(await open().acquire(request('a'))).toMatchObject({
      kind: 'held',
      lease: { holder: 'b', epoch: 1 },
    });
    expect((await rival.renew({ name: 'role', holder: 'b', epoch: 1 })).kind).toBe('ok');
  });

  it('cannot be taken by one that was paused while others took and gave many', async () => {
    const others = { take: async (): Promise<unknown> => undefined };
    const { state, fileSystem } = interrupted('link', () => others.take());
    const { open, dir, time } = await folder(fileSystem);
    const rival = fileLeases(dir, { now: () => time.now });
    others.take = async () => {
      // So many that the epoch that is wanted is forgotten.
      for (let epoch = 1; epoch <= 40; epoch += 1) {
        await rival.acquire(request(`b${epoch}`));
        if (epoch < 40) await rival.release({ name: 'role', holder: `b${epoch}`, epoch });
      }
    };
    state.isArmed = true;
    const outcome = await open().acquire(request('a'));
    expect(outcome).toMatchObject({ kind: 'held', lease: { holder: 'b40', epoch: 40 } });
    expect(readdirSync(dir).length).toBeLessThan(20);
  });

  it('say that nothing is known when a file cannot be read', async () => {
    const { open, dir } = await folder();
    mkdirSync(join(dir, 'role.000000000001.lease'), { recursive: true });
    expect(await open().get('role')).toBeUndefined();
    expect((await open().acquire(request('b'))).kind).toBe('unknownOutcome');
    expect((await open().renew({ name: 'role', holder: 'a', epoch: 1 })).kind).toBe(
      'unknownOutcome',
    );
  });

  it.each(['', '{"holder":'])(
    'are over, and keep their epoch, where one is torn: %o',
    async (text) => {
      const { open, dir } = await folder();
      await open().acquire(request('a'));
      writeFileSync(join(dir, 'role.000000000001.lease'), text);
      expect(await open().get('role')).toMatchObject({ status: 'expired', epoch: 1 });
      expect(await open().renew({ name: 'role', holder: 'a', epoch: 1 })).toEqual({
        kind: 'fenced',
        epoch: 1,
      });
      expect(await open().acquire(request('b'))).toMatchObject({ kind: 'ok', lease: { epoch: 2 } });
    },
  );

  it('refuse a name that is no part of a file name', async () => {
    const { open } = await folder();
    await expect(open().acquire({ ...request('a'), name: '../role' })).rejects.toThrow(TypeError);
  });
});
