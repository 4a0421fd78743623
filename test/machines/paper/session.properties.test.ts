import { describe, expect, it } from 'vitest';
import type { SnapshotFrom } from 'xstate';
import { sessionMachine } from '../../../machines/paper/session.ts';
import { expectSound } from '../../../runtime/testing/expect-sound.ts';
import { done, ended, input, reconciled, report, target } from '../../support/session.ts';

type Session = SnapshotFrom<typeof sessionMachine>;

const outcomes: Record<string, readonly unknown[]> = {
  loggingIn: [done(1)],
  reconciling: [
    reconciled(0, [report('unknown', 0)]),
    reconciled(1, [report('filled', 1)]),
    reconciled(-1),
  ],
  pinging: [done(1)],
  submitting: [
    done(1, { report: report('filled', 1) }),
    done(1, { report: report('partiallyFilled', 0.5) }),
    done(1, { report: report('rejected', 0) }),
    done(1, { report: report('unknown', 0) }),
  ],
  cancelling: [
    done(1, { report: report('cancelled', 0.5) }),
    done(1, { report: report('unknown', 0) }),
  ],
};
const troubles = ['refused', 'unauthorized', 'failed', 'unknown'].map((kind) => ended(kind));

function eventsIn({ value }: Session): never[] {
  const state = String(value);
  const ends = outcomes[state];
  const id = `0.session.${state}`;
  const finished = ends
    ? [
        ...[...ends, ...troubles].map((output) => ({ type: `xstate.done.actor.${id}`, output })),
        { type: `xstate.error.actor.${id}`, error: new Error('interrupted') },
      ]
    : [];
  const postures = [
    { type: 'POSTURE_CHANGED', at: 1, forbidden: [], quality: {} },
    { type: 'POSTURE_CHANGED', at: 1, forbidden: [], quality: { 'orders.open': 0.5 } },
    { type: 'POSTURE_CHANGED', at: 1, forbidden: ['orders.open'], quality: {} },
    { type: 'POSTURE_CHANGED', at: 1, forbidden: ['orders.open', 'orders.reduce'], quality: {} },
  ];
  const targets = [target(1), target(-1), target(0)];
  return [...finished, ...targets, ...postures, { type: 'RECONCILE', at: 1 }] as never[];
}

const edges = expectSound(sessionMachine, {
  input,
  events: eventsIn,
  limit: 120_000,
  unreachable: ['reconciled'],
  key: ({ value, context }) =>
    JSON.stringify([
      value,
      context.positionQuantity === null ? null : Math.sign(context.positionQuantity),
      context.target?.quantity ?? null,
      context.order && [context.order.side, context.order.reduces],
      Math.min(2, context.failureCount),
      context.limits,
      context.rejectedLoginCount % 3,
    ]),
});
const outputKind = (event: { type: string }) =>
  (event as { output?: { kind?: string } }).output?.kind ?? 'error';

describe('on every edge, a broker session', () => {
  it('is walked through all its states', () => {
    expect(edges.length).toBeGreaterThan(1_000);
  });

  it('submits only when the broker has said its position', () => {
    for (const { to } of edges) {
      if (to.value === 'submitting') expect(to.context.positionQuantity).not.toBeNull();
    }
  });

  it('takes an order only as far as the posture allows', () => {
    for (const { from, to } of edges) {
      const { order, target: wish, positionQuantity, limits } = to.context;
      if (order === null || order.clientOrderId === from.context.order?.clientOrderId) continue;
      const { openRatio, mayReduce } = limits;
      if (order.reduces) expect(mayReduce).toBe(true);
      if (order.reduces) continue;
      const room = Math.abs(wish!.quantity) * openRatio - Math.abs(positionQuantity!);
      expect(order.quantity).toBeLessThanOrEqual(room);
      expect(openRatio).toBeGreaterThan(0);
    }
  });

  it('has an order out only while it submits, cancels, or finds out what became of it', () => {
    const out = ['submitting', 'cancelling', 'reconciling', 'backingOff', 'loggedOut', 'loggingIn'];
    for (const { to } of edges) {
      if (to.context.order !== null) expect(out).toContain(to.value);
      if (to.value === 'submitting') expect(to.context.order).not.toBeNull();
    }
  });

  it('sends a new order only when the end of the last one is certain', () => {
    for (const { from, event, to } of edges) {
      const before = from.context.order?.clientOrderId;
      const after = to.context.order?.clientOrderId;
      if (before === undefined || before === after) continue;
      expect(event.type).toMatch(/^xstate\.done\.actor/);
      expect(['submitting', 'cancelling', 'reconciling']).toContain(from.value);
      expect(outputKind(event)).not.toBe('unknown');
      if (from.value !== 'submitting') expect(outputKind(event)).toBe('done');
    }
  });

  it('reconciles next when the end of an order is not known', () => {
    for (const { from, event, to } of edges) {
      if (from.value !== 'submitting' || !event.type.startsWith('xstate.')) continue;
      if (!['unknown', 'error'].includes(outputKind(event))) continue;
      expect(to.value).toBe('reconciling');
      expect(to.context.order?.clientOrderId).toBe(from.context.order?.clientOrderId);
    }
  });

  it('comes to an order after trouble only through reconciling', () => {
    const trouble = ['backingOff', 'loggedOut', 'loggingIn'];
    for (const { from, to } of edges) {
      if (!trouble.includes(String(from.value))) continue;
      expect([...trouble, 'reconciling']).toContain(to.value);
    }
  });

  it('grows its number of orders by at most one', () => {
    for (const { from, to } of edges) {
      const more = to.context.orderCount - from.context.orderCount;
      expect(more === 0 || (more === 1 && to.value === 'submitting')).toBe(true);
    }
  });
});
