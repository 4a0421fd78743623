/** Every edge of SECR's coordinator, with one resolver, two subgroups and a patch that may end. */
import { describe, expect, it } from 'vitest';
import type { SnapshotFrom } from 'xstate';
import { resolverSchema } from '../../config/secr-resolver.ts';
import { failureTaxonomy } from '../../config/secr-taxonomy.ts';
import { settingsSchema } from '../../config/settings.ts';
import type { PatchChanged } from '../../machines/patch.ts';
import { noTotals } from '../../machines/policies/outcome-score.ts';
import { secrMachine as machine, type SecrEvent } from '../../machines/secr.ts';
import { describeEdge } from '../../runtime/testing/expect-invariant.ts';
import { type Edge, walk } from '../../runtime/testing/walk.ts';

type Snapshot = SnapshotFrom<typeof machine>;

const key = '/paper/broker/retryMinMs';
const resolver = (subgroup: string, amount: number) =>
  resolverSchema.parse({
    ...{ group: 'NET', subgroup, meaning: 'test' },
    changes: [{ key, by: 'scale', amount }],
  });
const settings = settingsSchema.parse({
  secr: {
    ...{ actPressureMin: 0.5, halfLifeMs: 1_000, patch: { cooldownMs: 20 } },
    budget: { activeCountMax: 2, changeCountMax: 3, windowMs: 1_000 },
  },
});
const input = {
  ...{ settings, seed: 1, at: 0 },
  catalogue: {
    resolvers: { calm: resolver('API_TIMEOUT', 2), quick: resolver('SOCKET_DROP', 0.5) },
    envelopes: { [key]: { min: 250, max: 4_000, step: 1 } },
    taxonomy: failureTaxonomy,
  },
  paths: { secr: '/secr', failures: '/failures', alerts: '/alerts' },
};
const order = { by: 'ada', why: 'test' };

function events({ context }: Snapshot): SecrEvent[] {
  // Time goes on, up to where everything has been seen.
  const at = Math.min(context.at + 10, 40);
  const failed = (subgroup: string, severity: number): SecrEvent => ({
    ...{ type: 'FAILURE_REPORTED', at, group: 'NET', subgroup, severity },
  });
  const ends = Object.values(context.active).flatMap(({ id }) =>
    (['canary', 'kept', 'rolledBack', 'rejected'] as const).map(
      (state): PatchChanged => ({
        ...{ type: 'PATCH_CHANGED', at, id, state, why: '', after: noTotals, fault: null },
        ...{ outcome: null, isWithdrawn: false },
      }),
    ),
  );
  const set = (value: number): SecrEvent => {
    const { paper } = settings;
    const broker = { ...paper.broker, retryMinMs: value };
    const changed = { ...settings, paper: { ...paper, broker } };
    return { type: 'SETTINGS_CHANGED', at, settings: changed, by: 'ada' };
  };
  return [
    failed('API_TIMEOUT', 1),
    failed('SOCKET_DROP', 1),
    failed('GPU_LAG', 1),
    failed('API_TIMEOUT', Number.NaN),
    { type: 'PIN', at, key, ...order },
    { type: 'UNPIN', at, key, ...order },
    { type: 'RESET', at, ...order },
    { type: 'RESUME', at, ...order },
    set(3_000),
    ...ends,
    ...(Object.keys(context.active).length === 0 ? restored : []),
  ];
}

/** The end of the change that a reset asks for, whether it is asked for or not. */
const restored = [true, false].map((isDone) => ({
  type: 'xstate.done.actor.0.secr.resetting.restoring',
  output: { at: 0, isDone, why: isDone ? null : 'no', hash: '', overridden: [] },
  actorId: '0.secr.resetting.restoring',
})) as unknown as SecrEvent[];

/** What decides; counts are left out, and how much pressure there is. */
const face = ({ value, context }: Snapshot): string => {
  const { at, values, active, pins, coolingUntilMs, origins, begunAtMs, resetBy } = context;
  const patches = Object.values(active).map(({ subgroup, state }) => [subgroup, state]);
  const pressed = Object.keys(context.pressures).sort();
  const known = [Object.keys(pins), coolingUntilMs, origins, begunAtMs.length, resetBy !== null];
  return JSON.stringify([value, at, values, patches, known, pressed]);
};

const edges = walk(machine, { input, events, key: face, limit: 20_000 });
const always = (holds: (edge: Edge<typeof machine>) => boolean) => {
  const broken = edges.find((edge) => !holds(edge));
  if (broken) throw new Error(`It does not hold on ${describeEdge(broken)}`);
};
const countOf = ({ context }: Snapshot) => Object.keys(context.active).length;

describe('the coordinator of SECR, on every edge', () => {
  it('reaches what matters', () => {
    expect(edges.length).toBeGreaterThan(2_000);
    const values = new Set(edges.map(({ to }) => JSON.stringify(to.value)));
    expect([...values].sort()).toEqual([
      '"paused"',
      '"watching"',
      '{"resetting":"restoring"}',
      '{"resetting":"withdrawing"}',
    ]);
  });

  it('each setting has one owner at most', () =>
    always(({ to }) => {
      const keys = Object.values(to.context.active).flatMap(({ from }) => Object.keys(from));
      return new Set(keys).size === keys.length;
    }));

  it('begins a patch only while it watches, for a failure, and of nothing pinned or cooling', () =>
    always(({ from, event, to }) => {
      if (countOf(to) <= countOf(from)) return true;
      const { pins, coolingUntilMs, at } = to.context;
      const isFree = !Object.hasOwn(pins, key) && (coolingUntilMs[key] ?? 0) <= at;
      return from.matches('watching') && event.type === 'FAILURE_REPORTED' && isFree;
    }));

  it('begins no more patches in a window than the budget has', () =>
    always(({ to }) => to.context.begunAtMs.length <= 3));

  it('ends a patch only by its own word', () =>
    always(
      ({ from, event, to }) => countOf(to) >= countOf(from) || event.type === 'PATCH_CHANGED',
    ));

  it('pauses only once nothing is under way, and leaves the pause only by an operator', () =>
    always(({ from, event, to }) => {
      if (to.matches('paused') && countOf(to) > 0) return false;
      if (!from.matches('paused') || to.matches('paused')) return true;
      return event.type === 'RESUME' || event.type === 'RESET';
    }));

  it('forgets what a setting was when somebody else sets it', () =>
    always(({ from, event, to }) => {
      if (event.type !== 'SETTINGS_CHANGED') return true;
      if (from.context.values[key] === to.context.values[key]) return true;
      return !Object.hasOwn(to.context.origins, key);
    }));

  it('refuses what is no report, and counts it', () =>
    always(({ from, event, to }) => {
      if (event.type !== 'FAILURE_REPORTED') return true;
      const isFlawed = event.subgroup === 'GPU_LAG' || Number.isNaN(event.severity);
      const refused = to.context.refusedCount - from.context.refusedCount;
      const counted = to.context.failureCount - from.context.failureCount;
      return refused === (isFlawed ? 1 : 0) && counted === (isFlawed ? 0 : 1);
    }));
});
