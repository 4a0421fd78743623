import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigInvalidError } from '../../../actors/errors.ts';
import { settingsSchema } from '../../../config/settings.ts';
import { applyPatch, type PatchOperation } from '../../../runtime/settings/patch.ts';
import { exampleSchema } from './example.ts';

const settings = settingsSchema.parse({});

function problems(
  operations: readonly PatchOperation[],
  of: object = settings,
  schema = undefined as never,
) {
  try {
    applyPatch(of, operations, schema);
  } catch (error) {
    if (error instanceof ConfigInvalidError) return error.issues;
    throw error;
  }
  return [];
}

describe('applyPatch', () => {
  it('changes one setting and leaves the given settings as they were', () => {
    const path = '/paper/broker/breaker/openDurationMs';
    const after = applyPatch(settings, [{ op: 'replace', path, value: 90_000 }]);
    expect(after.paper.broker.breaker.openDurationMs).toBe(90_000);
    expect(settings.paper.broker.breaker.openDurationMs).toBe(60_000);
  });

  it('keeps the identity of every part that did not change', () => {
    const path = '/paper/broker/heartbeatMs';
    const after = applyPatch(settings, [{ op: 'replace', path, value: 2_000 }]);
    expect(after).not.toBe(settings);
    expect(after.paper.broker).not.toBe(settings.paper.broker);
    expect(after.paper.broker.breaker).toBe(settings.paper.broker.breaker);
    expect(after.paper.feed).toBe(settings.paper.feed);
    expect(after.journal).toBe(settings.journal);
  });

  it('answers with the same object when nothing changed', () => {
    expect(applyPatch(settings, [])).toBe(settings);
    const value = structuredClone(settings.log);
    expect(applyPatch(settings, [{ op: 'replace', path: '/log', value }])).toBe(settings);
  });

  it('fills in the defaults of what is added, and does not keep the value of the caller', () => {
    const value = { openDurationMs: 5_000 };
    const after = applyPatch(settings, [{ op: 'add', path: '/breakers/quotes', value }]);
    expect(after.breakers.quotes?.callTimeoutMs).toBe(30_000);
    value.openDurationMs = 1;
    expect(after.breakers.quotes?.openDurationMs).toBe(5_000);
  });

  it('answers with the same object when the same is asked twice, and with no other', () => {
    const frozen = applyPatch(settings, [
      { op: 'replace', path: '/secr/patch/canaryMs', value: 600_000 },
    ]);
    const path = '/paper/broker/breaker/openDurationMs';
    const operation = { op: 'replace' as const, path, value: 90_000 };
    const after = applyPatch(frozen, [operation]);
    expect(applyPatch(frozen, [{ ...operation }])).toBe(after);
    const openMs = (of: typeof settings) => of.paper.broker.breaker.openDurationMs;
    expect(openMs(applyPatch(settings, [operation]))).toBe(90_000);
    expect(applyPatch(settings, [operation]).secr).toBe(settings.secr);
    // Who gave the operation may change it afterwards.
    operation.value = 91_000;
    expect(openMs(applyPatch(frozen, [operation]))).toBe(91_000);
  });

  it('looks anew at settings that can change', () => {
    const schema = z.object({ a: z.number().default(0), b: z.number().default(0) });
    const open = { a: 1, b: 1 };
    const patch = [{ op: 'replace' as const, path: '/a', value: 2 }];
    expect(applyPatch(open, patch, schema)).toEqual({ a: 2, b: 1 });
    open.b = 5;
    expect(applyPatch(open, patch, schema)).toEqual({ a: 2, b: 5 });
  });

  it('gives a removed setting its default, and takes a removed name away', () => {
    const changed = applyPatch(settings, [
      { op: 'replace', path: '/log/level', value: 'debug' },
      { op: 'add', path: '/breakers/quotes', value: {} },
    ]);
    const after = applyPatch(changed, [
      { op: 'remove', path: '/log/level' },
      { op: 'remove', path: '/breakers/quotes' },
    ]);
    expect(after).toEqual(settings);
  });

  it('freezes the result to the bottom', () => {
    const after = applyPatch(settings, [{ op: 'replace', path: '/log/level', value: 'warn' }]);
    expect(Object.isFrozen(after.log)).toBe(true);
    expect(Object.isFrozen(after.paper.broker.breaker.window)).toBe(true);
  });

  it('names every setting that is not allowed, and what is allowed', () => {
    expect(
      problems([
        { op: 'replace', path: '/mailbox/countMax', value: 0 },
        { op: 'replace', path: '/log/level', value: 'loud' },
        { op: 'add', path: '/journal/commitsMs', value: 5 },
      ]),
    ).toMatchObject([
      { path: 'journal.commitsMs', message: "is no setting: did you mean 'commitMs'?" },
      {
        path: 'mailbox.countMax',
        message: 'is 0: allowed is a whole number from 1 to 10000000 (count).',
      },
      { path: 'log.level', value: 'loud' },
    ]);
  });

  it('names every operation that cannot be done', () => {
    const issues = problems([
      { op: 'replace', path: '/nowhere/x', value: 1 },
      { op: 'remove', path: '/breakers/absent' },
      { op: 'replace', path: 'log', value: 1 },
      { op: 'move' as never, path: '/log' },
      { op: 'add', path: '/breakers/x' },
      { op: 'add', path: '/breakers/__proto__', value: {} },
      { op: 'remove', path: '' },
    ]);
    expect(issues.map(({ source }) => source)).toEqual(
      [1, 2, 3, 4, 5, 6, 7].map((index) => `operation ${index}`),
    );
    expect(issues[0]?.message).toBe("there is no group 'nowhere' on the way: add it first.");
  });

  it('adds what is not set, and refuses to replace it', () => {
    const example = exampleSchema.parse({});
    const operation = { path: '/broker/note', value: 'hello' };
    expect(() => applyPatch(example, [{ ...operation, op: 'replace' }], exampleSchema)).toThrow(
      "cannot replace 'note': it is not set. Use 'add', or check the path.",
    );
    const after = applyPatch(example, [{ ...operation, op: 'add' }], exampleSchema);
    expect(after.broker.note).toBe('hello');
  });

  it('refuses what is no operation', () => {
    for (const operation of [null, 5, {}, { op: 'add', path: 7, value: 1 }]) {
      expect(problems([operation as never])[0]?.message).toContain('is no operation');
    }
  });

  it('keeps the order of the groups', () => {
    const after = applyPatch(settings, [
      { op: 'remove', path: '/log' },
      { op: 'replace', path: '/journal/commitMs', value: 20 },
    ]);
    expect(Object.keys(after)).toEqual(Object.keys(settings));
    expect(after.log).toBe(settings.log);
  });

  it('checks rules over several settings of a group', () => {
    const [issue] = problems([{ op: 'replace', path: '/paper/broker/retryMaxMs', value: 10 }]);
    expect(issue).toMatchObject({ path: 'paper.broker.retryMaxMs', value: 10 });
    expect(issue?.message).toBe('is 10: must not be below retryMinMs.');
  });

  it('changes lists by position', () => {
    const example = exampleSchema.parse({});
    const patch = (operation: PatchOperation) =>
      applyPatch(example, [operation], exampleSchema).levels;
    expect(patch({ op: 'add', path: '/levels/-', value: 0.3 })).toEqual([0.1, 0.2, 0.3]);
    expect(patch({ op: 'add', path: '/levels/0', value: 0 })).toEqual([0, 0.1, 0.2]);
    expect(patch({ op: 'replace', path: '/levels/1', value: 1 })).toEqual([0.1, 1]);
    expect(patch({ op: 'remove', path: '/levels/0' })).toEqual([0.2]);
    expect(() => patch({ op: 'add', path: '/levels/3', value: 0 })).toThrow("'3' is no position");
  });

  it('replaces everything at once', () => {
    const after = applyPatch(settings, [
      { op: 'replace', path: '', value: { log: { level: 'warn' } } },
    ]);
    expect(after).toEqual(settingsSchema.parse({ log: { level: 'warn' } }));
  });
});
