/** Settings that change while the runtime runs, and the breakers that live by them. */
import { describe, expect, it } from 'vitest';
import { assign, createMachine } from 'xstate';
import { child, supervisor } from '../../actors/child.ts';
import { circuitBreakerChild } from '../../actors/circuit-breaker.ts';
import { testRuntime } from '../../runtime/testing/test-runtime.ts';
import { expectReplays } from '../support/expect-replays.ts';

const because = { by: 'ada', why: 'test' };
const fail = () => Promise.reject(new Error('down'));

describe('a patch of settings', () => {
  const level = (value: string) => [{ op: 'replace', path: '/log/level', value }] as const;
  /** Keeps the level that it was told, and when it was told. */
  const listener = createMachine({
    id: 'listener',
    types: {} as { context: { level: string; told: number }; input: { level: string } },
    context: ({ input }) => ({ level: input.level, told: 0 }),
    on: {
      SETTINGS_CHANGED: {
        actions: assign({
          level: ({ event }) => (event['settings'] as { level: string }).level,
          told: ({ context }) => context.told + 1,
        }),
      },
    },
  });
  const spec = (id: string, settings?: string) =>
    child({
      id,
      logic: listener,
      settings,
      input: (scope: { settings: unknown }) => ({
        level: settings ? (scope.settings as { level: string }).level : 'none',
      }),
    });
  const tree = supervisor({
    id: 'app',
    children: [spec('a', '/log'), spec('b', '/log'), spec('c')],
  });

  it('reaches everyone who lives by them, in one turn, and nobody else', async () => {
    await using test = await testRuntime({ tree });
    const before = test.runtime.seq;
    const old = test.runtime.settings.current;
    test.runtime.settings.patch(level('debug'), because);
    expect(test.runtime.settings.current.log.level).toBe('debug');
    expect(old.log.level).not.toBe('debug');
    expect(['a', 'b', 'c'].map((id) => test.snapshot(`/app/${id}`)?.context)).toEqual([
      { level: 'debug', told: 1 },
      { level: 'debug', told: 1 },
      { level: 'none', told: 0 },
    ]);
    expect(test.runtime.seq).toBe(before + 1);
    expect((await test.journal()).at(-1)!.input).toMatchObject({
      kind: 'settings',
      class: 'safety',
      event: { by: 'ada', why: 'test', patch: level('debug') },
    });
    await expectReplays(test);
  });

  it('that changes nothing for an actor does not disturb it', async () => {
    await using test = await testRuntime({ tree });
    test.runtime.settings.patch([{ op: 'replace', path: '/mailbox/countMax', value: 7 }], because);
    expect(test.snapshot('/app/a')?.context).toMatchObject({ told: 0 });
  });

  it('that is not allowed changes nothing and is no entry', async () => {
    await using test = await testRuntime({ tree });
    const { seq, settings } = test.runtime;
    const before = settings.current;
    expect(() => settings.patch(level('loud'), because)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
    expect(settings.current).toBe(before);
    expect(test.runtime.seq).toBe(seq);
  });

  it('gives frozen settings', async () => {
    await using test = await testRuntime({ tree });
    test.runtime.settings.patch(level('debug'), because);
    expect(Object.isFrozen(test.runtime.settings.current)).toBe(true);
    expect(Object.isFrozen(test.runtime.settings.current.log)).toBe(true);
  });

  it('is what an actor finds that starts after it', async () => {
    await using test = await testRuntime({ tree });
    test.runtime.settings.patch(level('debug'), because);
    await test.runtime.restart('/app/a');
    expect(test.snapshot('/app/a')?.context).toEqual({ level: 'debug', told: 0 });
  });
});

describe('a breaker by name', () => {
  it('is made when it is new, lives at its path, and is the same handle ever after', async () => {
    await using test = await testRuntime();
    const breaker = test.runtime.breaker('quotes', { callTimeoutMs: 100 });
    expect(test.runtime.breaker('quotes')).toBe(breaker);
    expect(test.runtime.settings.current.breakers['quotes']).toMatchObject({ callTimeoutMs: 100 });
    expect(test.snapshot('/breakers/quotes')).toMatchObject({ value: 'closed' });
    await expectReplays(test);
  });

  it('keeps the settings that it has when it is asked for without any', async () => {
    await using test = await testRuntime({
      settings: { breakers: { quotes: { callTimeoutMs: 77 } } },
    });
    test.runtime.breaker('quotes');
    test.runtime.breaker('quotes', { openDurationMs: 5_000 });
    expect(test.runtime.settings.current.breakers['quotes']).toMatchObject({
      callTimeoutMs: 77,
      openDurationMs: 5_000,
    });
  });

  it('trips, probes and recovers in logical time, and replays', async () => {
    await using test = await testRuntime();
    const breaker = test.runtime.breaker('quotes', { openBackoff: { jitterRatio: 0 } });
    for (let i = 0; i < 5; i++) await breaker.execute(fail).catch(() => {});
    expect(breaker.state).toBe('open');
    await test.advance(59_999);
    expect(breaker.state).toBe('open');
    await test.advance(1);
    expect(breaker.state).toBe('halfOpen');
    await expectReplays(test);
  });

  it('is reached by a live patch', async () => {
    await using test = await testRuntime();
    const breaker = test.runtime.breaker('quotes');
    const path = '/breakers/quotes/window';
    const value = { kind: 'consecutive', failureCountMax: 1 };
    test.runtime.settings.patch([{ op: 'replace', path, value }], because);
    await breaker.execute(fail).catch(() => {});
    expect(breaker.state).toBe('open');
  });

  it('is refused when its settings are not allowed', async () => {
    await using test = await testRuntime();
    const { seq } = test.runtime;
    expect(() => test.runtime.breaker('quotes', { callTimeoutMs: -1 })).toThrow();
    expect(test.runtime.seq).toBe(seq);
  });
});

describe('a breaker by path', () => {
  it('is that of the tree', async () => {
    const spec = circuitBreakerChild({ id: 'b', settings: '/breakers/b' });
    const tree = supervisor({ id: 'app', children: [spec] });
    const settings = { breakers: { b: { window: { kind: 'consecutive', failureCountMax: 1 } } } };
    await using test = await testRuntime({ tree, settings: settings as never });
    const breaker = test.runtime.breaker('/app/b');
    await breaker.execute(fail).catch(() => {});
    expect([breaker.state, test.snapshot('/app/b')?.value]).toEqual(['open', 'open']);
  });

  it('is refused when there is none', async () => {
    await using test = await testRuntime();
    expect(() => test.runtime.breaker('/app/none')).toThrow("There is no breaker at '/app/none'");
  });
});
