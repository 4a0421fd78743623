/** Where safety stands, and the emergency: as the control socket gives and takes it. */
import { z } from 'zod';
import { controlHandlers } from '../../control/handlers.ts';
import { controlVersion } from '../../control/protocol.ts';
import type { Runtime } from '../../runtime.ts';
import { asked } from '../problem.ts';
import { route } from '../route.ts';
import { done, order, posted, who } from './order.ts';

const state = z.enum(['healthy', 'degraded', 'critical', 'emergency']);
const outcome = z.object({
  isFlat: z.boolean(),
  text: z.string(),
  remaining: z.object({ quantity: z.number(), isVerified: z.boolean() }).nullable(),
  undone: z.array(z.object({ step: z.string(), why: z.string() })),
});

const safety = z.object({
  state,
  isActing: z.boolean().describe('The emergency plan runs.'),
  isHalted: z.boolean().describe('No order may open a position.'),
  tradingMode: z.string(),
  outcome: outcome.nullable().describe('How the latched emergency ended; null without one.'),
  metrics: z.object({
    uptimeMs: z.number(),
    availabilityRatio: z.number(),
    failureCounts: z.record(z.string(), z.int()),
    sinceMs: z.number().nullable(),
  }),
});

const scope = z.enum(['trading', 'metrics', 'all']);
const tag = 'safety';

/** The socket and the doors do the same. */
const control = (runtime: Runtime) => controlHandlers(runtime.safety, () => runtime.flush());

export const safetyRoutes = [
  route({
    ...{ method: 'GET', role: 'viewer', url: '/api/safety', tag, reply: safety },
    summary: 'Where safety stands, and how an emergency ended',
    handle: ({ runtime }) => {
      const { isActing, isHalted, outcome: ended = null, state: now } = runtime.safety;
      const { mode: tradingMode } = runtime.tradingMode;
      const metrics = runtime.safety.metrics();
      return { state: now, isActing, isHalted, tradingMode, outcome: ended, metrics };
    },
  }),
  route({
    ...{ ...posted, url: '/api/emergency/start', tag, body: order },
    summary: 'Brings trading to a stop, and says how it ended',
    reply: outcome.extend({ state, isAlready: z.boolean().describe('It had begun before.') }),
    handle: ({ runtime, body }) => {
      const command = 'emergency.start';
      return asked(() => control(runtime)[command]({ v: controlVersion, command, ...body }));
    },
  }),
  route({
    ...{ ...posted, url: '/api/emergency/reset', tag },
    summary: 'Releases what is latched',
    body: z.strictObject({ ...who, scope }),
    reply: done.extend({ state, scope }),
    handle: async ({ runtime, body }) => {
      const command = 'emergency.reset';
      const request = { v: controlVersion, command, ...body } as const;
      const answer = await asked(() => control(runtime)[command](request));
      return { ...answer, seq: runtime.seq };
    },
  }),
];
