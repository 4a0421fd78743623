/**
 * What operators order. Each is an entry of the journal with who and why; the answer comes when it
 * is on disk.
 */
import { z } from 'zod';
import type { CircuitBreaker } from '../../../actors/circuit-breaker.ts';
import { safeguardPaths } from '../../../actors/safeguard-paths.ts';
import { SignalBreaker } from '../../../actors/signal-breaker.ts';
import { circuitBreakerMachine } from '../../../machines/circuit-breaker.ts';
import { signalBreakerMachine } from '../../../machines/signal-breaker.ts';
import type { Runtime } from '../../runtime.ts';
import { Refusal } from '../problem.ts';
import { route } from '../route.ts';
import { done, expiring, order, ordered, posted, who } from './order.ts';

/** Events of XState itself are the engine's: sent by hand they would break what it knows. */
const sentEvent = z
  .looseObject({
    type: z
      .string()
      .min(1)
      .max(200)
      .regex(/^(?!xstate\.)/, 'is one of the engine'),
  })
  .describe('The event, as `{ "type": "RESET" }`.');
const modeOrders = (['halt', 'reduceOnly', 'reconciled', 'reconcile'] as const).map((name) =>
  route({
    ...posted,
    ...{ url: `/api/trading-mode/${name}`, tag: 'trading mode', body: order },
    summary: `Trading mode: ${name}`,
    handle: ({ runtime, body }) => ordered(runtime, () => runtime.tradingMode[name](body)),
  }),
);

const path = z.strictObject({ '*': z.string().min(1) });

const signals = `${safeguardPaths.signals}/`;

/** @throws {Refusal} when there is no breaker. */
function breakerAt(runtime: Runtime, name: string): CircuitBreaker | SignalBreaker {
  const path = `/${name}`;
  const machine = runtime.snapshot(path)?.machine;
  if (machine === circuitBreakerMachine.id) return runtime.breaker(path);
  if (machine === signalBreakerMachine.id && path.startsWith(signals)) {
    return runtime.signalBreaker(path.slice(signals.length));
  }
  throw new Refusal(404, 'NOT_FOUND', `There is no breaker at '${path}'.`);
}

const breakerOrders = (['isolate', 'disable', 'metricsOnly'] as const).map((name) =>
  route({
    ...posted,
    ...{ url: `/api/breaker/${name}/*`, tag: 'breakers', params: path, body: expiring },
    summary: `A breaker: ${name}`,
    handle: ({ runtime, params, body: { expiresAtMs, ...body } }) =>
      ordered(runtime, () =>
        breakerAt(runtime, params['*'])[name]({
          ...body,
          ...(expiresAtMs !== undefined && { expiresAtMs }),
        }),
      ),
  }),
);

const breakerReturns = (['enable', 'reset'] as const).map((name) =>
  route({
    ...posted,
    ...{ url: `/api/breaker/${name}/*`, tag: 'breakers', params: path, body: order },
    summary: `A breaker: ${name}`,
    handle: ({ runtime, params, body }) =>
      ordered(runtime, () => {
        const breaker = breakerAt(runtime, params['*']);
        // A signal's reset says its scope: whoever gave the path has said it.
        if (breaker instanceof SignalBreaker) breaker[name]({ ...body, scope: breaker.name });
        else breaker[name](body);
      }),
  }),
);

export const orderRoutes = [
  ...modeOrders,
  ...breakerOrders,
  ...breakerReturns,
  route({
    ...posted,
    ...{ url: '/api/trading-mode/resume', tag: 'trading mode' },
    summary: 'Trading mode: takes the restriction of one source away',
    body: z.strictObject({ ...who, scope: z.string().min(1).describe('The source.') }),
    handle: ({ runtime, body }) => ordered(runtime, () => runtime.tradingMode.resume(body)),
  }),
  route({
    ...posted,
    ...{ url: '/api/degradation/hold', tag: 'degradation' },
    summary: 'Holds a level whatever the score',
    body: expiring.extend({ level: z.string().min(1) }),
    handle: ({ runtime, body: { expiresAtMs, ...body } }) =>
      ordered(runtime, () =>
        runtime.degradation.holdAt({
          ...(body as Parameters<Runtime['degradation']['holdAt']>[0]),
          ...(expiresAtMs !== undefined && { expiresAtMs }),
        }),
      ),
  }),
  route({
    ...posted,
    ...{ url: '/api/degradation/release', tag: 'degradation', body: order },
    summary: 'Ends a hold',
    handle: ({ runtime, body }) => ordered(runtime, () => runtime.degradation.release(body)),
  }),
  route({
    ...posted,
    ...{ url: '/api/alerts/:id/acknowledge', tag: 'alerts' },
    summary: 'Says that somebody has taken an alert on',
    params: z.strictObject({ id: z.string().min(1) }),
    body: z.strictObject({ by: who.by }),
    handle: ({ runtime, params, body }) =>
      ordered(runtime, () => {
        const isOpen = runtime.alerts.list().some(({ id }) => id === params.id);
        if (isOpen) return runtime.alerts.acknowledge(params.id, body);
        throw new Refusal(404, 'NOT_FOUND', `There is no alert '${params.id}'.`);
      }),
  }),
  route({
    ...posted,
    ...{ url: '/api/send/*', tag: 'actors', params: path },
    summary: 'Sends an event to an actor that can take it now',
    body: z.strictObject({ ...who, event: sentEvent }),
    handle: ({ runtime, params, body: { event, ...body } }) => {
      const to = `/${params['*']}`;
      if (!runtime.snapshot(to))
        throw new Refusal(404, 'NOT_FOUND', `There is no actor at '${to}'.`);
      // As it will be sent: guards may ask who and when.
      if (!runtime.can(to, { at: runtime.at, ...event, ...body })) {
        const text = `The actor at '${to}' does nothing with '${event.type}' in its state.`;
        throw new Refusal(409, 'EVENT_REFUSED', text);
      }
      return ordered(runtime, () => runtime.sendAs(to, event, body));
    },
  }),
  route({
    ...{ method: 'PATCH', url: '/api/settings', role: 'admin', tag: 'settings', reply: done },
    summary: 'Changes settings by JSON Patch',
    body: z.strictObject({
      ...who,
      patch: z
        .array(
          z.strictObject({
            op: z.enum(['add', 'remove', 'replace', 'move', 'copy', 'test']),
            path: z.string().max(1_000),
            from: z.string().max(1_000).optional(),
            value: z.json().optional(),
          }),
        )
        .min(1)
        .max(100),
    }),
    handle: ({ runtime, body: { patch, by, why } }) =>
      ordered(runtime, () => runtime.settings.patch(patch as never, { by, why })),
  }),
];
