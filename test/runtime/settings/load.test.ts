import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigInvalidError, type SettingIssue } from '../../../actors/errors.ts';
import { type LoadOptions, loadSettings, loadWith } from '../../../runtime/settings/load.ts';
import { exampleSchema } from './example.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kintsugi-settings-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let fileCount = 0;
async function file(text: string | Uint8Array): Promise<string> {
  fileCount += 1;
  const path = join(folder, `${fileCount}.yaml`);
  await writeFile(path, text);
  return path;
}

const load = async (text: string, rest: LoadOptions<never> = {}) =>
  loadWith(exampleSchema, { environment: {}, ...rest, file: await file(text) });

async function issuesOf(loading: Promise<unknown>): Promise<readonly SettingIssue[]> {
  try {
    await loading;
  } catch (error) {
    if (error instanceof ConfigInvalidError) return error.issues;
    throw error;
  }
  return [];
}

const messages = async (text: string): Promise<readonly string[]> =>
  (await issuesOf(load(text))).map(({ line, path, message }) => `${line}: ${path} ${message}`);

describe('loadSettings', () => {
  it('gives every setting its default when nothing is said', async () => {
    const { settings, sources } = await loadSettings({ environment: {} });
    expect(settings.mailbox).toEqual({ countMax: 1_000, overflow: 'dropNewest' });
    expect(sources.size).toBe(0);
    expect(Object.isFrozen(settings.paper.broker)).toBe(true);
  });

  it('lets options win over the environment, and the environment over the file', async () => {
    const path = await file('log: { level: warn, format: json }\nmailbox: { countMax: 5 }\n');
    const { settings, sources } = await loadSettings({
      file: path,
      environment: { KINTSUGI_LOG__LEVEL: 'error', KINTSUGI_MAILBOX__COUNT_MAX: '6' },
      options: { log: { level: 'debug', format: undefined } },
    });
    expect(settings.log).toEqual({ level: 'debug', format: 'json' });
    expect(settings.mailbox.countMax).toBe(6);
    expect(sources.get('/log/level')).toEqual({ source: 'options' });
    expect(sources.get('/log/format')).toEqual({ source: path, line: 1 });
    expect(sources.get('/mailbox/countMax')).toEqual({ source: 'KINTSUGI_MAILBOX__COUNT_MAX' });
    expect(sources.get('/mailbox/overflow')).toBeUndefined();
  });
});

describe('a file of settings', () => {
  it('may be JSON, have tabs, a byte order mark, comments only, or nothing at all', async () => {
    expect((await load('{\n\t"mode": "fast",\n\t"share": 0.25\n}')).settings.mode).toBe('fast');
    expect((await load('\uFEFFmode: fast\n')).settings.mode).toBe('fast');
    expect((await load('')).settings.mode).toBe('safe');
    expect((await load('# nothing\n')).settings.mode).toBe('safe');
  });

  it('may leave a group empty', async () => {
    expect((await load('broker:\nparts:\n')).settings.broker.lowMs).toBe(10);
  });

  it('may share parts by anchors', async () => {
    const { settings } = await load('parts:\n  a: &low { lowMs: 1 }\n  b: *low\n');
    expect(settings.parts.b?.lowMs).toBe(1);
  });

  it('is told of every problem, with its line and what is allowed', async () => {
    expect(
      await messages(
        ['mode: fsat', 'broker:', '  lowMs: -1', '  hihgMs: 5', 'share: x', 'colour: red'].join(
          '\n',
        ),
      ),
    ).toEqual([
      '1: mode is "fsat": allowed is one of "fast", "safe".',
      '3: broker.lowMs is -1: allowed is a whole number from 0 to 100 (ms).',
      "4: broker.hihgMs is no setting: did you mean 'highMs'?",
      '5: share is "x": allowed is a number from 0 to 1 (ratio).',
      '6: colour is no setting: known here: broker, parts, login, mode, isOpen, share, levels.',
    ]);
  });

  it('is told which kind a setting of a union belongs to', async () => {
    expect(await messages('broker:\n  window:\n    kind: count\n    durationMs: 5\n')).toEqual([
      "4: broker.window.durationMs belongs to kind 'time', and kind is 'count': " +
        'known here: kind, size.',
    ]);
    expect(await messages('broker:\n  window: { kind: cuont }\n')).toEqual([
      '2: broker.window.kind is "cuont": allowed is one of "count", "time".',
    ]);
    expect(await messages('broker:\n  window: { size: 5 }\n')).toEqual([
      '2: broker.window.kind is missing: allowed is one of "count", "time".',
    ]);
    expect(await messages('broker:\n  window: { kind: time }\n')).toEqual([
      '2: broker.window.durationMs is missing: allowed is a whole number from 1 to 1000 (ms).',
    ]);
  });

  it('is told of broken rules over several settings, with the value', async () => {
    expect(await messages('parts:\n  a:\n    lowMs: 50\n    highMs: 40\n')).toEqual([
      '4: parts.a.highMs is 40: must not be below lowMs.',
    ]);
  });

  it('is told of wrong items of lists', async () => {
    expect(await messages('levels:\n  - 0.5\n  - 7\n')).toEqual([
      '3: levels.1 is 7: allowed is a number from 0 to 1 (ratio).',
    ]);
  });

  it('never shows a secret in what it is told', async () => {
    const [issue] = await issuesOf(load('login: { apiKey: xy }\n'));
    expect(issue?.message).toBe('is [redacted]: allowed is a text of 3 or more characters.');
    expect(issue?.value).toBe('[redacted]');
  });

  it('is told of a name given twice', async () => {
    expect(await messages('mode: fast\nmode: safe\n')).toEqual([
      '2:  "mode" is given twice in the same mapping: keep one.',
    ]);
  });

  it('is told of wrong syntax with its line', async () => {
    const [message] = await messages('mode: fast\nbroker: {\n');
    expect(message).toMatch(/^3: {2}is not valid YAML or JSON: /);
    expect((await messages('mode: *nowhere\n'))[0]).toContain('1: mode *nowhere names no anchor');
  });

  it.each(['- a', 'text', '5'])('must be a mapping, and %s is none', async (text) => {
    expect((await messages(text))[0]).toContain('must be a mapping of settings');
  });

  it('is refused when its aliases unfold to far too much', async () => {
    const lines = ['a0: &a0 [1,1,1,1,1,1,1,1,1,1]'];
    for (let level = 1; level < 8; level += 1) {
      const uses = Array(10)
        .fill(`*a${level - 1}`)
        .join(',');
      lines.push(`a${level}: &a${level} [${uses}]`);
    }
    expect((await issuesOf(load(lines.join('\n'))))[0]?.message).toContain('unfolds to more than');
    expect((await issuesOf(load('a: &a { b: *a }')))[0]?.message).toContain('nests deeper than 64');
  });

  it('is refused when it is absent, a folder, or no text', async () => {
    const reason = async (path: string) =>
      (await issuesOf(loadSettings({ file: path, environment: {} })))[0]?.message;
    expect(await reason(join(folder, 'absent.yaml'))).toContain('there is no such file');
    expect(await reason(folder)).toContain('is a folder');
    expect(await reason(await file(new Uint8Array([0xff, 0xfe, 0x41])))).toContain('not UTF-8');
  });

  it('may not name anything __proto__', async () => {
    const [issue] = await issuesOf(load('parts:\n  __proto__: { lowMs: 1 }\n'));
    expect(issue).toMatchObject({ path: 'parts.__proto__', line: 2 });
  });
});

