import { describe, expect, it } from 'vitest';
import { JournalCorruptError, JournalHeldError } from '../../../actors/errors.ts';
import type { CommandOptions } from '../../../runtime/cli/command.ts';
import { definitions } from '../../../runtime/cli/definitions.ts';
import { execute } from '../../../runtime/cli/execute.ts';
import { buildProgram } from '../../../runtime/cli/program.ts';
import { fakeIo } from './fake-io.ts';

/** What a command is given. */
async function parsed(line: string) {
  const calls: { file: string; args: readonly string[]; options: CommandOptions }[] = [];
  const io = fakeIo();
  const load = async (file: string) => ({
    async run(args: readonly string[], options: CommandOptions) {
      calls.push({ file, args, options });
      return 0 as const;
    },
  });
  await buildProgram({ io, version: '1.2.3', load }).parse(line.split(' '));
  return calls[0];
}

async function said(line: string, failure?: Error, environment = {}) {
  const io = fakeIo(environment);
  const load = async () => ({
    run: async () => {
      if (failure) throw failure;
      return 0 as const;
    },
  });
  const code = await execute(line === '' ? [] : line.split(' '), io, load);
  return { code, stdout: io.stdout.text, stderr: io.stderr.text };
}

describe('the command line', () => {
  it('gives run its options as values', async () => {
    expect(
      await parsed(
        'run --config a.yaml --feed - --speed max --journal j --seed 4294967295 ' +
          '--until-feed-ends --json',
      ),
    ).toEqual({
      file: 'run',
      args: [],
      options: {
        config: 'a.yaml',
        feed: '-',
        speed: 'max',
        journal: 'j',
        seed: 4_294_967_295,
        untilFeedEnds: true,
        json: true,
      },
    });
  });

  it('has a bar a second and a folder for the journal unless told otherwise', async () => {
    expect((await parsed('run'))?.options).toEqual({ speed: 60, journal: './kintsugi-journal' });
  });

  it('gives other commands their arguments, and groups the name of the command first', async () => {
    expect(await parsed('replay d --until 5 --from 2 --allow-changed')).toEqual({
      file: 'replay',
      args: ['d'],
      options: { until: 5, from: 2, allowChanged: true },
    });
    expect(await parsed('config check f.yaml')).toMatchObject({
      file: 'config',
      args: ['check', 'f.yaml'],
    });
    expect(await parsed('config docs')).toMatchObject({
      args: ['docs'],
      options: { format: 'markdown' },
    });
  });

  it.each([
    ['run --sed 4', 'Did you mean --seed?'],
    ['verfy x', 'Did you mean verify?'],
    ['config chek x', 'Did you mean check?'],
    ['verify', "missing required argument 'dir'"],
    ['verify a b', 'too many arguments'],
    ['run --speed 0', 'a number above 0'],
    ['run --speed fast', "or 'max'"],
    ['run --seed -1', 'a whole number from 0 to 4294967295'],
    ['run --seed 1.5', 'a whole number'],
    ['replay d --until 0', 'a whole number from 1'],
    ['machines --format svg', 'Allowed choices are table, mermaid, json'],
    ['', 'Usage: kintsugi'],
    ['config', 'Usage: kintsugi config'],
  ])('ends with 2 and a hint at: kintsugi %s', async (line, hint) => {
    const { code, stdout, stderr } = await said(line);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(hint);
  });

  it.each(definitions.map(({ name }) => name))('has help with examples for %s', async (name) => {
    const { code, stdout } = await said(`${name} --help`);
    expect(code).toBe(0);
    expect(stdout).toContain(`Examples:\n  $ kintsugi ${name}`);
    expect(stdout).toContain('--json');
  });

  it('names the exit codes and its version', async () => {
    expect((await said('--help')).stdout).toContain('3  the journal cannot be opened');
    expect((await said('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('gives every example of its help a meaning', async () => {
    for (const { examples } of definitions) {
      for (const [line] of examples) expect([line, await parsed(line)]).toMatchObject([line, {}]);
    }
  });
});

describe('an error', () => {
  const held = new JournalHeldError('j', { pid: 7, host: 'h' });

  it('is one message and an exit code when it was expected', async () => {
    const { code, stdout, stderr } = await said('run', held);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toBe(`${held.message}\n`);
  });

  it('is a JSON document as well when one was asked for', async () => {
    const { stdout } = await said('run --json', held);
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'JOURNAL_HELD', message: held.message } });
    const usage = await said('run --json --port x');
    expect(JSON.parse(usage.stdout).error.code).toBe('USAGE');
  });

  it('of a damaged journal is the answer of verify, and an obstacle to run', async () => {
    const where = { file: 'f', block: 1, firstSeq: 1, lastSeq: 2 };
    const corrupt = new JournalCorruptError('Journal is damaged.', where);
    expect((await said('verify d', corrupt)).code).toBe(1);
    expect((await said('replay d', corrupt)).code).toBe(1);
    expect((await said('run', corrupt)).code).toBe(3);
  });

  it('that nobody expected is one line and a hint, and its stack only on request', async () => {
    const failure = new Error('boom\nmore');
    const plain = await said('run', failure);
    expect(plain.code).toBe(70);
    expect(plain.stderr).toBe(
      'Unexpected error: boom Set KINTSUGI_DEBUG=1 to see where it comes from.\n',
    );
    const debug = await said('run', failure, { KINTSUGI_DEBUG: '1' });
    expect(debug.stderr).toContain('execute.test.ts');
  });
});
