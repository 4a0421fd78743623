/** The fault plans of a run: each effect at its logical time, by the settings in force. */
import type { Clock } from '../../actors/ports.ts';
import type { FeeSettings } from '../../config/paper.ts';
import type { FaultSettings } from '../../config/paper-broker.ts';
import type { Bar } from '../../machines/paper/bar.ts';
import type { Runtime } from '../runtime.ts';
import {
  barUnder,
  type Computer,
  computerAt,
  type FaultMoment,
  faultsUnder,
  feesUnder,
} from './fault-effects.ts';

export class FaultPlansInForce {
  private readonly runtime: () => Pick<Runtime, 'settings' | 'seed'>;
  private readonly clock: Pick<Clock, 'now' | 'at'>;

  /** @param runtime is made after the tree that calls what fails. */
  constructor(runtime: () => Pick<Runtime, 'settings' | 'seed'>, clock: Pick<Clock, 'now' | 'at'>) {
    this.runtime = runtime;
    this.clock = clock;
  }

  private get settings() {
    return this.runtime().settings.current;
  }

  private momentAt(at: number): FaultMoment {
    return { plans: this.settings.paper.faultPlans, seed: this.runtime().seed, at };
  }

  /** How calls to the broker fail at a logical time. */
  readonly faults = (atMs: number): FaultSettings => {
    const { paper, allocation } = this.settings;
    return faultsUnder(this.momentAt(atMs), paper.broker.faults, allocation);
  };

  /** What an order costs now. */
  readonly fees = (quantity: number): FeeSettings =>
    feesUnder(this.momentAt(this.clock.now()), this.settings.paper.fees, quantity);

  /** The bar as the host sees it. */
  seen(bar: Bar): Bar {
    return barUnder(this.momentAt(bar.at), bar);
  }

  /** How the computer does. */
  get computer(): Computer {
    return computerAt(this.momentAt(this.clock.now()), this.settings.allocation);
  }

  /** What an analysis came to, once it has waited for its workers. */
  async delayed<T>(analysis: Promise<T>, signal: AbortSignal): Promise<T> {
    const { analysisDelayMs } = this.computer;
    if (analysisDelayMs === 0) return analysis;
    const result = await analysis;
    await new Promise<void>((resolve, reject) => {
      const withdraw = this.clock.at(this.clock.now() + analysisDelayMs, resolve);
      const giveUp = () => {
        withdraw();
        reject(signal.reason);
      };
      if (signal.aborted) giveUp();
      else signal.addEventListener('abort', giveUp, { once: true });
    });
    return result;
  }
}
