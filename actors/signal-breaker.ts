/** Breakers on signals: child specifications, and the handle that hosts and operators use. */
import type { SignalBreakerSettings } from '../config/signal-breaker.ts';
import {
  type SignalBreakerContext,
  type SignalBreakerEvent,
  type SignalBreakerInput,
  signalBreakerMachine,
} from '../machines/signal-breaker.ts';
import { tell } from '../machines/tell.ts';
import {
  type ChildScope,
  type ChildSpec,
  child,
  type SupervisorSpec,
  supervisor,
} from './child.ts';
import { checkExpiry, checkOrder, checkText, type OperatorOrder } from './operator-order.ts';
import { safeguardPaths } from './safeguard-paths.ts';

/** Where the breaker of a name lives. */
export const signalPath = (name: string): string => `${safeguardPaths.signals}/${name}`;

/** Describes the supervisor of all of them; they join it by name. */
export function signalsSupervisor(): SupervisorSpec {
  return supervisor({ id: 'signals', children: [], intensity: 100, periodMs: 60_000 });
}

/** Describes one. It lives by the settings of its name, and a crash forgets nothing. */
export function signalBreakerChild(name: string): ChildSpec {
  return child({
    id: name,
    logic: signalBreakerMachine,
    memory: 'snapshot',
    settings: `/signals/${name}`,
    // The time for which the process did not run is no silence of the signal.
    timers: { look: 'restart' },
    input: ({ path, settings, seed, at }: ChildScope): SignalBreakerInput => ({
      name,
      settings: settings as SignalBreakerSettings,
      seed,
      at,
      paths: {
        self: path,
        tradingMode: safeguardPaths.tradingMode,
        alerts: safeguardPaths.alerts,
      },
    }),
  });
}

/**
 * For machines in the tree, inside `enqueueActions`: a sample that is part of the same turn, and no
 * entry of its own. Nobody is told while there is no breaker of this name.
 *
 *     enqueueActions(({ enqueue, system, event }) =>
 *       sampleSignal({ enqueue, system }, 'equity', { at: event.at, value: event.equity }))
 */
export function sampleSignal(
  teller: Parameters<typeof tell>[0],
  name: string,
  sample: { readonly at: number; readonly value: number; readonly sampledAtMs?: number },
): void {
  tell(teller, [signalPath(name)], { type: 'SIGNAL_SAMPLED', ...sample });
}

/** As the handle sees the actor. */
export interface SignalBreakerView {
  readonly value: string | { readonly metricsOnly: string };
  readonly context: SignalBreakerContext;
}

export type SignalBreakerState =
  | 'closed'
  | 'open'
  | 'halfOpen'
  | 'isolated'
  | 'disabled'
  | 'metricsOnly'
  /** Its actor does not run. */
  | 'down';

/** An order that may end by itself, at a time in logical ms. */
type Temporary = OperatorOrder & { readonly expiresAtMs?: number };

export interface SignalBreakerOptions {
  readonly name: string;
  readonly now: () => number;
  readonly send: (event: SignalBreakerEvent) => void;
  /** As `send`; on disk before anything follows from it. */
  readonly order: (event: SignalBreakerEvent) => void;
  readonly view: () => SignalBreakerView | undefined;
}

export class SignalBreaker {
  readonly name: string;
  readonly path: string;
  readonly #options: SignalBreakerOptions;

  /** Use `runtime.signalBreaker`. */
  constructor(options: SignalBreakerOptions) {
    this.name = options.name;
    this.path = signalPath(options.name);
    this.#options = options;
  }

  get state(): SignalBreakerState {
    const value = this.#options.view()?.value;
    if (value === undefined) return 'down';
    return (typeof value === 'string' ? value : 'metricsOnly') as SignalBreakerState;
  }

  /**
   * Whether what it guards should stop: while it is open, isolated, or does not run. Half open it
   * lets things pass, so that there is something to measure.
   */
  get isOpen(): boolean {
    const { state } = this;
    return state === 'open' || state === 'isolated' || state === 'down';
  }

  /** The last reading, as drawdown ratio or milliseconds; null before the first. */
  get measured(): number | null {
    return this.#context?.measured ?? null;
  }

  /** The limit in force; undefined while it does not run. */
  get limit(): number | undefined {
    return this.#context?.threshold.limit;
  }

  /** All that it knows; undefined while it does not run. */
  get context(): SignalBreakerContext | undefined {
    return this.#context;
  }

  /**
   * Tells it a value, as one journal entry. A bad one (not finite, a price or a first equity not
   * above 0, older than the last) is counted and told as `breaker.sampleRejected`.
   *
   * @param sampledAtMs time of the sample itself, as of a bar; default: now.
   */
  sample(value: number, sampledAtMs?: number): void {
    const at = this.#options.now();
    const time = sampledAtMs === undefined ? {} : { sampledAtMs };
    this.#options.send({ type: 'SIGNAL_SAMPLED', at, value, ...time });
  }

  /**
   * Opens it until `reset`, or until `expiresAtMs`.
   *
   * @throws {TypeError} when it is not said who orders it and why.
   * @throws {RangeError} when it would expire in the past.
   */
  isolate(order: Temporary): void {
    this.#hold('ISOLATE', order);
  }

  /** Judges nothing until `enable`, or until `expiresAtMs`. It throws as `isolate` does. */
  disable(order: Temporary): void {
    this.#hold('DISABLE', order);
  }

  /** A dry run, of which only facts follow. It throws as `isolate` does. */
  metricsOnly(order: Temporary): void {
    this.#hold('METRICS_ONLY', order);
  }

  /**
   * Ends `disable` and `metricsOnly`. One that had latched before is open again: it takes a reset.
   *
   * @throws {TypeError} when it is not said who orders it and why.
   */
  enable(order: OperatorOrder): void {
    checkOrder(order);
    const { by, why } = order;
    this.#options.order({ type: 'ENABLE', at: this.#options.now(), by, why });
  }

  /**
   * Closes it, and measures from the last sample on: the peak becomes the current equity.
   *
   * @param order.scope its name, or `all`: who resets says what. Any other scope is refused with
   * `breaker.resetRefused`, and changes nothing.
   * @returns whether the scope is one that resets it.
   * @throws {TypeError} when it is not said who resets it, why, and what.
   */
  reset(order: OperatorOrder & { readonly scope: string }): boolean {
    checkOrder(order);
    const { by, why, scope } = order;
    checkText('scope', scope);
    this.#options.order({ type: 'RESET', at: this.#options.now(), by, why, scope });
    return scope === this.name || scope === 'all';
  }

  #hold(type: 'ISOLATE' | 'DISABLE' | 'METRICS_ONLY', order: Temporary): void {
    checkOrder(order);
    const { by, why, expiresAtMs } = order;
    const at = this.#options.now();
    checkExpiry(expiresAtMs, at);
    const expiry = expiresAtMs === undefined ? {} : { expiresAtMs };
    this.#options.order({ type, at, by, why, ...expiry });
  }

  get #context(): SignalBreakerContext | undefined {
    return this.#options.view()?.context;
  }
}
