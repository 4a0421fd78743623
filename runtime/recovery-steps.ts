/**
 * Makes the steps of recoveries at the edge. The functions stay in memory, by plan and component: a
 * host gives the plan again after a restart of the process, and steps wait for it until then.
 */
import type { Clock, RecoverySteps } from '../actors/ports.ts';
import type { RecoveryComponent } from '../actors/recovery.ts';
import type { StepOutcome, StepRequest } from '../machines/recovery.ts';
import { errorText } from './error-text.ts';

type Components = Readonly<Record<string, RecoveryComponent>>;

const whyLengthMax = 200;

export class StepTable implements RecoverySteps {
  /** Given by a runtime; a replay has none and makes no step. */
  clock: Clock | undefined;
  private readonly plans = new Map<string, Components>();
  /** Steps whose plan was not given yet. */
  private readonly waiting = new Map<string, Set<() => void>>();

  set(plan: string, components: Components): void {
    this.plans.set(plan, components);
    for (const wake of this.waiting.get(plan) ?? []) wake();
    this.waiting.delete(plan);
  }

  delete(plan: string): void {
    this.plans.delete(plan);
  }

  async make(
    request: StepRequest,
    { signal, key }: { readonly signal: AbortSignal; readonly key: string },
  ): Promise<StepOutcome> {
    const { clock } = this;
    if (!clock) throw new Error('A replay asked for a step of a recovery.');
    try {
      const components = this.plans.get(request.plan) ?? (await this.given(request.plan, signal));
      const component = components[request.component];
      // Some time may have passed since it was asked for: the process may have been down.
      const remainingMs = request.deadlineAtMs - clock.now();
      signal.throwIfAborted();
      if (remainingMs <= 0) throw new Error('no time was left to begin it');
      const step = request.step === 'check' ? 'validate' : request.step;
      const { attempt } = request;
      const result = await component?.[step]?.({ signal, remainingMs, attempt, key });
      return outcomeOf(request, result, clock.now());
    } catch (error) {
      const why = errorText(error).slice(0, whyLengthMax);
      return { kind: 'failed', at: clock.now(), why };
    }
  }

  private given(plan: string, signal: AbortSignal): Promise<Components> {
    return new Promise((resolve, reject) => {
      const waiting = this.waiting.get(plan) ?? new Set();
      this.waiting.set(plan, waiting);
      const wake = () => resolve(this.plans.get(plan) as Components);
      waiting.add(wake);
      const giveUp = () => {
        waiting.delete(wake);
        reject(new Error('the plan was not given since the start of the process'));
      };
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }
}

function outcomeOf({ step }: StepRequest, result: unknown, at: number): StepOutcome {
  if ((step === 'validate' || step === 'check') && result === false) {
    return { kind: 'failed', at, why: 'it says that it does not work' };
  }
  const dataAtMs = step === 'restore' ? dataTimeOf(result) : undefined;
  return dataAtMs === undefined ? { kind: 'done', at } : { kind: 'done', at, dataAtMs };
}

/** @throws {TypeError} when a time is given that is none. */
function dataTimeOf(result: unknown): number | undefined {
  const { dataAtMs } = (result ?? {}) as { readonly dataAtMs?: unknown };
  if (dataAtMs === undefined) return undefined;
  if (typeof dataAtMs === 'number' && Number.isFinite(dataAtMs)) return dataAtMs;
  throw new TypeError(`'dataAtMs' must be a time in ms, got ${String(dataAtMs)}`);
}
