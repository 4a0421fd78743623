/** Commands that give orders to parts of a running runtime, over HTTP. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { execute } from '../../../../runtime/cli/execute.ts';
import { createRuntime } from '../../../../runtime/create-runtime.ts';
import { fakeSides } from '../../../support/failover-sides.ts';
import { onePatient, patientKey, timeout } from '../../../support/secr-rig.ts';
import { fakeIo } from '../fake-io.ts';

const signed = ['--by', 'ada', '--why', 'test'];

/** A runtime with doors, on a journal in memory unless a folder is given. */
async function running(journal?: string) {
  const given = journal === undefined ? {} : { journal, control: true };
  const runtime = await createRuntime({ ...given, http: { port: 0 }, settings: onePatient() });
  await runtime.start();
  onTestFinished(() => runtime.stop());
  return runtime;
}

function folder(): string {
  const parent = mkdtempSync(join(tmpdir(), 'kintsugi-orders-'));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  return join(parent, 'journal');
}

async function desk() {
  const journal = folder();
  const runtime = await running(journal);
  const command = async (...args: string[]) => {
    const io = fakeIo();
    const code = await execute([...args, '--journal', journal], io);
    return { code, out: io.stdout.text, err: io.stderr.text };
  };
  return { runtime, journal, command };
}

it('failover pairs are listed, moved and suspended', async () => {
  const { runtime, command } = await desk();
  expect((await command('failover', 'list')).out).toBe('No failover pairs.\n');
  const { primary, backup } = fakeSides();
  const pair = runtime.failover('desk', { primary, backup, policy: 'manual' });
  await vi.waitFor(() => expect(pair.state).toBe('primary'));
  const list = await command('failover', 'list');
  expect(list.out).toMatch(/^desk +primary +primary +yes +1 +.* +manual$/m);
  expect((await command('failover', 'switch', 'desk', ...signed)).code).toBe(2);
  const moved = await command('failover', 'switch', 'desk', '--to', 'backup', ...signed);
  expect([moved.code, moved.out]).toEqual([0, expect.stringMatching(/^desk +/m)]);
  await vi.waitFor(() => expect(pair.state).toBe('backup'));
  const back = await command('failover', 'back', 'desk', ...signed, '--json');
  expect([back.code, JSON.parse(back.out).pair.name]).toEqual([0, 'desk']);
  await vi.waitFor(() => expect(pair.state).toBe('primary'));
  const again = await command('failover', 'back', 'desk', ...signed);
  expect([again.code, again.err]).toEqual([1, expect.stringContaining('it is active already')]);
  expect((await command('failover', 'suspend', 'desk', ...signed)).out).toMatch(
    /suspended by ada: test$/m,
  );
  expect((await command('failover', 'resume', 'desk', ...signed)).code).toBe(0);
  expect(pair.suspension).toBeNull();
});

it('recoveries are listed, shown with their times, held and ended', async () => {
  const { runtime, command } = await desk();
  expect((await command('recover', 'list')).out).toBe('No recoveries.\n');
  const ended = runtime.recovery.run({
    id: 'desk',
    components: {
      session: { priority: 'critical', dependsOn: ['feed'], start: () => new Promise(() => {}) },
      feed: { start: () => {} },
    },
  });
  await vi.waitFor(() =>
    expect(runtime.recovery.list()).toMatchObject([{ report: { validatedCount: 1 } }]),
  );
  expect((await command('recover', 'hold', 'desk', ...signed)).out).toMatch(/^Done: hold desk/);
  expect((await command('recover', 'list')).out).toMatch(/^desk +held +1 of 2 there/m);
  const shown = await command('recover', 'show', 'desk');
  expect(shown.code).toBe(0);
  const rows = shown.out.split('\n').map((row) => row.split(/ {2,}/).slice(0, 3));
  // In the order of their dependencies, not as they were given.
  expect(rows.slice(2, 4)).toEqual([
    ['feed', 'core', 'validated'],
    ['session', 'critical', 'running'],
  ]);
  expect((await command('recover', 'resume', 'desk', ...signed)).code).toBe(0);
  const twice = await command('recover', 'resume', 'desk', ...signed);
  expect([twice.code, twice.err]).toEqual([1, expect.stringContaining('is recovering')]);
  expect((await command('recover', 'cancel', 'desk', ...signed)).code).toBe(0);
  expect(await ended).toMatchObject({ outcome: 'failed' });
  const after = await command('recover', 'show', 'desk', '--json');
  expect([after.code, JSON.parse(after.out).outcome]).toEqual([1, 'failed']);
  const none = await command('recover', 'show', 'none');
  expect([none.code, none.err]).toEqual([1, expect.stringContaining("no recovery 'none'")]);
});

