import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');

/** The real command, as a person starts it. */
function kintsugi(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'runtime/cli/main.ts'), ...args],
    { cwd: root, encoding: 'utf8' },
  );
  return { status, stdout, stderr };
}

describe('the kintsugi command', () => {
  it('shows help and ends with 0', () => {
    const { status, stdout, stderr } = kintsugi('--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('Usage: kintsugi');
  });

  it('ends with 2 at an unknown option, without a stack', () => {
    const { status, stdout, stderr } = kintsugi('run', '--sed', '4');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('Did you mean --seed?');
    expect(stderr).not.toContain('    at ');
  });

  it('ends with 3 at a folder without a journal', () => {
    const { status, stderr } = kintsugi('verify', join(root, 'no-such-folder'));
    expect(status).toBe(3);
    expect(stderr).not.toContain('    at ');
  });

  it('ends with 2 at a file of settings that does not exist, with one JSON document', () => {
    const { status, stdout } = kintsugi('config', 'check', 'no-such-file.yaml', '--json');
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, file: 'no-such-file.yaml' });
  });

  it('shows a chart of our own', () => {
    const { status, stdout } = kintsugi('machines', 'circuit-breaker', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ id: 'circuitBreaker' });
  });

  it('examines this machine', () => {
    const { stdout } = kintsugi('doctor', '--json');
    expect(JSON.parse(stdout).findings.map(({ name }: { name: string }) => name)).toContain('disk');
  });
});
