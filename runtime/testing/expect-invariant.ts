/** Properties that hold on every edge of a machine, whatever its settings. */
import type { AnyStateMachine, InputFrom } from 'xstate';
import { type Edge, type WalkOptions, walk } from './walk.ts';

/** An arbitrary of fast-check, by its shape: users without fast-check need no types of it. */
export interface SettingsArbitrary<S> {
  generate(...args: never[]): { readonly value: S };
}

export interface InvariantOptions<M extends AnyStateMachine, S>
  extends Omit<WalkOptions<M>, 'input'> {
  /** The settings to try, as an arbitrary of fast-check. Small numbers keep the walk short. */
  readonly settings: SettingsArbitrary<S>;
  readonly input: (settings: S) => InputFrom<M>;
  /** False or a thrown error on any edge is a failure. */
  readonly holds: (edge: Edge<M>) => boolean;
  /** How many settings to try, default 30: the edges are walked exhaustively for each. */
  readonly runs?: number;
}

/** Loaded only when asked for: it is an optional peer of this package. */
async function fastCheck() {
  try {
    return await import('fast-check');
  } catch (cause) {
    const message = "expectInvariant needs 'fast-check': npm install --save-dev fast-check";
    throw new Error(message, { cause });
  }
}

/** One edge as a person reads it. */
export function describeEdge<M extends AnyStateMachine>({ from, event, to }: Edge<M>): string {
  const show = (snapshot: { value: unknown; context: unknown }) =>
    `${JSON.stringify(snapshot.value)} ${JSON.stringify(snapshot.context)}`;
  return `${JSON.stringify(event)}\n  from ${show(from as never)}\n  to   ${show(to as never)}`;
}

/**
 * Checks `holds` on every edge of the machine, for many settings.
 *
 * Random sequences of events rarely reach the deep states of a chart; walking all edges of small
 * settings does, and misses no off-by-one in a guard.
 *
 * @throws {Error} with the smallest settings found, their seed, and the first edge that fails.
 */
export async function expectInvariant<M extends AnyStateMachine, S>(
  machine: M,
  options: InvariantOptions<M, S>,
): Promise<void> {
  const { settings, input, holds, runs = 30 } = options;
  const fc = await fastCheck();
  fc.assert(
    fc.property(settings as never, (tried: S) => {
      const broken = walk(machine, { ...options, input: input(tried) }).find(
        (edge) => !holds(edge),
      );
      if (broken) throw new Error(`The invariant does not hold on ${describeEdge(broken)}`);
    }),
    { numRuns: runs, includeErrorInReport: true },
  );
}
