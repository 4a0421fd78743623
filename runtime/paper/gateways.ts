/** How the paper host reaches its broker: by one way, or by two under a failover pair. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BrokerError } from '../../actors/errors.ts';
import { FAILOVER } from '../../actors/failover-pair.ts';
import { brokerThrough } from '../../actors/paper/broker-through.ts';
import { paperPaths } from '../../actors/paper/tree.ts';
import type { Broker, CallOptions, Clock, LeaseStore } from '../../actors/ports.ts';
import type { FailoverSettingsInput } from '../../config/failover-pair.ts';
import type { FeeSettings } from '../../config/paper.ts';
import type { FaultSettings } from '../../config/paper-broker.ts';
import type { PaperPairSettings } from '../../config/paper-pair.ts';
import type { Settings } from '../../config/settings.ts';
import { otherSide, type Side } from '../../machines/policies/failover-verdict.ts';
import { within } from '../failover/beat.ts';
import type { FailoverPair } from '../failover/pair.ts';
import type { LocalSide } from '../failover/sides.ts';
import { memoryLeases } from '../lease/memory-leases.ts';
import type { Fact } from '../options.ts';
import type { Runtime } from '../runtime.ts';
import { brokerClient } from './broker-client.ts';
import { type BrokerOffice, openOffice } from './broker-office.ts';
import { startGateway } from './broker-server.ts';
import { openWay, type Way } from './way.ts';

export interface Gateways {
  /** The ways there are. */
  readonly sides: readonly Side[];
  /** Whether calls can be made in this life of the host. */
  readonly isOpen: boolean;
  /** Calls by the way that is active. */
  readonly broker: Broker;
  /** The same without logical time, by whichever way works: for an emergency. */
  readonly direct: Broker;
  /** A look at one of the ways, active or not. */
  look(side: Side, call: CallOptions): Promise<unknown>;
  /** Waits until calls can be made; undefined when they can. */
  admit(signal: AbortSignal): Promise<void> | undefined;
  /** Opens the way that is to be active, once the runtime runs. */
  join(): void;
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  /** As the host was started with. */
  readonly settings: Settings;
  /** How calls fail at a logical time, whichever way they take. */
  readonly faults: (atMs: number) => FaultSettings;
  readonly fees: (quantity: number) => FeeSettings;
  readonly marketPrice: () => number | undefined;
  readonly ledgerPath?: string | undefined;
}

/** Name of the pair, and where it lives. */
const PAIR = 'broker';
const pairPath = `${FAILOVER}/${PAIR}`;

const isUp = (runtime: Runtime) => runtime.snapshot(pairPath)?.status === 'active';

/** Grants epochs that the broker has not seen, whatever the journal remembers. */
const beyond = (office: BrokerOffice, store: LeaseStore): LeaseStore => ({
  ...store,
  acquire: ({ afterEpoch = 0, ...request }) =>
    store.acquire({ ...request, afterEpoch: Math.max(afterEpoch, office.epoch) }),
});

/** Limit of a look and of a login at the edge of the pair, logical ms. */
const CALL_TIMEOUT_MS = 10_000;
const dayMs = 24 * 3_600_000;

export async function openGateways(options: GatewayOptions): Promise<Gateways> {
  const { fees, marketPrice, ledgerPath, settings } = options;
  const office = openOffice({ fees, marketPrice, ...(ledgerPath ? { ledgerPath } : {}) });
  return settings.paper.broker.pair.enabled ? openPair(options, office) : openOne(options, office);
}

/** Without a pair: under the newest epoch, should an earlier life have had one. */
async function openOne(
  { runtime, clock, faults }: GatewayOptions,
  office: BrokerOffice,
): Promise<Gateways> {
  const { seed } = runtime;
  const server = await startGateway(office, { seed, faults });
  const { port, key } = server;
  const epoch = () => office.epoch;
  const client = brokerClient({ port, key, seed, faults, clock, epoch });
  return {
    sides: ['primary'],
    isOpen: true,
    broker: client,
    direct: client.direct,
    look: (_, call) => client.login(call),
    admit: () => undefined,
    join: () => {
      if (isUp(runtime)) void runtime.stopChild(pairPath);
    },
    close: async () => {
      client.close();
      await server.close();
      office.close();
    },
  };
}

