/**
 * One side of a failover pair that sends numbered orders to a broker while it is active. Order ids
 * hold the epoch, so that nothing but the broker's fence keeps a number from being executed twice.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultSettings } from '../../config/paper-broker.ts';
import type { Side } from '../../machines/policies/failover-verdict.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import { fileLeases } from '../../runtime/lease/file-leases.ts';
import { brokerClient } from '../../runtime/paper/broker-client.ts';
import { orderOf, say } from './child-process.ts';

export interface PairOrder {
  readonly side: Side;
  /** Folder of the leases, common to both sides, and of the own journal. */
  readonly leases: string;
  readonly journal: string;
  /** Of the broker, on the loopback. */
  readonly port: number;
  readonly key: string;
  readonly seed: number;
  readonly faults: FaultSettings;
  readonly heartbeatMs: number;
}

export type PairMessage =
  | { readonly at: 'state'; readonly state: string; readonly epoch: number }
  | { readonly at: 'acked'; readonly number: number; readonly epoch: number };

const order = orderOf<PairOrder>();
const { side, heartbeatMs } = order;
const runtime = await createRuntime({ journal: order.journal });
await runtime.start();

let epoch = 0;
/** The number that comes next; undefined until the broker has said what was executed. */
let next: number | undefined;
let callCount = 0;
const client = brokerClient({
  ...order,
  clock: runtime.clock,
  faults: () => order.faults,
  epoch: () => epoch,
});
const call = (signal: AbortSignal) => {
  callCount += 1;
  return { signal, callId: `${side}-${process.pid}-${callCount}` };
};

/** Shows the epoch first: from then on the position can only be moved by this side. */
async function reconcile(signal: AbortSignal): Promise<void> {
  await client.login(call(signal));
  const { positionQuantity } = await client.account(call(signal));
  next = positionQuantity + 1;
}

const own = {
  check: () => true,
  activate: async (scope: { readonly epoch: number; readonly signal: AbortSignal }) => {
    epoch = scope.epoch;
    await reconcile(scope.signal);
  },
  deactivate: () => {
    next = undefined;
  },
};
const other = { remote: true } as const;
const pair = runtime.failover('desk', {
  primary: side === 'primary' ? own : other,
  backup: side === 'backup' ? own : other,
  policy: 'sticky',
  heartbeatMs,
  checkTimeoutMs: heartbeatMs,
  missedCountMax: 2,
  leaseMs: 2.5 * heartbeatMs,
  backoff: { minMs: heartbeatMs, maxMs: 2 * heartbeatMs },
  flap: { switchCountMax: 1_000 },
  reportEveryMs: 2 * heartbeatMs,
  leases: fileLeases(order.leases),
});

async function trade(signal: AbortSignal, number: number): Promise<void> {
  const request = {
    clientOrderId: `${number}.${epoch}`,
    symbol: side,
    side: 'buy',
    quantity: 1,
    referencePrice: 1,
    at: runtime.clock.now(),
  } as const;
  await client.submitOrder(request, call(signal));
  say({ at: 'acked', number, epoch } satisfies PairMessage);
  next = number + 1;
}

let told = '';
for (;;) {
  const message = { at: 'state', state: pair.state, epoch: pair.epoch } satisfies PairMessage;
  const text = JSON.stringify(message);
  if (text !== told) say(message);
  told = text;
  try {
    await pair.execute(async ({ signal }) => {
      if (next === undefined) await reconcile(signal);
      else await trade(signal, next);
    });
  } catch {
    // Whatever became of it, the broker is asked before the next order.
    next = undefined;
  }
  await sleep(5);
}
