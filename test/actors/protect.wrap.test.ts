/** Protections around functions and methods; the `@` form through what TypeScript makes of it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { errorOf, protectRig } from '../support/protect-rig.ts';

const root = join(import.meta.dirname, '../..');
const retry = { jitter: 'none', minMs: 0 } as const;

describe('a wrapped function', () => {
  it('keeps its arguments, `this`, name and length', async () => {
    const { call } = protectRig();
    const shop = {
      price: 3,
      total: call.wrap(function total(this: { price: number }, count: number, more?: number) {
        return this.price * count + (more ?? 0);
      }),
    };
    expect(await shop.total(2)).toBe(6);
    expect(await shop.total(2, 1)).toBe(7);
    expect([shop.total.name, shop.total.length]).toEqual(['total', 2]);
  });

  it('reads its context before its first await, and nobody else does', async () => {
    const { call } = protectRig({ retry });
    const attempts: number[] = [];
    const inner = call.wrap(() => call.current.key);
    const outer = call.wrap(
      async (id: string) => {
        const { key, attempt } = call.current;
        attempts.push(attempt);
        const other = inner();
        expect(call.current.key).toBe(key);
        if (attempt === 1) throw Object.assign(new Error('down'), { retryable: true });
        return [key === id, (await other) !== key];
      },
      (id) => ({ key: id }),
    );
    expect(await outer('order-7')).toEqual([true, true]);
    expect(attempts).toEqual([1, 2]);
    expect(() => call.current).toThrow("'current' of 'quotes' is read before the first await");
    const thrower = call.wrap(() => {
      throw new Error('no');
    });
    await errorOf(thrower());
    expect(() => call.current).toThrow(TypeError);
  });

  it('is given up by the signal that its arguments bring', async () => {
    const { call } = protectRig();
    const wrapped = call.wrap(
      (_: AbortSignal) => new Promise<never>(() => {}),
      (signal) => ({ signal }),
    );
    const controller = new AbortController();
    const error = errorOf(wrapped(controller.signal));
    controller.abort('enough');
    expect(await error).toBe('enough');
  });
});

/** Compiles the class as a user's project would, and loads the result. */
async function compiled(): Promise<typeof import('../support/decorated.ts')> {
  const folder = mkdtempSync(join(tmpdir(), 'kintsugi-decorators-'));
  try {
    const compilerOptions = {
      noEmit: false,
      rootDir: root,
      outDir: join(folder, 'out'),
      target: 'es2022',
      // The types have been checked with those of all files; this is about what comes out.
      noCheck: true,
      noResolve: true,
      types: [],
      paths: {},
    };
    const files = [join(root, 'test/support/decorated.ts')];
    const project = join(folder, 'tsconfig.json');
    const settings = { extends: join(root, 'tsconfig.json'), compilerOptions, files, include: [] };
    writeFileSync(project, JSON.stringify(settings));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const typescript = dirname(fileURLToPath(import.meta.resolve('typescript/package.json')));
    execFileSync(process.execPath, [join(typescript, 'bin/tsc'), '-p', project], { stdio: 'pipe' });
    const url = pathToFileURL(join(folder, 'out/test/support/decorated.js')).href;
    return await import(/* @vite-ignore */ url);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('as a decorator', () => {
  it('protects methods, static ones too, and keeps `this` and names', async () => {
    const { quotesClass } = await compiled();
    const { call } = protectRig({ retry });
    const other = protectRig({ fallback: 'old' });
    const Quotes = quotesClass(call, () => other.call);
    const quotes = new Quotes();
    expect(await quotes.price('BTC', 2)).toBe('BTC 7 false');
    expect(quotes.seen).toMatchObject([{ attempt: 1 }, { attempt: 2 }, { attempt: 3 }]);
    expect(new Set(quotes.seen.map((seen) => (seen as { key: string }).key)).size).toBe(1);
    expect(call.metrics()).toMatchObject({ startedCount: 1, attemptCount: 3, succeededCount: 1 });
    expect([Quotes.prototype.price.name, Quotes.latest.name]).toEqual(['price', 'latest']);
    expect(await Quotes.latest()).toBe('old');
    expect(other.call.metrics()).toMatchObject({ failedCount: 1, fallbackCount: 1 });
  }, 60_000);

  it('refuses what is no method', () => {
    const { call } = protectRig();
    const getter = async () => 1;
    expect(() => call(getter, { kind: 'getter', name: 'x' })).toThrow(
      'decorates methods, got a getter',
    );
  });
});
