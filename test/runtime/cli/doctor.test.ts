import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { examine, run } from '../../../runtime/cli/commands/doctor.ts';
import { checkDisk, measureDisk } from '../../../runtime/cli/doctor/disk.ts';
import {
  checkClock,
  checkLoopback,
  checkMemory,
  checkProcessors,
} from '../../../runtime/cli/doctor/machine.ts';
import { checkTensorGpu, checkTensorWorkers } from '../../../runtime/cli/doctor/tensor.ts';
import {
  checkNode,
  checkOptional,
  checkXstate,
  installedVersion,
} from '../../../runtime/cli/doctor/versions.ts';
import { isInRange } from '../../../runtime/cli/version-range.ts';
import { fakeIo } from './fake-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'kintsugi-doctor-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('isInRange', () => {
  it.each([
    ['22.18.0', true],
    ['22.99.1', true],
    ['22.17.9', false],
    ['23.0.0', false],
    ['24.10.9', false],
    ['24.11.0', true],
    ['30.0.0-nightly', true],
  ])('says of Node %s: %s', (version, expected) => {
    expect(isInRange(version, '^22.18.0 || >=24.11.0')).toBe(expected);
  });

  it('takes both ends of a range', () => {
    expect(isInRange('5.33.9', '>=5.33.3 <5.34.0')).toBe(true);
    expect(isInRange('5.34.0', '>=5.33.3 <5.34.0')).toBe(false);
  });

  it('refuses what it does not know', () => {
    expect(() => isInRange('1.0.0', '~1.0.0')).toThrow("Version range '~1.0.0' is not known here.");
    expect(() => isInRange('1.0', '>=1.0.0')).toThrow("Version '1.0' is not MAJOR.MINOR.PATCH.");
  });
});

describe('the checks', () => {
  it('fail with advice for versions outside their range', () => {
    expect(checkNode('20.1.0')).toMatchObject({
      status: 'fail',
      advice: expect.stringContaining('Node'),
    });
    expect(checkXstate('4.38.0')).toMatchObject({ status: 'fail' });
    expect(checkXstate(null, '>=1.0.0')).toMatchObject({ status: 'fail' });
    expect(checkXstate('5.33.3').status).toBe('ok');
  });

  it('take absent optional parts for fine', () => {
    expect(checkOptional('gpu.js', null)).toEqual({
      name: 'gpu.js',
      status: 'ok',
      found: 'not installed: not needed yet',
    });
    expect(installedVersion('no-such-package-of-anybody')).toBeNull();
    expect(installedVersion('zod')).toMatch(/^4\./);
  });

  it('warn of a slow or small machine', () => {
    expect(checkProcessors(1).status).toBe('warn');
    expect(checkMemory(1_000, 2_000).status).toBe('warn');
    expect(checkClock({ driftMs: 300, resolutionMs: 0.0001 }).status).toBe('warn');
    expect(checkClock({ driftMs: 0, resolutionMs: 15 }).status).toBe('warn');
    expect(checkClock({ driftMs: 1, resolutionMs: 0.0001 }).status).toBe('ok');
  });

  it('open a loopback port, and say why when they cannot', async () => {
    expect((await checkLoopback()).status).toBe('ok');
    expect(await checkLoopback('203.0.113.1')).toMatchObject({ status: 'fail' });
  });
});

describe('the disk', () => {
  it('is measured where the journal would be, and nothing is left behind', async () => {
    const readings = await measureDisk(join(folder, 'not', 'there'));
    expect(readings.folder).toBe(folder);
    expect(readings.syncMedianMs).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual([]);
    expect(existsSync(join(folder, 'not'))).toBe(false);
  });

  it('fails when the journal is a file, or nothing can be written', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(await checkDisk(file)).toMatchObject({
      status: 'fail',
      found: expect.stringContaining('a file'),
    });
    rmSync(file);
    const failing = () => Promise.reject(new Error('EROFS'));
    expect(await checkDisk(folder, failing)).toMatchObject({ status: 'fail' });
    chmodSync(folder, 0o700);
  });

  it('warns when it is slow', async () => {
    const slow = async () => ({ folder, syncMedianMs: 45 });
    expect(await checkDisk(folder, slow)).toMatchObject({ status: 'warn' });
  });
});

describe('doctor', () => {
  it('examines everything', async () => {
    const names = (await examine(folder)).map(({ name }) => name);
    expect(names).toEqual([
      ...['node', 'xstate', 'processors', 'memory', 'clock', 'disk', 'loopback'],
      ...['gpu.js', 'webgpu', 'tensor workers', 'tensor gpu'],
    ]);
  });

  it('says what to do, and ends with 1 when something fails', async () => {
    const io = fakeIo();
    const bad = async () => [
      { name: 'node', status: 'fail' as const, found: 'old', advice: 'Install a newer one.' },
    ];
    expect(await run([], {}, io, bad)).toBe(1);
    expect(io.stdout.text).toContain('fail  node  old');
    expect(io.stdout.text).toContain('-> Install a newer one.');
  });

  it('ends with 0 when there are warnings only, and tells all as JSON', async () => {
    const io = fakeIo();
    const findings = [{ name: 'memory', status: 'warn' as const, found: 'little', advice: 'x' }];
    expect(await run([], { json: true }, io, async () => findings)).toBe(0);
    expect(JSON.parse(io.stdout.text)).toEqual({ ok: true, findings });
  });
});

describe('tensor jobs', () => {
  it('have workers that give a known answer', async () => {
    const { status, found } = await checkTensorWorkers();
    expect([status, found]).toEqual([
      'ok',
      expect.stringMatching(/^\d+ threads, (wasm|js), a known answer is right$/),
    ]);
  });

  it('are said not to run when their worker cannot', async () => {
    const finding = await checkTensorWorkers(new URL('./gone.ts', import.meta.url));
    expect(finding).toMatchObject({ status: 'fail', advice: expect.stringContaining('install') });
  });

  const report = {
    kind: 'hardware',
    vendor: 'acme',
    architecture: 'x',
    selfTestError: 0,
    breakEvenFlopsCount: 1_000,
  } as const;

  it.each([
    [{ why: 'no adapter' }, 'none, tensor jobs run on the CPU: no adapter'],
    [report, 'acme (hardware), known answer off by 0, faster from 1000 operations on'],
    [
      { ...report, breakEvenFlopsCount: null },
      'acme (hardware), known answer off by 0, never faster than the CPU',
    ],
    [
      { ...report, kind: 'software' } as const,
      'acme (software), known answer off by 0: computes on the CPU, so it is not used',
    ],
  ])('say of the GPU %j honestly what it is', async (given, found) => {
    expect(await checkTensorGpu(async () => given)).toEqual({
      name: 'tensor gpu',
      status: 'ok',
      found,
    });
  });
});
