import { describe, expect, it } from 'vitest';
import type { CommandOptions } from '../../../runtime/cli/command.ts';
import { execute } from '../../../runtime/cli/execute.ts';
import { fakeIo } from './fake-io.ts';

async function given(...args: readonly string[]) {
  const io = fakeIo();
  let seen: { file: string; args: readonly string[]; options: CommandOptions } | undefined;
  const load = async (file: string) => ({
    async run(rest: readonly string[], options: CommandOptions) {
      seen = { file, args: rest, options };
      return 0 as const;
    },
  });
  const code = await execute(args, io, load);
  return { code, seen, stderr: io.stderr.text };
}

describe('options of tail and export', () => {
  it('become values', async () => {
    const { seen } = await given(
      ...['export', 'd', '--format', 'csv', '--actor', '/a/*', '--type', 'A, B', '--type', 'C'],
      ...['--kind', 'event,timer', '--from', '2', '--until', '9', '--since', '2022-01-30 12:00'],
      ...['--before', '1643547600000', '--output', 'f', '--force'],
    );
    expect(seen).toEqual({
      file: 'export',
      args: ['d'],
      options: {
        format: 'csv',
        actor: '/a/*',
        type: ['A', 'B', 'C'],
        kind: ['event', 'timer'],
        from: 2,
        until: 9,
        since: Date.UTC(2022, 0, 30, 12),
        before: 1_643_547_600_000,
        output: 'f',
        force: true,
      },
    });
  });

  it('tell following, not following, and neither apart', async () => {
    const follow = async (...args: readonly string[]) =>
      (await given('tail', 'd', ...args)).seen?.options.follow;
    expect([await follow('-f'), await follow('--no-follow'), await follow()]).toEqual([
      true,
      false,
      undefined,
    ]);
    expect((await given('tail', 'd')).seen?.options.count).toBe(10);
    expect((await given('tail', 'd', '-n', '3')).seen?.options.count).toBe(3);
  });

  it('belong to the inner command where there is one', async () => {
    expect((await given('export', 'audit', 'd', '--output', 'f', '--json')).seen).toEqual({
      file: 'export',
      args: ['audit', 'd'],
      options: { output: 'f', json: true },
    });
    expect((await given('export', 'verify', 'f', '--json')).seen).toEqual({
      file: 'export',
      args: ['verify', 'f'],
      options: { json: true },
    });
    expect((await given('export', 'verify')).stderr).toContain("missing required argument 'file'");
    expect((await given('export', './audit')).seen?.args).toEqual(['./audit']);
  });

  it.each([
    ['--kind', 'evnt', 'Allowed are event, timer'],
    ['--type', 'A,,B', 'names with commas'],
    ['--from', '0', 'a whole number from 1'],
    ['--since', 'yesterday', "Allowed is a time as '2022-01-30T00:24:00Z'"],
    ['--before', '2022-02-30', 'Allowed is a time'],
    ['--format', 'xml', 'Allowed choices are ndjson, csv'],
  ])('%s %s ends with 2 and says what is allowed', async (name, value, words) => {
    const { code, stderr } = await given('export', 'd', name, value);
    expect(code).toBe(2);
    expect(stderr).toContain(`'${value}'`);
    expect(stderr).toContain(words);
  });
});
