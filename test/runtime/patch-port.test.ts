import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../../config/settings.ts';
import type { ChangeRequest } from '../../machines/patch-types.ts';
import type { Core, SettingsChange } from '../../runtime/core.ts';
import { type PatchRule, patchPort, settingsHash } from '../../runtime/patch-port.ts';
import { applyPatch } from '../../runtime/settings/patch.ts';
import { at as settingAt } from '../../runtime/settings/pointer.ts';

const [min, max] = ['/paper/broker/retryMinMs', '/paper/broker/retryMaxMs'];
const set = (path: string, value: number) => ({ op: 'replace', path, value }) as const;

/** A port over settings that stand for a runtime. */
function rig(rules: Record<string, PatchRule> = {}) {
  const core = { settings: settingsSchema.parse({}) } as Core;
  const entries: { readonly event: SettingsChange; readonly safety: boolean }[] = [];
  const port = patchPort({
    core,
    rules: new Map(Object.entries(rules)),
    rehearse: async () => ({ kind: 'notEvaluable', text: 'no past' }),
    submit: ({ event, safety }) => {
      const change = event as SettingsChange;
      entries.push({ event: change, safety: safety === true });
      core.settings = applyPatch(core.settings, change.patch);
      return true;
    },
  });
  const request = (over: Partial<ChangeRequest>): ChangeRequest => ({
    ...{ id: 'p-1', why: 'test', scope: 'all', operations: [], expected: {} },
    ...over,
  });
  return {
    core,
    port,
    entries,
    change: (over: Partial<ChangeRequest>) => port.change(request(over)),
  };
}

describe('a change', () => {
  it('is one entry of class safety by secr, and says the hash of what it made', () => {
    const { core, change, entries } = rig();
    const operations = [set(min, 2_000), set(max, 90_000)];
    const done = change({ operations, expected: { [min]: [1_000], [max]: [60_000] } });
    expect(entries).toEqual([
      { event: { patch: operations, by: 'secr', why: 'p-1: test' }, safety: true },
    ]);
    expect(done).toEqual({
      ...{ isDone: true, why: null, overridden: [], hash: settingsHash(core.settings) },
    });
  });

  it('that was made already is made no second time', () => {
    const { change, entries } = rig();
    const request = { operations: [set(min, 2_000)], expected: { [min]: [1_000] } };
    change(request);
    expect(change(request)).toMatchObject({ isDone: true });
    expect(entries).toHaveLength(1);
  });

  it('from values that nobody expected is not made at all, or without those', () => {
    const { core, change, entries } = rig();
    const operations = [set(min, 2_000), set(max, 90_000)];
    const expected = { [min]: [1_500], [max]: [60_000] };
    const before = core.settings;
    expect(change({ operations, expected })).toMatchObject({
      ...{ isDone: false, overridden: [min], why: `somebody else has changed ${min}` },
    });
    expect([core.settings, entries]).toEqual([before, []]);
    const own = change({ operations, expected, scope: 'own' });
    expect(own).toMatchObject({ isDone: true, overridden: [min] });
    expect(settingAt(core.settings, min)).toBe(1_000);
    expect(settingAt(core.settings, max)).toBe(90_000);
  });

  it('leaves no envelope, but what was found may come back from anywhere', () => {
    const { core, change } = rig();
    const operations = [set(min, 9_000)];
    const expected = { [min]: [1_000] };
    expect(change({ operations, expected }).why).toBe(`${min} would leave its envelope`);
    expect(change({ operations: [set('/safety/dwellMs', 1)], expected: {} }).isDone).toBe(false);
    expect(settingAt(core.settings, min)).toBe(1_000);
    expect(change({ operations, expected, scope: 'own' }).isDone).toBe(true);
  });

  it('that the schemas refuse is not made, and says why', () => {
    const { change } = rig();
    const operations = [set(max, 15_000), set(min, 8_000)];
    expect(change({ operations, expected: { [min]: [1_000], [max]: [60_000] } }).isDone).toBe(true);
    const bad = change({
      operations: [set(min, 16_000)],
      expected: { [min]: [8_000] },
      scope: 'own',
    });
    expect(bad.isDone).toBe(false);
    expect(bad.why).toContain('must not be below retryMinMs');
  });
});

describe('validation', () => {
  const ask = (rules: Record<string, PatchRule>, value: number) =>
    rig(rules).port.validate({ id: 'p-1', operations: [set(min, value)] });

  it('asks schemas and envelopes, then the rules of the host', async () => {
    expect(await ask({}, 2_000)).toEqual([]);
    expect(await ask({}, 9_000)).toEqual([`${min} would leave its envelope`]);
    const seen: number[] = [];
    const rule: PatchRule = async ({ paper }) => {
      seen.push(paper.broker.retryMinMs);
      return 'no';
    };
    expect(await ask({ slow: rule }, 2_000)).toEqual(["rule 'slow': no"]);
    expect(seen).toEqual([2_000]);
    const broken: PatchRule = () => {
      throw new Error('down');
    };
    expect(await ask({ broken, slow: rule }, 2_000)).toEqual([
      "rule 'broken' failed: down",
      "rule 'slow': no",
    ]);
  });
});

describe('a snapshot', () => {
  it('holds values and a hash that goes by values alone', () => {
    const { core, port } = rig();
    const { hash, values } = port.snapshot([min]);
    expect(values).toEqual({ [min]: 1_000 });
    const there = applyPatch(core.settings, [set(min, 2_000)]);
    expect(settingsHash(there)).not.toBe(hash);
    expect(settingsHash(applyPatch(there, [set(min, 1_000)]))).toBe(hash);
    expect(settingsHash(settingsSchema.parse({}))).toBe(hash);
  });

  it('nobody rehearses by itself', async () => {
    const { signal } = new AbortController();
    const said = await rig().port.rehearse({ id: 'p-1', operations: [], signal });
    expect(said.kind).toBe('notEvaluable');
  });
});
