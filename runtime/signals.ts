/** Breakers on signals by name: made when they are asked for, found again afterwards. */
import { SignalBreaker, type SignalBreakerView, signalPath } from '../actors/signal-breaker.ts';
import type { SignalBreakerSettingsInput, SignalKind } from '../config/signal-breaker.ts';
import type { Core } from './core.ts';
import type { SafeguardHost } from './safeguards.ts';
import { applyPatch } from './settings/patch.ts';

/** Settings, or a kind of signal with the defaults that it has. */
export type SignalBreakerGiven = SignalBreakerSettingsInput | SignalKind;

export class Signals {
  readonly #host: SafeguardHost;
  readonly #core: Core;
  readonly #byName = new Map<string, SignalBreaker>();

  constructor(host: SafeguardHost, core: Core) {
    this.#host = host;
    this.#core = core;
  }

  get(name: string, given?: SignalBreakerGiven): SignalBreaker {
    const settings = typeof given === 'string' ? ({ kind: given } as { kind: 'loss' }) : given;
    this.#ensure(name, settings);
    const known = this.#byName.get(name);
    if (known) return known;
    const path = signalPath(name);
    const handle = new SignalBreaker({
      name,
      now: () => this.#host.now(),
      send: (event) => this.#host.send(path, event),
      order: (event) => this.#host.order(path, event),
      view: () => this.#core.engine.paths.at(path)?.getSnapshot() as SignalBreakerView | undefined,
    });
    this.#byName.set(name, handle);
    return handle;
  }

  /** Settings go where live patches find them; the actor lives by what stands there. */
  #ensure(name: string, given: SignalBreakerSettingsInput | undefined): void {
    const path = signalPath(name);
    const known = this.#core.settings.signals[name];
    // One that comes from the journal lives by what it was given then.
    if (!known && !given && !this.#host.has(path)) {
      throw new RangeError(
        `There is no breaker on a signal '${name}': give its settings, or a kind as 'drawdown'.`,
      );
    }
    if (given) {
      const value = known?.kind === given.kind ? { ...known, ...given } : given;
      const patch = [{ op: 'add', path: `/signals/${name}`, value }] as const;
      if (applyPatch(this.#core.settings, patch) !== this.#core.settings) {
        this.#host.change({ patch, by: 'host', why: `signal breaker '${name}' asked for` });
      }
    }
    if (!this.#host.has(path)) {
      this.#host.child(path, { op: 'start', id: name, spec: 'signal' });
    }
  }
}
