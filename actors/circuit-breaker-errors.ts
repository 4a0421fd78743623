/** Why a circuit breaker refuses a call. */
import type { CircuitBreakerContext } from '../machines/circuit-breaker.ts';
import { KintsugiError, withoutStack } from './errors.ts';
import type { Clock } from './ports.ts';

/**
 * The breaker is open, or half open with all its probes in flight: the call was not made.
 *
 * All refusals of one period share one error object, which has no stack: building an error per
 * refusal would cost more than everything else together, just when the host is in trouble.
 */
export class CircuitOpenError extends KintsugiError {
  readonly code: string = 'CIRCUIT_OPEN';
  readonly retryable = true;
  readonly breaker: string;
  readonly #retryAfterMs: () => number;

  constructor(breaker: string, message: string, retryAfterMs: () => number) {
    super(message);
    this.breaker = breaker;
    this.#retryAfterMs = retryAfterMs;
  }

  /**
   * Milliseconds from now, when this is read, until calls may be admitted again. 0 when that can
   * happen at any time (half open), Infinity when only an operator can end it.
   */
  get retryAfterMs(): number {
    return this.#retryAfterMs();
  }
}

/** An operator holds the breaker open. */
export class CircuitIsolatedError extends CircuitOpenError {
  override readonly code = 'CIRCUIT_ISOLATED';
  readonly by: string;
  readonly why: string;

  constructor(
    breaker: string,
    order: { readonly by: string; readonly why: string },
    retryAfterMs: () => number,
  ) {
    const { by, why } = order;
    super(
      breaker,
      `Circuit '${breaker}' is isolated by ${by}: ${why}. Call refused.`,
      retryAfterMs,
    );
    this.by = by;
    this.why = why;
  }
}

/** The breaker's actor does not run, so nobody could judge the result: the call was not made. */
export class CircuitDownError extends KintsugiError {
  readonly code = 'CIRCUIT_DOWN';
  readonly retryable = true;
  readonly breaker: string;

  constructor(breaker: string) {
    super(`Circuit '${breaker}' has no running actor: call refused until it is restarted.`);
    this.breaker = breaker;
  }
}

/** The error of a breaker that admits nothing, made once for as long as that lasts. */
export function refusalOf(
  breaker: string,
  state: string,
  context: CircuitBreakerContext | undefined,
  clock: Clock,
): CircuitOpenError | CircuitDownError {
  if (!context) return withoutStack(() => new CircuitDownError(breaker));
  const until = (dueMs: number) => () => Math.max(0, dueMs - clock.now());
  if (context.order) {
    const { order } = context;
    const retryAfterMs = until(order.expiresAtMs ?? Number.POSITIVE_INFINITY);
    return withoutStack(() => new CircuitIsolatedError(breaker, order, retryAfterMs));
  }
  if (state === 'halfOpen') {
    const message = `Circuit '${breaker}' is half open and all its probes are out: call refused.`;
    return withoutStack(() => new CircuitOpenError(breaker, message, () => 0));
  }
  // A closed breaker that refuses has just tripped, and its chart has yet to say until when.
  const openUntilMs =
    state === 'open' ? context.openUntilMs : clock.now() + context.settings.openDurationMs;
  const date = new Date(openUntilMs).toISOString();
  const message = `Circuit '${breaker}' is open until ${date}: call refused.`;
  return withoutStack(() => new CircuitOpenError(breaker, message, until(openUntilMs)));
}
