/**
 * What every `LeaseStore` promises. Each implementation runs this suite. `open` gives one more
 * client of one and the same store; `pass` lets its time go by.
 */
import { describe, expect, it } from 'vitest';
import type { LeaseOutcome, LeaseStore } from '../../../actors/ports.ts';

export interface StoreUnderTest {
  open(): LeaseStore;
  pass(ms: number): Promise<void> | void;
}

type Make = () => Promise<StoreUnderTest> | StoreUnderTest;

const name = 'role';
const ttlMs = 1_000;
const roundCount = 20;

const ask = (store: LeaseStore, holder: string, afterEpoch?: number) =>
  store.acquire({ name, holder, ttlMs, ...(afterEpoch === undefined ? {} : { afterEpoch }) });

function granted(outcome: LeaseOutcome): number {
  expect(outcome.kind).toBe('ok');
  return outcome.kind === 'ok' ? outcome.lease.epoch : Number.NaN;
}

function grants(make: Make): void {
  it('has nothing to tell of a role that nobody ever had', async () => {
    const store = (await make()).open();
    expect(await store.get(name)).toBeUndefined();
    expect(await store.renew({ name, holder: 'a', epoch: 1 })).toEqual({
      kind: 'fenced',
      epoch: 0,
    });
    expect(await store.release({ name, holder: 'a', epoch: 1 })).toMatchObject({ kind: 'fenced' });
  });

  it('grants a free role under an epoch above 0, and tells everybody', async () => {
    const test = await make();
    const epoch = granted(await ask(test.open(), 'a'));
    expect(epoch).toBeGreaterThan(0);
    const lease = { name, holder: 'a', epoch, ttlMs, status: 'held' };
    expect(await test.open().get(name)).toMatchObject(lease);
    expect(await ask(test.open(), 'b')).toMatchObject({ kind: 'held', lease });
  });

  it('lets exactly one of several racers win, each time under a higher epoch', async () => {
    const test = await make();
    let last = 0;
    for (let round = 0; round < roundCount; round += 1) {
      const racers = ['a', 'b', 'c', 'd', 'e'].map((holder) => `${holder}${round}`);
      const outcomes = await Promise.all(racers.map((holder) => ask(test.open(), holder)));
      const won = outcomes.filter(({ kind }) => kind === 'ok');
      expect(won).toHaveLength(1);
      expect(outcomes.filter(({ kind }) => kind === 'held')).toHaveLength(4);
      const epoch = granted(won[0]!);
      expect(epoch).toBeGreaterThan(last);
      last = epoch;
      const holder = racers[outcomes.indexOf(won[0]!)]!;
      await test.open().release({ name, holder, epoch });
    }
  });

  it('keeps roles apart, whatever their names begin with', async () => {
    const store = (await make()).open();
    for (const other of ['role', 'role.1', 'role:x', 'role.000000000009']) {
      const outcome = await store.acquire({ name: other, holder: other, ttlMs });
      expect(granted(outcome)).toBe(1);
    }
    expect(await store.get('role')).toMatchObject({ holder: 'role', epoch: 1 });
  });

  it('grants an epoch above the one that the holder has seen elsewhere', async () => {
    const store = (await make()).open();
    expect(granted(await ask(store, 'a', 41))).toBe(42);
    expect(granted(await ask(store, 'a', 41))).toBe(42);
    expect(granted(await ask(store, 'a', 42))).toBe(43);
  });
}

function ends(make: Make): void {
  it('is free once its length has passed without a renewal, and not before', async () => {
    const test = await make();
    const [a, b] = [test.open(), test.open()];
    const epoch = granted(await ask(a, 'a'));
    expect((await ask(b, 'b')).kind).toBe('held');
    await test.pass(ttlMs - 1);
    expect((await ask(b, 'b')).kind).toBe('held');
    await test.pass(1);
    expect(await b.get(name)).toMatchObject({ status: 'expired', epoch, holder: 'a' });
    expect(granted(await ask(b, 'b'))).toBeGreaterThan(epoch);
  });

  it('lasts as long as it is renewed, and others see that it is', async () => {
    const test = await make();
    const [a, b] = [test.open(), test.open()];
    const epoch = granted(await ask(a, 'a'));
    const counts: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      await test.pass(ttlMs - 1);
      expect((await a.renew({ name, holder: 'a', epoch })).kind).toBe('ok');
      const seen = await b.get(name);
      expect(seen).toMatchObject({ status: 'held', epoch });
      counts.push(seen!.renewalCount);
    }
    expect(new Set(counts).size).toBe(4);
    expect(counts.toSorted((x, y) => x - y)).toEqual(counts);
  });

  it('is given to its holder again, renewed, under the same epoch', async () => {
    const test = await make();
    const [a, b] = [test.open(), test.open()];
    const epoch = granted(await ask(a, 'a'));
    await test.pass(ttlMs - 1);
    expect(granted(await ask(a, 'a'))).toBe(epoch);
    expect((await b.get(name))?.renewalCount).toBeGreaterThan(0);
    await test.pass(ttlMs - 1);
    expect((await ask(b, 'b')).kind).toBe('held');
  });
}

function staysEnded(make: Make): void {
  it('cannot be renewed once it has ended, taken by another or not', async () => {
    const test = await make();
    const [a, b] = [test.open(), test.open()];
    const first = granted(await ask(a, 'a'));
    await a.get(name);
    await test.pass(ttlMs);
    const fenced = { kind: 'fenced', epoch: first };
    expect(await a.renew({ name, holder: 'a', epoch: first })).toEqual(fenced);
    await b.get(name);
    await test.pass(ttlMs);
    const second = granted(await ask(b, 'b'));
    for (let tries = 0; tries < 3; tries += 1) {
      const outcome = await a.renew({ name, holder: 'a', epoch: first });
      expect(outcome).toEqual({ kind: 'fenced', epoch: second });
    }
    expect(await a.release({ name, holder: 'a', epoch: first })).toMatchObject({ kind: 'fenced' });
    expect(await b.get(name)).toMatchObject({ holder: 'b', status: 'held' });
  });

  it('is free at once after its release, and keeps its epoch', async () => {
    const test = await make();
    const [a, b] = [test.open(), test.open()];
    const epoch = granted(await ask(a, 'a'));
    expect(await a.release({ name, holder: 'a', epoch })).toMatchObject({ kind: 'ok' });
    expect(await b.get(name)).toMatchObject({ status: 'released', epoch });
    expect((await a.renew({ name, holder: 'a', epoch })).kind).toBe('fenced');
    expect(granted(await ask(b, 'b'))).toBeGreaterThan(epoch);
  });

  it('is neither renewed nor released by others, nor under another epoch', async () => {
    const test = await make();
    const store = test.open();
    const epoch = granted(await ask(store, 'a'));
    for (const wrong of [
      { holder: 'b', epoch },
      { holder: 'a', epoch: epoch + 1 },
    ]) {
      expect((await store.renew({ name, ...wrong })).kind).toBe('fenced');
      expect((await store.release({ name, ...wrong })).kind).toBe('fenced');
    }
    expect(await store.get(name)).toMatchObject({ status: 'held', renewalCount: 0 });
  });
}

export function leaseStoreConformance(title: string, make: Make): void {
  describe(`${title} as a lease store`, () => {
    grants(make);
    ends(make);
    staysEnded(make);
  });
}
