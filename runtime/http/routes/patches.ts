/** SECR: pressure, patches with their lives, pins, and what people order of it. */
import { z } from 'zod';
import { failureGroups } from '../../../config/secr-taxonomy.ts';
import type { Runtime } from '../../runtime.ts';
import { route } from '../route.ts';
import { mustBe, order, ordered, posted, refusedNow, who } from './order.ts';

const change = z.object({ op: z.literal('replace'), path: z.string(), value: z.number() });
const sample = z.object({
  profitDelta: z.number(),
  latencyMs: z.number(),
  errorRatio: z.number(),
  stabilityScore: z.number(),
});

/** What a patch says of itself, under way and afterwards. */
const patch = z.object({
  id: z.string(),
  resolver: z.string(),
  group: z.string(),
  subgroup: z.string(),
  failureKey: z.string().nullable(),
  severity: z.number(),
  pressure: z.number().describe('Of the subgroup when it was proposed.'),
  operations: z.array(change),
  from: z.record(z.string(), z.number()).describe('What the settings were before.'),
});

const active = patch.extend({
  state: z.string().describe('`canary`, `observing`, `quarantined` and so on: see the chart.'),
  crashCount: z.int(),
  proposedAtMs: z.number(),
});

const record = patch.extend({
  at: z.number().describe('When it ended, logical ms.'),
  durationMs: z.number(),
  before: sample.nullable(),
  after: sample.nullable(),
  outcome: z.record(z.string(), z.json()).nullable(),
  verdict: z.enum(['kept', 'rolledBack', 'rejected']),
  reward: z.number().nullable(),
});

const pin = z.object({ by: z.string(), why: z.string(), atMs: z.number() });

const patches = z.object({
  state: z.enum(['watching', 'resetting', 'paused']),
  pressure: z.number().describe('Of all failures, in severities.'),
  pressures: z.record(z.string(), z.number()).describe('By group, where there is any.'),
  threshold: z.number().describe('The adaptive ICAP threshold.'),
  patches: z.array(active).describe('Those that have not ended.'),
  pins: z.record(z.string(), pin).describe('Settings that no patch touches.'),
  records: z.array(record).describe('Verdicts, the newest last.'),
});

/** Failures by group; what rests is left out. */
const pressuresOf = ({ secr }: Runtime): Record<string, number> =>
  Object.fromEntries(
    failureGroups
      .map((group) => [group, secr.pressure(group)] as const)
      .filter(([, pressure]) => pressure > 0),
  );

const tag = 'patches';
const orders = {
  approve: 'Lets a patch in quarantine go on',
  reject: 'Ends a patch in quarantine',
  withdraw: 'Ends a patch wherever it is, and rolls back what it has changed',
} as const;
/** Which method, in which states; both decide about settings, as an admin does. */
const resets = {
  reset: {
    method: 'emergencyReset',
    takes: ['watching', 'paused'],
    summary: 'Rolls back all that patches have changed, and pauses SECR',
  },
  resume: { method: 'resume', takes: ['paused'], summary: 'Answers failures again' },
} as const;

/** @throws {Refusal} when no such patch is under way, or it does nothing with it now. */
function mustTake(runtime: Runtime, id: string, action: keyof typeof orders): void {
  const found = runtime.secr.patches.find((one) => one.id === id);
  mustBe(found !== undefined, `No patch '${id}' is under way.`);
  const isHeld = found?.state === 'quarantined';
  if (isHeld || action === 'withdraw') return;
  throw refusedNow(`Patch '${id}' is ${found?.state}: only one in quarantine waits for a word.`);
}

export const patchRoutes = [
  route({
    ...{ method: 'GET', role: 'viewer', url: '/api/patches', tag, reply: patches },
    summary: 'Pressure, patches, pins and the newest verdicts',
    query: z.strictObject({
      limit: z.coerce.number().int().min(1).max(500).default(50).describe('Verdicts at most.'),
    }),
    handle: ({ runtime, query: { limit } }) => {
      const { secr } = runtime;
      const { state, threshold, pins } = secr;
      return {
        ...{ state, threshold, pins, pressure: secr.pressure(), pressures: pressuresOf(runtime) },
        patches: secr.patches.map(({ actor: _actor, before: _before, ...shown }) => shown),
        records: secr.trainingData({ batchSize: limit }),
      };
    },
  }),
  ...(['approve', 'reject', 'withdraw'] as const).map((action) =>
    route({
      ...{ ...posted, url: `/api/patches/:id/${action}`, tag, body: order },
      summary: orders[action],
      params: z.strictObject({ id: z.string().min(1).max(200) }),
      handle: ({ runtime, params: { id }, body }) => {
        mustTake(runtime, id, action);
        return ordered(runtime, () => runtime.secr[action](id, body));
      },
    }),
  ),
  ...(['pin', 'unpin'] as const).map((action) =>
    route({
      ...{ ...posted, url: `/api/patches/${action}`, tag },
      summary: action === 'pin' ? 'Keeps a setting as it is' : 'Ends a pin',
      body: z.strictObject({ ...who, key: z.string().min(1).max(1_000).describe('JSON pointer.') }),
      handle: ({ runtime, body }) => ordered(runtime, () => runtime.secr[action](body)),
    }),
  ),
  ...(['reset', 'resume'] as const).map((action) => {
    const { method, takes, summary } = resets[action];
    return route({
      ...{ ...posted, url: `/api/patches/${action}`, tag, role: 'admin', body: order, summary },
      handle: ({ runtime, body }) => {
        const { state } = runtime.secr;
        if ((takes as readonly string[]).includes(state))
          return ordered(runtime, () => runtime.secr[method](body));
        throw refusedNow(`SECR is ${state}: it does not take '${action}' now.`);
      },
    });
  }),
];
