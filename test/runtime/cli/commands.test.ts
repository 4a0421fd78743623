import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { run as config } from '../../../runtime/cli/commands/config.ts';
import { run as machines, machinesOf } from '../../../runtime/cli/commands/machines.ts';
import { reportText, run as verify } from '../../../runtime/cli/commands/verify.ts';
import { exampleMachine } from '../charts/example.ts';
import { fakeIo } from './fake-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'kintsugi-commands-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('config check', () => {
  const good = join(folder, 'good.yaml');
  const bad = join(folder, 'bad.yaml');
  writeFileSync(good, 'log: { level: warn }\n');
  writeFileSync(bad, 'log:\n  level: loud\nmailbx: {}\n');

  it('ends with 0 when every setting is allowed, whatever the environment says', async () => {
    const io = fakeIo({ KINTSUGI_LOG__LEVEL: 'wrong' });
    expect(await config(['check', good], {}, io)).toBe(0);
    expect(io.stdout.text).toContain('every setting is allowed');
  });

  it('ends with 2 and names every problem with its line', async () => {
    const io = fakeIo();
    expect(await config(['check', bad], {}, io)).toBe(2);
    const lines = io.stdout.text.split('\n');
    expect(lines[0]).toContain(`${bad}:2: log.level is "loud": allowed is one of "trace"`);
    expect(lines[1]).toBe(`${bad}:3: mailbx is no setting: did you mean 'mailbox'?`);
    expect(io.stderr.text).toContain('2 problems in');
  });

  it('tells the problems as JSON', async () => {
    const io = fakeIo();
    await config(['check', bad], { json: true }, io);
    const { ok, issues } = JSON.parse(io.stdout.text);
    expect([ok, issues.length, issues[0].line]).toEqual([false, 2, 2]);
  });
});

describe('config print and config docs', () => {
  it('print the effective settings with their sources', async () => {
    const io = fakeIo({ KINTSUGI_LOG__LEVEL: 'error' });
    expect(await config(['print'], {}, io)).toBe(0);
    expect(io.stdout.text).toContain('level: error # KINTSUGI_LOG__LEVEL');
    const json = fakeIo({ KINTSUGI_LOG__LEVEL: 'error' });
    await config(['print'], { json: true }, json);
    expect(JSON.parse(json.stdout.text).settings.log.level).toBe('error');
  });

  it('print the reference as Markdown or JSON', async () => {
    const io = fakeIo();
    expect(await config(['docs'], { format: 'markdown' }, io)).toBe(0);
    expect(io.stdout.text).toContain('| `log.level` |');
    const json = fakeIo();
    await config(['docs'], { format: 'json' }, json);
    expect(JSON.parse(json.stdout.text)[0].path).toBe('journal.commitMs');
  });
});

describe('machines', () => {
  const load = async () => ({
    exampleMachine: exampleMachine(),
    again: 5,
    helper: () => {},
    otherMachine: exampleMachine({ description: 'Second.' }),
  });

  it('finds machines among exports, each once', () => {
    const machine = exampleMachine();
    expect(machinesOf({ a: machine, b: machine, c: {}, d: null, e: 'x' })).toEqual([machine]);
  });

  it('lists all, shows one, and takes its name in any spelling', async () => {
    const io = fakeIo();
    expect(await machines([], { format: 'table' }, io, load)).toBe(0);
    expect(io.stdout.text).toContain('idle work done');
    const one = fakeIo();
    await machines(['ExampleMachine'], {}, one, load);
    expect(one.stdout.text).toContain('# example');
    expect(one.stdout.text).toContain('| from | event |');
  });

  it('draws a diagram, and tells the chart with its hash as JSON', async () => {
    const diagram = fakeIo();
    await machines(['example'], { format: 'mermaid' }, diagram, load);
    expect(diagram.stdout.text).toMatch(/^stateDiagram-v2\n/);
    const json = fakeIo();
    await machines(['example'], { json: true }, json, load);
    expect(JSON.parse(json.stdout.text)).toMatchObject({ id: 'example', hash: expect.any(String) });
  });

  it('refuses an unknown name with the nearest one', async () => {
    await expect(machines(['exmaple'], {}, fakeIo(), load)).rejects.toThrow(
      "Did you mean 'example'?",
    );
    await expect(machines(['zzzz'], {}, fakeIo(), load)).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('verify', () => {
  const whole = {
    ...{ ok: true, entries: 3, blocks: 2, bytes: 900, segments: 1, lastSeq: 3, hash: 'abc' },
    signed: { keys: ['k1'], checkpoints: 1, upToSeq: 3 },
  };
  const damage = {
    kind: 'changed' as const,
    file: 'j/s',
    segment: 1,
    block: 2,
    firstSeq: 2,
    lastSeq: 3,
    reason: 'its bytes are not those that were written',
  };

  it('ends with 0 and tells what a whole journal holds', async () => {
    const io = fakeIo();
    expect(await verify(['j'], {}, io, async () => whole)).toBe(0);
    expect(io.stdout.text).toContain('3 entries in 2 blocks, 900 bytes, 1 segment\n');
    expect(io.stdout.text).toContain('signed:   up to seq 3, 1 checkpoint and the head');
    expect(io.stdout.text).toContain('k1 (found in the folder, which proves little)');
    expect(io.stdout.text).not.toContain('unsigned');
    expect(reportText('j', { ...whole, tornBytes: 12 })).toContain('12 bytes of a commit');
    const late = [{ file: 'j/s', bytes: 7 }];
    expect(reportText('j', { ...whole, late })).toContain('late:     7 bytes in j/s');
    const signed = { ...whole.signed, upToSeq: 1 };
    expect(reportText('j', { ...whole, signed }, true)).toMatch(/--public-key.*\n.*seq 2 to 3/);
  });

  it('hands on the keys and the head that were given', async () => {
    const file = join(folder, 'kept.pem');
    writeFileSync(file, 'PEM');
    const hash = 'a'.repeat(64);
    const seen: unknown[] = [];
    const told = async (_: string, options?: object) => {
      seen.push(options);
      return whole;
    };
    await verify(['j'], { publicKey: [file], head: `12:${hash}` }, fakeIo(), told);
    expect(seen).toEqual([{ publicKey: ['PEM'], expectedHead: { lastSeq: 12, hash } }]);
  });

  it.each([
    [{ publicKey: ['gone.pem'] }, /--public-key 'gone\.pem' cannot be read/],
    [{ publicKey: [import.meta.filename] }, /expected public Ed25519 keys in PEM/],
    [{ head: '12' }, /--head '12': expected SEQ:HASH/],
  ])('refuses %o', async (options, words) => {
    const running = verify([folder], options, fakeIo());
    await expect(running).rejects.toThrow(words);
    await expect(running).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('ends with 1 and names file, block and entries of the damage', async () => {
    const io = fakeIo();
    const damaged = async () => ({ ...whole, ok: false, damage });
    expect(await verify(['j'], { json: true }, io, damaged)).toBe(1);
    expect(JSON.parse(io.stdout.text)).toMatchObject({ dir: 'j', ok: false, damage });
    expect(io.stderr.text).toContain('block:    2, entries 2 to 3');
  });

  it('leaves a folder without a journal to the exit code of its error', async () => {
    await expect(verify([folder], {}, fakeIo())).rejects.toMatchObject({
      code: 'JOURNAL_UNAVAILABLE',
    });
  });
});
