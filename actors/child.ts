/**
 * Child specifications: what a supervisor starts, and what it does when a child goes down.
 *
 * The words and defaults are those of OTP: restart type, intensity, period.
 * @see https://www.erlang.org/doc/apps/stdlib/supervisor.html
 */
import type { AnyActorLogic } from 'xstate';

/** What an input factory may use; all of it is the same in replay. */
export interface ChildScope {
  /** As in `/paper/broker/breaker`. */
  readonly path: string;
  /** Seed of the actor's own random stream, an unsigned 32-bit integer. */
  readonly seed: number;
  /** 0 at the first start, one more with each restart. */
  readonly incarnation: number;
  /** The settings that `settings` points to; all settings without it. */
  readonly settings: unknown;
  /** Logical time of the start, ms. */
  readonly at: number;
}

export type Restart = 'permanent' | 'transient' | 'temporary';

export interface ChildSpec {
  readonly kind: 'worker';
  readonly id: string;
  readonly logic: AnyActorLogic;
  /** A value, or a function of the scope. Evaluated at each start. */
  readonly input: unknown;
  /** `permanent`: restarted always; `transient`: after a crash only; `temporary`: never. */
  readonly restart: Restart;
  /**
   * JSON pointer to the settings that this actor lives by, as in `/paper/broker/breaker`. When they
   * change, the actor is sent `{ type: 'SETTINGS_CHANGED', settings }` in the same turn.
   */
  readonly settings: string | undefined;
  /** When plain function actions run: after the commit of their turn, or inside it. */
  readonly actions: 'afterTurn' | 'inTurn';
}

export interface SupervisorSpec {
  readonly kind: 'supervisor';
  readonly id: string;
  readonly strategy: 'one_for_one';
  /** More than this many restarts within `periodMs` and the supervisor gives up. */
  readonly intensity: number;
  readonly periodMs: number;
  readonly restart: Restart;
  readonly children: readonly AnySpec[];
}

export type AnySpec = ChildSpec | SupervisorSpec;

const idPattern = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

function checkId(id: unknown): asserts id is string {
  if (typeof id !== 'string' || !idPattern.test(id)) {
    throw new TypeError(
      `Child id must be 1 to 128 letters, digits, '.', '_', ':' or '-', got ${JSON.stringify(id)}.`,
    );
  }
}

/**
 * Describes one actor.
 *
 * @throws {TypeError} when the id or the logic is not usable.
 */
export function child(
  spec: Pick<ChildSpec, 'id' | 'logic'> & Partial<Omit<ChildSpec, 'kind' | 'id' | 'logic'>>,
): ChildSpec {
  checkId(spec.id);
  if (typeof spec.logic?.transition !== 'function') {
    throw new TypeError(
      `Child '${spec.id}' needs 'logic': a machine or another XState actor logic.`,
    );
  }
  return {
    kind: 'worker',
    id: spec.id,
    logic: spec.logic,
    input: spec.input,
    restart: spec.restart ?? 'permanent',
    settings: spec.settings,
    actions: spec.actions ?? 'afterTurn',
  };
}

/**
 * Describes a supervisor and its children, started from first to last.
 *
 * @throws {TypeError} when an id is not usable or is used twice.
 * @throws {RangeError} when intensity or period are out of bounds.
 */
export function supervisor(
  spec: Pick<SupervisorSpec, 'id' | 'children'> &
    Partial<Omit<SupervisorSpec, 'kind' | 'id' | 'children'>>,
): SupervisorSpec {
  checkId(spec.id);
  const intensity = spec.intensity ?? 1;
  const periodMs = spec.periodMs ?? 5_000;
  if (!Number.isInteger(intensity) || intensity < 0) {
    throw new RangeError(
      `Supervisor '${spec.id}': intensity must be an integer from 0, got ${intensity}.`,
    );
  }
  if (!(periodMs > 0)) {
    throw new RangeError(`Supervisor '${spec.id}': periodMs must be above 0, got ${periodMs}.`);
  }
  const ids = new Set<string>();
  for (const { id } of spec.children) {
    if (ids.has(id))
      throw new TypeError(`Supervisor '${spec.id}' has two children with id '${id}'.`);
    ids.add(id);
  }
  return {
    kind: 'supervisor',
    id: spec.id,
    strategy: spec.strategy ?? 'one_for_one',
    intensity,
    periodMs,
    restart: spec.restart ?? 'permanent',
    children: spec.children,
  };
}
