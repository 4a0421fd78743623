/** What the runtime knows now: tree, actors, posture, alerts, settings. Secrets are left out. */
import { z } from 'zod';
import { circuitBreakerMachine } from '../../../machines/circuit-breaker.ts';
import type { Runtime } from '../../runtime.ts';
import { redact } from '../../settings/redact.ts';
import { type ActorView, everyActor, type TreeView } from '../../view.ts';
import { Refusal } from '../problem.ts';
import { route } from '../route.ts';

const brief = z.object({
  path: z.string(),
  kind: z.enum(['worker', 'supervisor']),
  machine: z.string(),
  status: z.enum(['active', 'done', 'error', 'stopped', 'down', 'idle']),
  value: z.json().optional().describe('State of a machine.'),
  tags: z.array(z.string()),
  incarnation: z.int(),
  restarts: z.int(),
  lastError: z.string().optional(),
  uptimeMs: z.number().describe('Logical time since its last start.'),
});
const node = brief
  .extend({
    get children() {
      return z.array(node);
    },
  })
  .meta({ id: 'Actor' });
const whole = brief.extend({ context: z.json().optional() });

const briefOf = ({ context: _, ...view }: ActorView) => view;
const nodeOf = ({ children, ...view }: TreeView): unknown => ({
  ...briefOf(view),
  children: children.map(nodeOf),
});

const breaker = z.object({
  path: z.string(),
  state: z.string(),
  metrics: z.record(z.string(), z.json()).describe('Counts of calls, of the window and of probes.'),
});

/** Breakers that nobody calls through in this process have no counts but those of their chart. */
const breakersOf = (runtime: Runtime) =>
  everyActor(runtime.tree())
    .filter(({ machine, status }) => machine === circuitBreakerMachine.id && status === 'active')
    .map(({ path }) => {
      const handle = runtime.breaker(path);
      return { path, state: handle.state, metrics: handle.metrics() };
    });

const posture = z.object({
  status: z.enum(['idle', 'live', 'down']),
  allowed: z.array(z.string()),
  forbidden: z.array(
    z.object({ capability: z.string(), region: z.string(), state: z.string(), why: z.string() }),
  ),
  quality: z.record(z.string(), z.number()),
  regions: z.record(z.string(), z.object({ state: z.string(), why: z.string(), at: z.number() })),
});

const alert = z.object({
  id: z.string(),
  key: z.string(),
  severity: z.enum(['info', 'warning', 'critical', 'emergency']),
  text: z.string(),
  path: z.string(),
  state: z.string(),
  count: z.int(),
  raisedAtMs: z.number(),
  acknowledgedBy: z.string().nullable(),
  resolvedAtMs: z.number().nullable(),
});

const read = { method: 'GET', role: 'viewer' } as const;
const anyPath = z.strictObject({ '*': z.string() });

export const stateRoutes = [
  route({
    ...{ ...read, url: '/api/tree', tag: 'actors', reply: z.array(node) },
    summary: 'The supervision tree',
    handle: ({ runtime }) => runtime.tree().map(nodeOf),
  }),
  route({
    ...{ ...read, url: '/api/actor/*', tag: 'actors', reply: whole, params: anyPath },
    summary: 'One actor with its context',
    handle: ({ runtime, params }) => {
      const view = runtime.snapshot(`/${params['*']}`);
      if (view) return redact(view);
      throw new Refusal(404, 'NOT_FOUND', `There is no actor at '/${params['*']}'.`);
    },
  }),
  route({
    ...{ ...read, url: '/api/breakers', tag: 'breakers', reply: z.array(breaker) },
    summary: 'Every breaker with its counts',
    handle: ({ runtime }) => breakersOf(runtime),
  }),
  route({
    ...{ ...read, url: '/api/posture', tag: 'posture', reply: posture },
    summary: 'What may be done, and who forbids what',
    handle: ({ runtime }) => runtime.posture.current,
  }),
  route({
    ...{ ...read, url: '/api/alerts', tag: 'alerts', reply: z.array(alert.loose()) },
    summary: 'Open alerts and the newest resolved ones',
    handle: ({ runtime }) => runtime.alerts.list(),
  }),
  route({
    ...{ ...read, url: '/api/settings', tag: 'settings', reply: z.json() },
    summary: 'The settings in force',
    handle: ({ runtime }) => redact(runtime.settings.current),
  }),
];
