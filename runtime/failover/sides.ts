/** What a host gives for the two sides of a pair. */
import type { Side } from '../../machines/policies/failover-verdict.ts';
import type { Check } from '../health-checks.ts';

export interface SideScope {
  /** Fencing token: every effect carries it, and its receiver refuses older ones. */
  readonly epoch: number;
  /** The same one when the step is asked for again after a crash. */
  readonly key: string;
  readonly signal: AbortSignal;
}

/** A side that runs in this process. */
export interface LocalSide {
  /** A look at it, as of a health probe: active or not, it says whether it could be. */
  readonly check: Check;
  /** Makes it act. It shows its epoch to the receivers of its effects before anything else. */
  readonly activate: (scope: SideScope) => unknown;
  /** Makes it stop, also when it has never begun. */
  readonly deactivate: (scope: SideScope) => unknown;
  /** Its state, while it is active; JSON or anything else that the other side's `load` takes. */
  readonly save?: (scope: { readonly signal: AbortSignal }) => unknown;
  /** Takes the state of the active side, while it is not active itself. */
  readonly load?: (state: unknown, scope: { readonly signal: AbortSignal }) => unknown;
}

/** A side that another host runs, with a pair of the same name over the same lease store. */
export interface RemoteSide {
  readonly remote: true;
  /** Fetches its state. */
  readonly save?: LocalSide['save'];
}

export type Sides = Readonly<Record<Side, LocalSide | RemoteSide>>;

export const isRemote = (side: LocalSide | RemoteSide): side is RemoteSide => 'remote' in side;

export const sideNames: readonly Side[] = ['primary', 'backup'];

export const localSides = (sides: Sides): Side[] =>
  sideNames.filter((side) => !isRemote(sides[side]));

/** @throws {TypeError} when a side lacks what it needs, or no side runs here. */
export function checkSides(name: string, sides: Sides): void {
  for (const side of sideNames) {
    const given = sides[side];
    if (typeof given !== 'object' || given === null) {
      throw new TypeError(`Pair '${name}' needs '${side}' as an object, got ${String(given)}.`);
    }
    const needed = isRemote(given) ? [] : (['check', 'activate', 'deactivate'] as const);
    for (const part of needed) {
      const value: unknown = (given as LocalSide)[part];
      if (typeof value === 'function') continue;
      throw new TypeError(`Pair '${name}': '${side}.${part}' must be a function, got ${value}.`);
    }
  }
  if (localSides(sides).length === 0) {
    throw new TypeError(`Pair '${name}': both sides are remote, so this host has no part in it.`);
  }
}
