/** One of two ways to the paper broker: a gateway with a login and faults of its own. */
import { BrokerError } from '../../actors/errors.ts';
import { brokerThrough } from '../../actors/paper/broker-through.ts';
import type { Broker, CallOptions, Clock } from '../../actors/ports.ts';
import type { FaultSettings, PaperBrokerSettings } from '../../config/paper-broker.ts';
import type { Side } from '../../machines/policies/failover-verdict.ts';
import { seedOf } from '../random.ts';
import { type BrokerClient, brokerClient } from './broker-client.ts';
import type { BrokerOffice } from './broker-office.ts';
import { type BrokerServer, startGateway } from './broker-server.ts';
import { isOutage } from './faults.ts';

export interface WayOptions {
  readonly side: Side;
  readonly office: BrokerOffice;
  readonly seed: number;
  readonly clock: Clock;
  readonly settings: () => PaperBrokerSettings;
  /** How calls fail at a logical time by either way. */
  readonly faults: (atMs: number) => FaultSettings;
  /** Fencing token that its calls show. */
  readonly epoch: () => number;
  /** Told of each call that says that a way may be down. */
  readonly doubted: () => void;
}

/** Every call fails, as in an outage of the whole broker. */
const wayDown = {
  ...{ errorRatio: 0.7, resetRatio: 0.2, hangRatio: 0.1 },
  ...{ partialFillRatio: 0, rejectedLoginRatio: 0 },
} as const;

/** How calls by one way fail at a time: as the broker's do, and all of them while it is down. */
export function wayFaults(
  side: Side,
  seed: number,
  { faults, pair }: PaperBrokerSettings,
  atMs: number,
): FaultSettings {
  const way = pair[side];
  const isDown =
    way.outageEveryMs > 0 && isOutage(seedOf(seed, `way ${side}`), atMs, { ...faults, ...way });
  return isDown ? { ...faults, ...wayDown } : faults;
}

/** Errors that a working broker answers with. */
const answers: readonly BrokerError['kind'][] = ['unauthorized', 'refused', 'fenced'];

/** Opens a gateway of the broker, and a client to it. */
export async function openWay(options: WayOptions): Promise<Way> {
  const { side, seed, settings, office, clock, epoch } = options;
  const faults = (atMs: number) =>
    wayFaults(side, seed, { ...settings(), faults: options.faults(atMs) }, atMs);
  const server = await startGateway(office, { seed, faults });
  const { port, key } = server;
  return new Way(options, server, brokerClient({ port, key, seed, faults, clock, epoch }));
}

/** A broker that rejects a login can be reached: the session deals with that. */
async function answered(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof BrokerError) || error.kind !== 'unauthorized') throw error;
  }
}

export class Way {
  /** Its calls have ids of their own, from which its faults are drawn. */
  readonly broker: Broker;
  readonly direct: Broker;
  private readonly options: WayOptions;
  private readonly server: BrokerServer;
  private readonly client: BrokerClient;
  private isLoggedIn = false;
  /** Until then it counts as working without a look, logical ms. */
  private trustedUntilMs = 0;

  constructor(options: WayOptions, server: BrokerServer, client: BrokerClient) {
    this.options = options;
    this.server = server;
    this.client = client;
    this.broker = this.watched(client);
    this.direct = this.watched(client.direct);
  }

  /**
   * A look at it, by a call only when the last one that went well is too long ago.
   *
   * @throws {BrokerError} when it does not work.
   */
  async look(call: CallOptions): Promise<void> {
    if (this.options.clock.now() < this.trustedUntilMs) return;
    await answered(this.isLoggedIn ? this.broker.ping(call) : this.broker.login(call));
  }

  /**
   * A login, which shows the newest epoch: nothing of the other way comes in from then on.
   *
   * @throws {BrokerError} when it does not work.
   */
  async begin(call: CallOptions): Promise<void> {
    await answered(this.broker.login(call));
  }

  /** The next look is a call. */
  doubt(): void {
    this.trustedUntilMs = 0;
  }

  async close(): Promise<void> {
    this.client.close();
    await this.server.close();
  }

  private watched(broker: Broker): Broker {
    const { side, clock, settings, doubted } = this.options;
    const prefix = side === 'primary' ? '' : `${side}.`;
    const through = brokerThrough(async ({ signal, callId }, call) => {
      try {
        const value = await call(broker, { signal, callId: `${prefix}${callId}` });
        this.trustedUntilMs = clock.now() + settings().pair.trustMs;
        return value;
      } catch (error) {
        const kind = error instanceof BrokerError ? error.kind : 'unavailable';
        if (kind === 'unauthorized') this.isLoggedIn = false;
        if (!answers.includes(kind)) doubted();
        throw error;
      }
    });
    return {
      ...through,
      login: async (options) => {
        const begun = await through.login(options);
        this.isLoggedIn = true;
        return begun;
      },
    };
  }
}
