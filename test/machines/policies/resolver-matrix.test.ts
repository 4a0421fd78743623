import { describe, expect, it } from 'vitest';
import { builtInEnvelopes } from '../../../config/secr-envelopes.ts';
import { type Resolver, resolverSchema } from '../../../config/secr-resolver.ts';
import { builtInResolvers } from '../../../config/secr-resolvers.ts';
import { failureTaxonomy } from '../../../config/secr-taxonomy.ts';
import { settingsSchema } from '../../../config/settings.ts';
import { changeOf, resolversFor } from '../../../machines/policies/resolver-matrix.ts';
import { settingValues } from '../../../machines/policies/setting-envelope.ts';

const resolver = (changes: unknown[], over: object = {}): Resolver =>
  resolverSchema.parse({ group: 'NET', meaning: 'test', changes, ...over });
const envelopes = {
  '/a': { min: 0, max: 10, step: 1 },
  '/b': { min: 2, max: 10, step: 1 },
  '/c/*/x': { min: 0, max: 100, step: 5 },
};
const ground = { values: { '/a': 5, '/b': 4, '/c/q/x': 20 }, envelopes, target: null };
const add = (key: string, amount: number) => ({ key, by: 'add', amount });

describe('resolversFor', () => {
  const matrix = {
    zebra: resolver([add('/a', 1)], { subgroup: 'API_TIMEOUT' }),
    alpha: resolver([add('/a', 1)]),
    other: resolver([add('/a', 1)], { subgroup: 'SOCKET_DROP' }),
    off: resolver([add('/a', 1)], { enabled: false }),
    far: resolver([add('/a', 1)], { group: 'PERF' }),
  };

  it('gives a subgroup its own, then those of its group', () => {
    const names = (subgroup: string) => resolversFor(matrix, { group: 'NET', subgroup });
    expect(names('API_TIMEOUT')).toEqual(['zebra', 'alpha']);
    expect(names('SOCKET_DROP')).toEqual(['other', 'alpha']);
  });
});

describe('changeOf', () => {
  it.each([
    [[add('/a', 2)], { '/a': 7 }],
    [[{ key: '/a', by: 'scale', amount: 1.5 }], { '/a': 8 }],
    [[{ key: '/a', by: 'set', amount: 1 }], { '/a': 1 }],
    [[add('/a', 99)], { '/a': 10 }],
    [[{ key: '/a', by: 'moveFrom', from: '/b', amount: 1 }], { '/a': 6, '/b': 3 }],
    [[{ key: '/a', by: 'moveFrom', from: '/b', amount: 9 }], { '/a': 7, '/b': 2 }],
    [[add('/a', 1), add('/b', -9)], { '/a': 6, '/b': 2 }],
    [[add('/a', 1), add('/a', 1)], { '/a': 7 }],
  ])('%j makes %j', (changes, made) => {
    const change = changeOf(resolver(changes), ground)!;
    expect(Object.fromEntries(change.operations.map(({ path, value }) => [path, value]))).toEqual(
      made,
    );
    expect(Object.keys(change.from)).toEqual(Object.keys(made));
  });

  it('uses the target for *, and cannot do without one', () => {
    const targeted = resolver([add('/c/*/x', 5)]);
    expect(changeOf(targeted, ground)).toBeUndefined();
    expect(changeOf(targeted, { ...ground, target: 'q' })?.operations).toEqual([
      { op: 'replace', path: '/c/q/x', value: 25 },
    ]);
    expect(changeOf(targeted, { ...ground, target: 'unknown' })).toBeUndefined();
  });

  it('is none at the bounds, outside of them, and where nothing is set', () => {
    expect(changeOf(resolver([add('/a', 1)]), { ...ground, values: { '/a': 10 } })).toBeUndefined();
    expect(
      changeOf(resolver([add('/a', -1)]), { ...ground, values: { '/a': 99 } }),
    ).toBeUndefined();
    expect(changeOf(resolver([add('/a', 1)]), { ...ground, values: {} })).toBeUndefined();
    expect(changeOf(resolver([add('/z', 1)]), ground)).toBeUndefined();
  });
});

describe('the built-in matrix', () => {
  const settings = settingsSchema.parse({
    breakers: { broker: {} },
    protections: {
      quotes: { timeoutMs: 900, attemptTimeoutMs: 300, retry: {}, bulkhead: { queueCountMax: 9 } },
    },
  });
  const values = settingValues(settings, builtInEnvelopes);

  it('answers each of the thirteen subgroups with settings that the schemas allow', () => {
    for (const [group, subgroups] of Object.entries(failureTaxonomy)) {
      for (const subgroup of subgroups) {
        const names = resolversFor(builtInResolvers, { group, subgroup });
        const made = names.filter((name) =>
          ['broker', 'quotes'].some((target) =>
            changeOf(builtInResolvers[name]!, { values, envelopes: builtInEnvelopes, target }),
          ),
        );
        expect(made, `${group}.${subgroup}`).toEqual(names);
      }
    }
  });

  it('has an envelope around every default that it touches', () => {
    for (const [name, { changes }] of Object.entries(builtInResolvers)) {
      for (const { key, from } of changes) {
        for (const touched of from === undefined ? [key] : [key, from]) {
          expect(builtInEnvelopes[touched], `${name} ${touched}`).toBeDefined();
        }
      }
      expect(resolverSchema.safeParse(builtInResolvers[name]).success, name).toBe(true);
    }
  });

  it('refuses resolvers of what only people may change', () => {
    for (const key of ['/secr/enabled', '/safety/dwellMs', '/posture/x', '/log', 'a', '/a~b']) {
      const given = { group: 'NET', meaning: 'no', changes: [add(key, 1)] };
      expect(resolverSchema.safeParse(given).success, key).toBe(false);
    }
    const move = { key: '/a', by: 'moveFrom', amount: 1 };
    expect(resolverSchema.safeParse({ group: 'NET', meaning: 'no', changes: [move] }).success).toBe(
      false,
    );
  });
});
