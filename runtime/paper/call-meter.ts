/** Counts what a broker's calls came to, in logical time: how the host says how it does. */
import type { Broker, Clock } from '../../actors/ports.ts';

export interface CallCounts {
  /** Calls that have ended. */
  readonly count: number;
  /** Those that failed, refused ones included. */
  readonly failedCount: number;
  /** Time of all of them together, ms. */
  readonly totalMs: number;
}

const none: CallCounts = { count: 0, failedCount: 0, totalMs: 0 };

export class CallMeter {
  private readonly clock: Pick<Clock, 'now'>;
  private counts = none;

  constructor(clock: Pick<Clock, 'now'>) {
    this.clock = clock;
  }

  /** Calls since it was asked last. */
  take(): CallCounts {
    const { counts } = this;
    this.counts = none;
    return counts;
  }

  /** The same broker, whose calls are counted. */
  around(broker: Broker): Broker {
    return {
      login: (options) => this.counted(broker.login(options)),
      ping: (options) => this.counted(broker.ping(options)),
      account: (options) => this.counted(broker.account(options)),
      submitOrder: (order, options) => this.counted(broker.submitOrder(order, options)),
      order: (id, options) => this.counted(broker.order(id, options)),
      cancelOrder: (id, options) => this.counted(broker.cancelOrder(id, options)),
    };
  }

  private async counted<T>(call: Promise<T>): Promise<T> {
    const startMs = this.clock.now();
    const note = (failed: number) => {
      const { count, failedCount, totalMs } = this.counts;
      this.counts = {
        count: count + 1,
        failedCount: failedCount + failed,
        totalMs: totalMs + this.clock.now() - startMs,
      };
    };
    try {
      const value = await call;
      note(0);
      return value;
    } catch (error) {
      note(1);
      throw error;
    }
  }
}
