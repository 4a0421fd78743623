import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../../../config/settings.ts';
import { describeSettings, settingsTable } from '../../../runtime/settings/describe.ts';
import { at } from '../../../runtime/settings/pointer.ts';
import { exampleSchema } from './example.ts';

const rowOf = (path: string) => describeSettings(exampleSchema).find((row) => row.path === path);

describe('describeSettings', () => {
  it('tells unit, bounds, default and meaning of a setting', () => {
    expect(rowOf('broker.lowMs')).toEqual({
      path: 'broker.lowMs',
      type: 'integer',
      unit: 'ms',
      default: 10,
      allowed: 'a whole number from 0 to 100',
      meaning: 'Lowest | first.',
      required: false,
    });
  });

  it('tells the variants of a union, and which settings belong to which', () => {
    expect(rowOf('broker.window.kind')).toMatchObject({
      default: 'count',
      allowed: 'one of "count", "time"',
      meaning: 'What is judged. `count`: The last calls. `time`: The last while.',
    });
    expect(rowOf('broker.window.size')).toMatchObject({ default: 10, when: 'kind: count' });
    expect(rowOf('broker.window.durationMs')).toMatchObject({ required: true, when: 'kind: time' });
  });

  it('tells once what several variants have alike', () => {
    const whens = (name: string) =>
      describeSettings()
        .filter(({ path }) => path === `signals.<name>.${name}`)
        .map((row) => [row.default, row.when]);
    expect(whens('probeCount')).toEqual([[3, undefined]]);
    expect(whens('latch')).toEqual([
      [false, 'kind: connection, latency, rate, volatility, gauge'],
      [true, 'kind: loss, drawdown'],
    ]);
    expect(whens('quantile')).toEqual([[0.95, 'kind: latency']]);
  });

  it('tells settings under names that users choose, and those that have no default', () => {
    expect(rowOf('parts.<name>.highMs')).toMatchObject({ default: 20 });
    const note = rowOf('broker.note');
    expect(note).toMatchObject({ allowed: 'a text of up to 8 characters', required: false });
    expect(note).not.toHaveProperty('default');
  });

  it('tells of every real setting the default that it has', () => {
    const defaults = settingsSchema.parse({});
    const rows = describeSettings().filter(({ path }) => !path.includes('<name>'));
    expect(rows.length).toBeGreaterThan(40);
    for (const { path, default: fallback, when } of rows) {
      const effective = at(defaults, `/${path.replaceAll('.', '/')}`);
      if (when === undefined || effective !== undefined)
        expect([path, fallback]).toEqual([path, effective]);
    }
  });

  it('has a meaning for every real setting', () => {
    expect(describeSettings().filter(({ meaning }) => meaning === '')).toEqual([]);
  });
});

describe('settingsTable', () => {
  it('keeps the text of a cell inside its cell', () => {
    expect(settingsTable([rowOf('broker.lowMs')!])).toContain(
      '| `broker.lowMs` | a whole number from 0 to 100, ms | `10` | Lowest \\| first. |',
    );
  });

  it('is what the README of config/ shows', () => {
    const readme = readFileSync(join(import.meta.dirname, '../../../config/README.md'), 'utf8');
    const shown = /<!-- generated: settings -->\n([\s\S]*?)\n<!-- \/generated -->/.exec(
      readme,
    )?.[1];
    expect(shown?.trim()).toBe(settingsTable(describeSettings()));
  });
});
