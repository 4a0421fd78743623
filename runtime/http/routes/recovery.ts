/** Recoveries: their order, progress and times, and orders to hold, go on or end. */
import { z } from 'zod';
import { RECOVERIES } from '../../../actors/recovery.ts';
import { route } from '../route.ts';
import { mustBe, order, ordered, posted, refusedNow } from './order.ts';

const component = z.object({
  id: z.string(),
  priority: z.enum(['critical', 'core', 'supporting']),
  status: z.enum(['waiting', 'ready', 'running', 'pausing', 'validated', 'failed', 'skipped']),
  attemptCount: z.int(),
  startedAtMs: z.number().nullable(),
  recoveryMs: z.number().nullable().describe('From the outage on; null: it is not there.'),
  objectiveMs: z.number().describe('Recovery time objective (RTO).'),
  isInTime: z.boolean(),
  dataAgeMs: z.number().nullable(),
  dataAgeMaxMs: z.number().nullable().describe('Recovery point objective (RPO); null: none.'),
  isDataFresh: z.boolean().nullable(),
  why: z.string().nullable(),
  rollback: z.string(),
});

const progress = z.object({
  reducedModes: z.array(z.string()).describe('How the system does without what is missing.'),
  outageAtMs: z.number(),
  beganAtMs: z.number(),
  endedAtMs: z.number().describe('Of one that runs: of its newest event.'),
  heldMs: z.number(),
  order: z.array(z.string()).describe('Components by their first steps.'),
  rolledBack: z.array(z.string()),
  validatedCount: z.int(),
  inTimeCount: z.int(),
  components: z.array(component),
});

const recoveries = z.object({
  running: z.array(
    z.object({
      id: z.string(),
      state: z.enum(['recovering', 'validating', 'held', 'rollingBack']),
      remainingMs: z.number().describe('Until its deadline.'),
      report: progress.describe('What it would come to if it ended now.'),
    }),
  ),
  ended: z
    .array(
      progress.extend({
        id: z.string(),
        outcome: z.enum(['recovered', 'reduced', 'failed']),
        why: z.string().nullable(),
      }),
    )
    .describe('Since the start of the process, the newest last; at most 20.'),
});

const params = z.strictObject({ id: z.string().min(1).max(200) });
const tag = 'recovery';
const summaries = {
  hold: 'Lets no new step begin',
  resume: 'Ends a hold',
  cancel: 'Ends a recovery: what is under way is rolled back',
} as const;

export const recoveryRoutes = [
  route({
    ...{ method: 'GET', role: 'viewer', url: '/api/recoveries', tag, reply: recoveries },
    summary: 'Recoveries that run, and the newest that have ended',
    handle: ({ runtime: { recovery } }) => ({
      running: recovery.list(),
      ended: recovery.ended,
    }),
  }),
  ...(['hold', 'resume', 'cancel'] as const).map((action) =>
    route({
      ...{ ...posted, url: `/api/recoveries/:id/${action}`, tag, params, body: order },
      summary: summaries[action],
      handle: ({ runtime, params: { id }, body }) => {
        const path = `${RECOVERIES}/${id}`;
        mustBe(runtime.snapshot(path) !== undefined, `No recovery '${id}' is under way.`);
        const event = { type: action.toUpperCase(), at: runtime.clock.now(), ...body };
        if (!runtime.can(path, event)) {
          const state = String(runtime.snapshot(path)?.value);
          throw refusedNow(`Recovery '${id}' is ${state}: it does not take '${action}'.`);
        }
        return ordered(runtime, () => runtime.recovery[action](id, body));
      },
    }),
  ),
];
