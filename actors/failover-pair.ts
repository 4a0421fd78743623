/** Failover pairs: the chart joined to its edge, and the supervisor of all pairs of a host. */
import { type EventObject, fromCallback, fromPromise } from 'xstate';
import type { FailoverSettings } from '../config/failover-pair.ts';
import { failoverPairMachine } from '../machines/failover-pair.ts';
import type {
  AcquireInput,
  AcquireOutcome,
  ActivateInput,
  FailoverPairEvent,
  FailoverPairInput,
  StandDownInput,
  StepOutcome,
  WatchInput,
} from '../machines/failover-pair-types.ts';
import type { Side } from '../machines/policies/failover-verdict.ts';
import {
  type ChildScope,
  type ChildSpec,
  child,
  type SupervisorSpec,
  supervisor,
} from './child.ts';
import { effectKey } from './effect-key.ts';
import { safeguardPaths } from './safeguards.ts';

/** Where pairs live that a host asks for by name. */
export const FAILOVER = '/failover';

/** What the watch of a host tells. */
export type WatchEvent = Extract<
  FailoverPairEvent,
  { readonly type: 'BEAT_PASSED' | 'BEAT_MISSED' | 'ROLE_SEEN' | 'LEASE_LOST' | 'WATCH_BEGAN' }
>;

export interface StepOptions {
  readonly signal: AbortSignal;
  /** The same one when the step is asked for again after a crash. */
  readonly key: string;
}

/** What a pair asks of its host. No method rejects for what can be expected. */
export interface FailoverPorts {
  /** Looks at both sides and at the role until the returned function is called. Never throws. */
  watch(input: WatchInput, tell: (event: WatchEvent) => void): () => void;
  /** Waits for the end of the other side's lease, unless that one is seen to renew it. */
  acquire(input: AcquireInput, options: StepOptions): Promise<AcquireOutcome>;
  activate(input: ActivateInput, options: StepOptions): Promise<StepOutcome>;
  /** Ends a side's activity as far as it can, and gives up the role if this host has it. */
  standDown(input: StandDownInput, options: StepOptions): Promise<StepOutcome>;
}

/** The pair's logic with its ports: outcomes come in as entries, and a replay asks nothing. */
export const failoverPairActor = (ports: FailoverPorts, keyOf: typeof effectKey = effectKey) =>
  failoverPairMachine.provide({
    actors: {
      watch: fromCallback<EventObject, WatchInput>(({ input, sendBack }) =>
        ports.watch(input, sendBack),
      ),
      acquire: fromPromise<AcquireOutcome, AcquireInput>(({ input, signal, self }) =>
        ports.acquire(input, { signal, key: keyOf(self) }),
      ),
      activate: fromPromise<StepOutcome, ActivateInput>(({ input, signal, self }) =>
        ports.activate(input, { signal, key: keyOf(self) }),
      ),
      standDown: fromPromise<StepOutcome, StandDownInput>(({ input, signal, self }) =>
        ports.standDown(input, { signal, key: keyOf(self) }),
      ),
    },
  });

/** What a pair is started with; part of the journal. */
export interface PairGiven {
  /** The sides that run on this host. */
  readonly local: readonly Side[];
}

/** Describes one pair. A crash of its actor does not change who is active. */
export function failoverPairChild(id: string, ports: FailoverPorts): ChildSpec {
  return child({
    id,
    logic: failoverPairActor(ports),
    memory: 'snapshot',
    settings: `${FAILOVER}/${id}`,
    // A step is on disk before it is done, and done again when the process ends in between.
    effects: { '*': 'retry' },
    input: ({ path, settings, seed, at, given }: ChildScope): FailoverPairInput => ({
      name: id,
      settings: settings as FailoverSettings,
      local: (given as PairGiven).local,
      seed,
      at,
      path,
      alerts: [safeguardPaths.alerts],
    }),
  });
}

/** Describes the supervisor of all pairs: one that fails harms no other. */
export const failoverSupervisor = (): SupervisorSpec =>
  supervisor({ id: 'failover', intensity: 100, periodMs: 60_000, children: [] });
