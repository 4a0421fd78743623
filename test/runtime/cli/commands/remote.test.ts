import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { execute } from '../../../../runtime/cli/execute.ts';
import { createRuntime } from '../../../../runtime/create-runtime.ts';
import { tokenFileOf } from '../../../../runtime/http/tokens.ts';
import { fakeIo } from '../fake-io.ts';

const signed = ['--by', 'ada', '--why', 'test'];

async function running() {
  const parent = mkdtempSync(join(tmpdir(), 'kintsugi-remote-'));
  const journal = join(parent, 'journal');
  const runtime = await createRuntime({ journal, http: { port: 0 } });
  await runtime.start();
  onTestFinished(async () => {
    await runtime.stop();
    rmSync(parent, { recursive: true, force: true });
  });
  const command = async (...args: string[]) => {
    const io = fakeIo();
    const code = await execute([...args, '--journal', journal], io);
    return { code, out: io.stdout.text, err: io.stderr.text };
  };
  return { runtime, journal, command };
}

it('status says where a running runtime stands', async () => {
  const { command, runtime } = await running();
  const { code, out } = await command('status', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    ...{ status: 'running', seq: runtime.seq, ready: { status: 'ready' } },
  });
  expect((await command('status')).out).toMatch(/^tradingMode +reconciling$/m);
});

it('status ends with 1 when no work should come', async () => {
  const { command, runtime } = await running();
  const check = () => {
    throw new Error('gone');
  };
  runtime.health.probe({ id: 'broker', critical: true, failureCountMax: 1, check });
  await runtime.health.check();
  const { code, out } = await command('status');
  expect([code, out]).toEqual([1, expect.stringContaining("component 'broker' is down")]);
});

it('breakers are listed and ordered about', async () => {
  const { command, runtime } = await running();
  const breaker = runtime.breaker('a:b');
  expect((await command('breaker', 'isolate', '/breakers/a:b', ...signed)).code).toBe(0);
  expect(breaker.state).toBe('isolated');
  expect((await command('breaker', 'list')).out).toMatch(/^\/breakers\/a:b +isolated +0/m);
  expect((await command('breaker', 'metrics-only', '/breakers/a:b', ...signed)).code).toBe(0);
  expect(breaker.state).toBe('metricsOnly');
  const { code, err } = await command('breaker', 'reset', '/breakers/none', ...signed);
  expect([code, err]).toEqual([1, "There is no breaker at '/breakers/none'.\n"]);
  expect((await command('breaker', 'reset', '/breakers/a:b')).code).toBe(2);
});

it('the trading mode is ordered, and an alert is taken on', async () => {
  const { command, runtime } = await running();
  const halted = await command('trading-mode', 'halt', ...signed);
  expect(halted).toMatchObject({ code: 0, out: 'Trading is halted now.\n' });
  const [alert] = runtime.alerts.list();
  expect((await command('alert', 'list')).out).toContain('Trading is halted by ada: test');
  expect((await command('alert', 'acknowledge', alert!.id, '--by', 'bob')).code).toBe(0);
  expect(runtime.alerts.list()[0]?.acknowledgedBy).toBe('bob');
  const resumed = await command('trading-mode', 'resume', '--scope', 'ada', ...signed);
  expect(resumed.out).toBe('Trading is reconciling now.\n');
  const wrong = await command('trading-mode', 'resume', '--scope', 'eve', ...signed);
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('by: nobody')]);
});

it('commands say how to reach a runtime that they do not find', async () => {
  const { command, runtime, journal } = await running();
  const { url } = runtime.http!;
  chmodSync(tokenFileOf(journal), 0o644);
  expect((await command('status')).err).toContain('Others can read the tokens');
  chmodSync(tokenFileOf(journal), 0o600);
  const io = fakeIo();
  await execute(['status', '--url', url, '--token-file', `${journal}.none`], io);
  expect(io.stderr.text).toContain('cannot be read (ENOENT)');
  await runtime.stop();
  const { code, err } = await command('status');
  expect([code, err]).toEqual([1, expect.stringContaining("run with '--port'?")]);
  expect((await command('status', '--url', url)).err).toContain('ECONNREFUSED');
});