describe('the environment', () => {
  const from = async (environment: Record<string, string>, text = '') =>
    (await load(text, { environment })).settings;

  it('takes steps in any case and with underscores', async () => {
    const settings = await from({
      KINTSUGI_BROKER__LOW_MS: '3',
      KINTSUGI_broker__highMs: '4',
      KINTSUGI_LOGIN__API_KEY: '12345',
      KINTSUGI_IS_OPEN: 'false',
      KINTSUGI_LEVELS: '[0.5]',
      OTHER_MODE: 'fast',
    });
    expect(settings.broker).toMatchObject({ lowMs: 3, highMs: 4 });
    expect(settings.login.apiKey).toBe('12345');
    expect(settings.isOpen).toBe(false);
    expect(settings.levels).toEqual([0.5]);
  });

  it('finds names of the file, and writes new ones in camel case', async () => {
    const environment = {
      KINTSUGI_PARTS__ORDER_ENTRY__LOW_MS: '1',
      KINTSUGI_PARTS__MARKETDATA__LOW_MS: '2',
    };
    const { parts } = await from(environment, 'parts:\n  marketData: { lowMs: 9, highMs: 30 }\n');
    expect(Object.keys(parts).toSorted()).toEqual(['marketData', 'orderEntry']);
    expect(parts.marketData).toMatchObject({ lowMs: 2, highMs: 30 });
  });

  it('changes one setting of a group that another variable gives', async () => {
    const { parts } = await from({
      KINTSUGI_PARTS__A: '{ lowMs: 1, highMs: 2 }',
      KINTSUGI_PARTS__A__HIGH_MS: '50',
    });
    expect(parts.a).toMatchObject({ lowMs: 1, highMs: 50 });
  });

  it('starts a union afresh when it says another kind', async () => {
    const { broker } = await from(
      { KINTSUGI_BROKER__WINDOW__DURATION_MS: '7', KINTSUGI_BROKER__WINDOW__KIND: 'time' },
      'broker: { window: { kind: count, size: 5 } }',
    );
    expect(broker.window).toEqual({ kind: 'time', durationMs: 7, bucketCount: 5 });
  });

  it('is named in problems, and empty or doubled variables are some', async () => {
    const issues = await issuesOf(
      load('', {
        environment: {
          KINTSUGI_BROKER__LOW_MS: 'x',
          KINTSUGI_MODEE: 'fast',
          KINTSUGI_SHARE: '',
          KINTSUGI_MODE: 'fast',
          KINTSUGI_Mode: 'fast',
        },
      }),
    );
    expect(issues.map(({ source, path, message }) => `${source} ${path} ${message}`)).toEqual([
      'KINTSUGI_Mode mode is set by KINTSUGI_MODE as well: keep one.',
      'KINTSUGI_SHARE share is empty or no YAML: give a value, or unset it.',
      'KINTSUGI_BROKER__LOW_MS broker.lowMs is "x": allowed is a whole number from 0 to 100 (ms).',
      "KINTSUGI_MODEE modee is no setting: did you mean 'mode'?",
    ]);
  });

  it('has variables of ours that are no settings', async () => {
    const environment = { KINTSUGI_DATA: '/data', KINTSUGI_RUNS: '5', KINTSUGI_DEBUG: '1' };
    expect((await from(environment)).mode).toBe('safe');
  });
});

describe('options', () => {
  it('must be an object, and their problems say so', async () => {
    const refused = await issuesOf(
      loadWith(exampleSchema, { environment: {}, options: [] as never }),
    );
    expect(refused[0]?.message).toBe('must be an object of settings.');
    const options = { share: 2, mode: (() => 'fast') as never };
    const issues = await issuesOf(loadWith(exampleSchema, { environment: {}, options }));
    expect(issues).toMatchObject([
      { path: 'mode', source: 'options', message: expect.stringContaining('is a function') },
      { path: 'share', source: 'options', value: 2 },
    ]);
  });
});
