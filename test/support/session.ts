/** A broker session among stand-ins, and what its ports may answer. */
import { fromPromise } from 'xstate';
import { paperSettingsSchema } from '../../config/paper.ts';
import { sessionMachine } from '../../machines/paper/session.ts';
import { stage } from './stage.ts';

export const paths = {
  session: '/session',
  account: '/account',
  strategy: '/strategy',
  posture: '/posture',
  tradingMode: '/tradingMode',
  safety: '/safety',
};
export const settings = paperSettingsSchema.parse({});
const { session: _, ...others } = paths;
const peers = Object.values(others);
export const input = { settings, paths, incarnation: 0, at: 0 };

export type Call = { port: string; input: { callId: string; [key: string]: unknown } };
export type Answer = (call: Call) => unknown;

export const done = (at: number, more: object = {}) => ({ kind: 'done', at, ...more });
export const ended = (kind: string, at = 1) => ({ kind, at, why: 'because' });
export const report = (status: string, filledQuantity: number, more: object = {}) => ({
  clientOrderId: 'o-1',
  side: 'buy',
  averagePrice: 100,
  fee: 1,
  status,
  filledQuantity,
  ...more,
});
export const reconciled = (positionQuantity = 0, reports: object[] = []) =>
  done(1, { positionQuantity, reports });

export const quantityOf = ({ input: asked }: Call) =>
  (asked.order as { quantity: number }).quantity;

export const fine: Record<string, Answer> = {
  login: () => done(1),
  reconcile: () => reconciled(),
  ping: () => done(1),
  submitOrder: (call) => done(2, { report: report('filled', quantityOf(call)) }),
  cancelOrder: () => done(3, { report: report('cancelled', 0.4) }),
};

/** A session whose ports answer at once: as `answers` says, or as a broker does that works. */
export function startSession(answers: Partial<Record<string, Answer>> = {}, more: object = {}) {
  const calls: Call[] = [];
  const fake = (port: string) =>
    fromPromise<never, never>(async ({ input: asked }) => {
      const call = { port, input: asked } as Call;
      calls.push(call);
      return (answers[port]?.(call) ?? fine[port]?.(call)) as never;
    });
  const actors = Object.fromEntries(Object.keys(fine).map((name) => [name, fake(name)]));
  const logic = sessionMachine.provide({ actors: actors as never });
  const it = stage(logic, { ...input, ...more }, peers);
  const order = () => calls.filter(({ port }) => port === 'submitOrder');
  return { it, calls, order, ports: () => calls.map(({ port }) => port) };
}

export const target = (quantity: number, at = 1) => ({ type: 'TARGET', quantity, price: 100, at });
