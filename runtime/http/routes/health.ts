/**
 * Health for orchestrators and people.
 *
 * `live`: the process should not be restarted. `ready`: it should get work. An open breaker, a bad
 * score or a halt make it neither dead nor unready: those are decisions that it took and bears.
 * @see https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
 */
import { z } from 'zod';
import type { Runtime } from '../../runtime.ts';
import { route } from '../route.ts';

const component = z.object({
  id: z.string(),
  state: z.enum(['passing', 'failing', 'down']),
  critical: z.boolean(),
});

const live = z.object({ status: z.enum(['live', 'dead']) });

const ready = z.object({
  status: z.enum(['ready', 'unready']),
  why: z.array(z.string()).describe('What is in the way; empty when ready.'),
  components: z.array(component),
});

const status = z.object({
  status: z.enum(['new', 'starting', 'running', 'stopping', 'stopped', 'failed']),
  timestamp: z.iso.datetime(),
  seq: z.int(),
  digest: z.string(),
  logicalTime: z.iso.datetime(),
  score: z.number(),
  level: z.string(),
  safety: z.string(),
  tradingMode: z.string(),
  alertCount: z.int().describe('Open ones.'),
});

const report = z.object({
  score: z.number(),
  state: z.enum(['passing', 'failing', 'down']),
  atMs: z.number(),
  components: z.array(
    component.extend({
      weight: z.number(),
      isAnomalous: z.boolean(),
      failureCount: z.int(),
      passCount: z.int(),
      failCount: z.int(),
      uptimeMs: z.number(),
      availabilityRatio: z.number(),
      value: z.number().nullable(),
      why: z.string().nullable(),
      atMs: z.number(),
    }),
  ),
});

/** Health that was never asked for is not started by a probe of the orchestrator. */
const reportOf = (runtime: Runtime) =>
  runtime.snapshot('/safeguards/health') ? runtime.health.report() : undefined;

function readiness(runtime: Runtime): z.output<typeof ready> {
  const components = (reportOf(runtime)?.components ?? []).map(({ id, state, critical }) => ({
    ...{ id, state, critical },
  }));
  const why = [
    ...(runtime.status === 'running' ? [] : [`the runtime is ${runtime.status}`]),
    ...components
      .filter(({ state, critical }) => critical && state === 'down')
      .map(({ id }) => `the critical component '${id}' is down`),
  ];
  return { status: why.length === 0 ? 'ready' : 'unready', why, components };
}

const tag = 'health';

export const healthRoutes = [
  route({
    ...{ method: 'GET', url: '/api/health/live', role: null, tag, reply: live },
    summary: 'Whether the process lives',
    otherStatuses: [503],
    handle: ({ runtime }) =>
      runtime.status === 'failed'
        ? { status: 503, body: { status: 'dead' } }
        : { status: 200, body: { status: 'live' } },
  }),
  route({
    ...{ method: 'GET', url: '/api/health/ready', role: null, tag, reply: ready },
    summary: 'Whether it should get work, by component',
    otherStatuses: [503],
    handle: ({ runtime }) => {
      const body = readiness(runtime);
      return { status: body.status === 'ready' ? 200 : 503, body };
    },
  }),
  route({
    ...{ method: 'GET', url: '/api/health/status', role: 'viewer', tag, reply: status },
    summary: 'Where everything stands, in one line',
    handle: ({ runtime }) => ({
      // First: asking starts the safeguards where they do not run, which is an entry.
      score: runtime.health.report().score,
      status: runtime.status,
      timestamp: new Date().toISOString(),
      seq: runtime.seq,
      digest: runtime.digest,
      logicalTime: new Date(runtime.at).toISOString(),
      level: runtime.degradation.level,
      safety: runtime.safety.state,
      tradingMode: runtime.tradingMode.mode,
      alertCount: runtime.alerts.list().filter(({ state }) => state !== 'resolved').length,
    }),
  }),
  route({
    ...{ method: 'GET', url: '/api/sre/health', role: 'viewer', tag, reply: report },
    summary: 'The score and all that it is made of',
    handle: ({ runtime }) => runtime.health.report(),
  }),
  route({
    ...{ method: 'POST', url: '/api/sre/health', role: 'operator', tag, reply: report },
    summary: 'The same, after every probe has checked now',
    handle: ({ runtime }) => runtime.health.check(),
  }),
];
