/** A paper broker with its server, client and clock; all is closed after each test. */
import { afterEach } from 'vitest';
import type { CallOptions, OrderRequest } from '../../actors/ports.ts';
import { type FaultSettings, faultSettingsSchema } from '../../config/paper-broker.ts';
import { simulatedClock } from '../../runtime/clock/simulated.ts';
import { brokerClient } from '../../runtime/paper/broker-client.ts';
import { startBrokerServer } from '../../runtime/paper/broker-server.ts';

const fees = () => ({ feeBasisPoints: 10, slippageBasisPoints: 20 });
export const ratios = {
  errorRatio: 0,
  hangRatio: 0,
  resetRatio: 0,
  partialFillRatio: 0,
  rejectedLoginRatio: 0,
};
export const faultsOf = (more: Partial<FaultSettings> = {}): FaultSettings =>
  faultSettingsSchema.parse({ outageDurationMs: 0, ...ratios, ...more });

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Setup {
  faults?: Partial<FaultSettings>;
  ledgerPath?: string;
  price?: number;
}

export async function openBroker({ faults = {}, ledgerPath, price }: Setup = {}) {
  const settings = { current: faultsOf(faults) };
  const clock = simulatedClock({ startMs: 1_000_000 });
  const server = await startBrokerServer({
    seed: 1,
    fees,
    ledgerPath,
    faults: () => settings.current,
    marketPrice: () => price,
  });
  const { port, key } = server;
  const client = brokerClient({ port, key, clock, seed: 1, faults: () => settings.current });
  closers.push(
    () => server.close(),
    () => client.close(),
  );
  /** Lets time pass until the call ends; says when that was. */
  const finish = async <T>(call: Promise<T>) => {
    let at: number | undefined;
    const ended = call.then(
      (value) => ({ value, error: undefined }),
      (error) => ({ value: undefined, error }),
    );
    void ended.then(() => {
      at ??= clock.now();
    });
    for (let i = 0; i < 20 && at === undefined; i++)
      await clock.advanceTo(clock.nextDueMs ?? clock.now() + 1);
    return { ...(await ended), at };
  };
  const login = () => finish(client.login(call('login')));
  return { clock, server, client, settings, finish, login };
}

export const call = (callId: string, signal = new AbortController().signal): CallOptions => ({
  callId,
  signal,
});
export const order = (clientOrderId: string, more: Partial<OrderRequest> = {}): OrderRequest => ({
  clientOrderId,
  symbol: 'BTC-PERP',
  side: 'buy',
  quantity: 2,
  referencePrice: 100,
  at: 1_000_000,
  ...more,
});
