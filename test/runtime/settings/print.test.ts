import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { settingsSchema } from '../../../config/settings.ts';
import { parseSettings } from '../../../runtime/settings/document.ts';
import { loadSettings, loadWith } from '../../../runtime/settings/load.ts';
import { printSettings } from '../../../runtime/settings/print.ts';
import { anyOf, exampleSchema, examples, runs } from './example.ts';

const folder = mkdtempSync(join(tmpdir(), 'kintsugi-print-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('printSettings', () => {
  it('says of every value where it comes from', async () => {
    const { settings, sources } = await loadSettings({
      environment: { KINTSUGI_LOG__LEVEL: 'debug' },
      options: { mailbox: { countMax: 7 } },
    });
    const text = printSettings(settings, { sources });
    expect(text).toContain('  level: debug # KINTSUGI_LOG__LEVEL\n');
    expect(text).toContain('  countMax: 7 # options\n');
    expect(text).toContain('  overflow: dropNewest # default\n');
  });

  it('writes what loads as the same settings', async () => {
    const file = join(folder, 'printed.yaml');
    await fc.assert(
      fc.asyncProperty(examples, async (settings) => {
        writeFileSync(file, printSettings(settings, { sources: new Map() }));
        const loaded = await loadWith(exampleSchema, { file, environment: {} });
        expect(loaded.settings).toEqual(settings);
      }),
      runs,
    );
  });

  it('writes the real settings so that they load as the same', async () => {
    const file = join(folder, 'real.yaml');
    const symbol = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,31}$/);
    const valid = fc
      .tuple(anyOf(settingsSchema.shape.log), anyOf(settingsSchema.shape.mailbox), symbol)
      .map(([log, mailbox, name]) =>
        settingsSchema.parse({ log, mailbox, paper: { symbol: name } }),
      );
    await fc.assert(
      fc.asyncProperty(valid, async (settings) => {
        writeFileSync(file, printSettings(settings));
        const loaded = await loadSettings({ file, environment: {} });
        expect(loaded.settings).toEqual(settings);
      }),
      runs,
    );
  });

  it('writes JSON that reads the same as YAML', () => {
    fc.assert(
      fc.property(examples, (settings) => {
        expect(parseSettings(JSON.stringify(settings), 'x.json').value).toEqual(
          parseSettings(printSettings(settings), 'x.yaml').value,
        );
      }),
      runs,
    );
  });
});