async function openPair(options: GatewayOptions, office: BrokerOffice): Promise<Gateways> {
  const { runtime, clock, faults } = options;
  // What calls show: the newest epoch that a side of this host was activated under.
  let epoch = office.epoch;
  const open = (side: Side) =>
    openWay({
      ...{ side, office, clock, faults },
      seed: runtime.seed,
      settings: () => runtime.settings.current.paper.broker,
      epoch: () => epoch,
      // Whether it is one way or the whole broker, only a look at both can tell.
      doubted: () => {
        for (const way of Object.values(ways)) way.doubt();
      },
    });
  const ways: Record<Side, Way> = { primary: await open('primary'), backup: await open('backup') };
  const sideOf = (side: Side): LocalSide => ({
    check: ({ signal }) => ways[side].look({ signal, callId: `look.${clock.now()}` }),
    activate: (scope) => {
      epoch = scope.epoch;
      const callId = `activate.${epoch}`;
      return within(clock, CALL_TIMEOUT_MS, (signal) => ways[side].begin({ signal, callId }));
    },
    deactivate: () => {},
  });
  const begun = new Begun();
  let pair: FailoverPair | undefined;
  const active = () => ways[pair?.active ?? 'primary'];
  return {
    sides: ['primary', 'backup'],
    get isOpen() {
      return begun.isDone;
    },
    broker: brokerThrough((call, make) =>
      pair!.execute(({ side }) => make(ways[side].broker, call)),
    ),
    direct: byEither(
      () => active().direct,
      () => ways[otherSide(pair?.active ?? 'primary')].direct,
    ),
    look: (side, call) => ways[side].look(call),
    admit: (signal) => begun.wait(signal),
    join: () => {
      if (pair) return;
      runtime.on('failover.switched', (fact) => {
        if (fact.path !== pairPath) return;
        if (begun.isDone) takeUp(runtime, fact);
        begun.end();
      });
      pair = runtime.failover(PAIR, {
        ...pairSettings(options.settings),
        primary: sideOf('primary'),
        backup: sideOf('backup'),
        leases: beyond(
          office,
          memoryLeases(() => clock.now()),
        ),
      });
      // An earlier life may have gone on without it.
      if (!isUp(runtime)) void runtime.restart(pairPath);
    },
    close: async () => {
      await Promise.all([ways.primary.close(), ways.backup.close()]);
      office.close();
    },
  };
}

/** The same broker, whose first calls wait until there is a way to it. */
export const admitted = (broker: Broker, gateways: () => Gateways | undefined): Broker =>
  brokerThrough((options, call) => {
    const wait = gateways()?.admit(options.signal);
    return wait ? wait.then(() => call(broker, options)) : call(broker, options);
  });

/** Nobody is active before the pair has taken the role: at the start, calls wait for that. */
class Begun {
  isDone = false;
  private readonly begun = Promise.withResolvers<void>();

  end(): void {
    this.isDone = true;
    this.begun.resolve();
  }

  wait(signal: AbortSignal): Promise<void> | undefined {
    if (this.isDone) return undefined;
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      void this.begun.promise.then(resolve);
    });
  }
}

/**
 * The other way is active: what the breaker knows is of the old one, and what became of a call that
 * is out nobody knows before orders and position were compared.
 */
function takeUp(runtime: Runtime, { to, cause, at }: Fact): void {
  const breaker = runtime.breaker(paperPaths.brokerBreaker);
  const why = `the ${String(to)} way has taken over: ${String(cause)}`;
  if (breaker.state !== 'closed') breaker.reset({ by: 'failover', why });
  if (runtime.snapshot(paperPaths.session)?.status !== 'active') return;
  runtime.send(paperPaths.session, { type: 'RECONCILE', at: Number(at) });
}

/** A way that has not answered by then is not waited for alone, real ms. */
const HEDGE_MS = 250;

/** The broker knows orders by their ids: one that is asked for by both ways is executed once. */
export function byEither(first: () => Broker, second: () => Broker): Broker {
  return brokerThrough(async (call, make) => {
    const over = new AbortController();
    const signal = AbortSignal.any([call.signal, over.signal]);
    const ask = (broker: Broker) => make(broker, { ...call, signal });
    try {
      const asked = ask(first());
      const heard = asked.then(() => true, isAnswer);
      const isHeard = await Promise.race([heard, sleep(HEDGE_MS, false, { signal })]);
      if (isHeard) return await asked;
      call.signal.throwIfAborted();
      return await Promise.any([asked, ask(second())]);
    } catch (error) {
      if (!(error instanceof AggregateError)) throw error;
      throw error.errors.find(isAnswer) ?? error.errors[0];
    } finally {
      over.abort();
    }
  });
}

/** Whether the broker itself has said it. */
const isAnswer = (error: unknown): boolean =>
  error instanceof BrokerError && !unheard.includes(error.kind);

const unheard: readonly BrokerError['kind'][] = ['unavailable', 'reset', 'protocol'];

/** What users have written of the pair itself holds whole. */
export function pairSettings({ failover, paper }: Settings): FailoverSettingsInput {
  return failover[PAIR] ?? settingsFrom(paper.broker.pair);
}

function settingsFrom({ heartbeatMs, missedCountMax, stableMs }: PaperPairSettings) {
  const leaseMs = 3 * heartbeatMs;
  return {
    ...{ heartbeatMs, missedCountMax, stableMs, leaseMs },
    stableMaxMs: 8 * stableMs,
    checkTimeoutMs: CALL_TIMEOUT_MS,
    switchTimeoutMs: Math.max(2 * leaseMs, CALL_TIMEOUT_MS),
    // The ledger is common to both sides: there is no state to copy.
    ...{ syncEveryMs: dayMs, lagMaxMs: 2 * dayMs + heartbeatMs },
    backoff: { minMs: CALL_TIMEOUT_MS, maxMs: 300_000 },
    flap: { switchCountMax: 4, periodMs: 3_600_000 },
    suspendMs: 3_600_000,
    reportEveryMs: dayMs,
  };
}
