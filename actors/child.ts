/**
 * Child specifications: what a supervisor starts, and what it does when a child goes down.
 *
 * The words and defaults are those of OTP; restart back-off, dependencies and restart memory are
 * more.
 * @see https://www.erlang.org/doc/apps/stdlib/supervisor.html
 */
import type { AnyActorLogic } from 'xstate';
import type { z } from 'zod';
import {
  type ChildSettings,
  type ChildSettingsInput,
  childSettingsSchema,
  type Restart,
  type SupervisorSettings,
  type SupervisorSettingsInput,
  supervisorSettingsSchema,
} from '../config/supervision.ts';
import { startOrder } from '../machines/policies/restart-group.ts';

export type { Restart };

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
  /** What `runtime.spawn` gave to a child of a dynamic supervisor. */
  readonly given: unknown;
}

export interface ChildSpec extends ChildSettings {
  readonly kind: 'worker';
  readonly logic: AnyActorLogic;
  /** A value, or a function of the scope. Evaluated at each start. */
  readonly input: unknown;
}

export interface SupervisorSpec extends SupervisorSettings {
  readonly kind: 'supervisor';
  /** In the order of their starts. */
  readonly children: readonly AnySpec[];
  /** What every child of a dynamic supervisor is made from; it has no other children. */
  readonly template: ChildSpec | undefined;
}

export type AnySpec = ChildSpec | SupervisorSpec;

type ChildInput = ChildSettingsInput & { logic: AnyActorLogic; input?: unknown };
type SupervisorInput = SupervisorSettingsInput & { children: readonly AnySpec[] };
type DynamicInput = Omit<SupervisorSettingsInput, 'strategy'> & { child: Omit<ChildInput, 'id'> };

/**
 * Describes one actor.
 *
 * @throws {TypeError} when a part of it is not allowed; it names the child, the part and the
 * reason.
 */
export function child(spec: ChildInput): ChildSpec {
  const { logic, input, ...settings } = spec;
  const name = `Child '${String(spec.id)}'`;
  const checked = parsed(childSettingsSchema, settings, name);
  if (typeof logic?.transition !== 'function') {
    throw new TypeError(`${name} needs 'logic': a machine or another XState actor logic.`);
  }
  refuseLastingSignificance(name, checked);
  return { kind: 'worker', logic, input, ...checked };
}

/**
 * Describes a supervisor and its children. They start in the order given, each after those it
 * depends on, and stop in the reverse order.
 *
 * @throws {TypeError} when a part of it is not allowed; it names the supervisor, the part and the
 * reason.
 */
export function supervisor(spec: SupervisorInput): SupervisorSpec {
  const { children, ...settings } = spec;
  const name = `Supervisor '${String(spec.id)}'`;
  const checked = parsed(supervisorSettingsSchema, settings, name);
  refuseLastingSignificance(name, checked);
  const order = orderOf(name, children);
  return { kind: 'supervisor', ...checked, children: order, template: undefined };
}

/**
 * Describes a supervisor of many children of one kind, started by `runtime.spawn(path, { id, input
 * })`. Children that end, or are stopped, are forgotten.
 *
 * @throws {TypeError} when a part of it is not allowed; it names the supervisor, the part and the
 * reason.
 */
export function dynamicSupervisor(spec: DynamicInput): SupervisorSpec {
  const { child: template, ...settings } = spec;
  const made = child({ ...template, id: 'template' } as ChildInput);
  return { ...supervisor({ ...settings, children: [] }), template: made };
}

function parsed<S extends z.ZodType>(schema: S, settings: unknown, name: string): z.output<S> {
  const result = schema.safeParse(settings);
  if (result.success) return result.data;
  const reasons = result.error.issues.map(({ path, message }) => {
    const value = path.reduce<unknown>((at, key) => (at as never)?.[key], settings);
    const got = value === undefined ? '' : `, got ${String(JSON.stringify(value) ?? value)}`;
    return `${path.join('.') || 'specification'}: ${message}${got}`;
  });
  throw new TypeError(`${name}: ${reasons.join('; ')}.`);
}

/** A permanent child is always restarted: its end can mean nothing to its supervisor. */
function refuseLastingSignificance(
  name: string,
  spec: { readonly significant: boolean; readonly restart: Restart },
): void {
  if (!spec.significant || spec.restart !== 'permanent') return;
  throw new TypeError(`${name}: significant: a permanent child is never significant.`);
}

function orderOf(name: string, children: readonly AnySpec[]): readonly AnySpec[] {
  const ids = new Set<string>();
  for (const { id } of children) {
    if (ids.has(id)) throw new TypeError(`${name}: children: two have the id '${id}'.`);
    ids.add(id);
  }
  for (const { id, dependsOn } of children) {
    const missing = dependsOn.find((needed) => !ids.has(needed));
    if (missing === undefined) continue;
    throw new TypeError(`${name}: children.${id}.dependsOn: '${missing}' is no sibling.`);
  }
  const found = startOrder(children);
  if ('order' in found) return found.order;
  throw new TypeError(`${name}: dependsOn: a cycle, ${found.cycle.join(' -> ')}.`);
}