it('patches are listed and withdrawn, settings are pinned, and all is reset', async () => {
  const { runtime, command } = await desk();
  expect((await command('patch', 'list')).out).toContain('SECR is watching: pressure 0.00');
  runtime.secr.reportFailure(timeout);
  await vi.waitFor(() => expect(runtime.secr.patches[0]?.state).toBe('canary'));
  const list = await command('patch', 'list');
  expect(list.out).toMatch(/^p-1 +canary +API_TIMEOUT +netPatient +\S+: 10000 -> 15000$/m);
  expect((await command('patch', 'approve', 'p-1', ...signed)).code).toBe(1);
  expect((await command('patch', 'withdraw', 'p-1', ...signed)).code).toBe(0);
  await vi.waitFor(() => expect(runtime.secr.patches).toEqual([]));
  expect((await command('patch', 'pin', patientKey, ...signed)).code).toBe(0);
  expect((await command('patch', 'list')).out).toContain(`pinned by ada: ${patientKey}: test`);
  expect((await command('patch', 'unpin', patientKey, ...signed)).code).toBe(0);
  expect(runtime.secr.pins).toEqual({});
  const reset = await command('patch', 'reset', ...signed, '--json');
  expect([reset.code, JSON.parse(reset.out).seq]).toEqual([0, expect.any(Number)]);
  await vi.waitFor(() => expect(runtime.secr.state).toBe('paused'));
  expect((await command('patch', 'resume', ...signed)).out).toMatch(/^Done: resume \(seq \d+\)/);
});

it('the tree of what runs now is asked for where no journal is named', async () => {
  const { command } = await desk();
  await command('status');
  const { code, out } = await command('tree');
  expect([code, out]).toEqual([0, expect.stringMatching(/^ +├─ alerts +alerts/m)]);
  const json = JSON.parse((await command('tree', '--json')).out);
  expect(json.tree.map(({ path }: { path: string }) => path)).toContain('/safeguards');
  const wrong = await command('tree', '--until', '3');
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('name its folder')]);
});

it('an emergency goes to the address that is given, not to who is near', async () => {
  const { runtime: near, command } = await desk();
  const far = await running();
  const { url, tokens } = far.http!;
  const tokenFile = join(folder(), '..', 'tokens.json');
  writeFileSync(tokenFile, JSON.stringify(tokens), { mode: 0o600 });
  await command('emergency', 'start', ...signed, '--url', url, '--token-file', tokenFile);
  expect([near.safety.state, far.safety.state]).toEqual(['healthy', 'emergency']);
});

it('an emergency goes over HTTP to an address, and where no socket answers', async () => {
  // No folder, no socket.
  const runtime = await running();
  const { url, tokens } = runtime.http!;
  const journal = folder();
  const tokenFile = join(journal, '..', 'tokens.json');
  writeFileSync(tokenFile, JSON.stringify(tokens), { mode: 0o600 });
  writeFileSync(`${journal}.http.json`, JSON.stringify({ url, tokenFile }));
  const emergency = async (...args: string[]) => {
    const io = fakeIo();
    const code = await execute(['emergency', ...args, ...signed, '--journal', journal], io);
    return { code, out: io.stdout.text, err: io.stderr.text };
  };
  const far = ['--url', url, '--token-file', tokenFile];
  expect(await emergency('start', ...far)).toMatchObject({
    ...{ code: 1, out: expect.stringContaining('Emergency: stopped, remaining position unknown') },
  });
  expect(runtime.safety.state).toBe('emergency');
  const reset = await emergency('reset', '--scope', 'trading', ...far);
  expect(reset.out).toBe("Reset of 'trading': the system is healthy.\n");
  expect((await emergency('start')).out).toContain('Emergency: stopped');
  expect(runtime.safety.state).toBe('emergency');
  await runtime.stop();
  // The socket's words are those that are told.
  expect(await emergency('start')).toMatchObject({
    ...{ code: 1, err: expect.stringContaining('listens for orders') },
  });
});
