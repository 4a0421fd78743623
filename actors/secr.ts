/** SECR's actors: the coordinator with its patches, and the log of failures. */
import { fromPromise } from 'xstate';
import type { SecrSettings } from '../config/secr.ts';
import { builtInEnvelopes } from '../config/secr-envelopes.ts';
import { builtInResolvers } from '../config/secr-resolvers.ts';
import { failureTaxonomy } from '../config/secr-taxonomy.ts';
import type { Settings } from '../config/settings.ts';
import { type FailureLogInput, failureLogMachine } from '../machines/failure-log.ts';
import {
  type ChangeOutcome,
  type ChangeRequest,
  type KeysRequest,
  type OperationsRequest,
  patchMachine,
  type RehearsalOutcome,
  type SettingsSnapshot,
  type Validation,
} from '../machines/patch.ts';
import { type SecrCatalogue, type SecrInput, secrMachine } from '../machines/secr.ts';
import { type ChildScope, child, type SupervisorSpec, supervisor } from './child.ts';
import type { PatchPort } from './patch-port.ts';
import type { Clock } from './ports.ts';
import { safeguardPaths } from './safeguard-paths.ts';

export const secrPaths = {
  root: '/secr',
  failures: '/secr/failures',
  coordinator: '/secr/coordinator',
} as const;

/** What comes with the program. */
export const secrCatalogue: SecrCatalogue = {
  resolvers: builtInResolvers,
  envelopes: builtInEnvelopes,
  taxonomy: failureTaxonomy,
};

export interface SecrPorts {
  readonly patches: PatchPort;
  readonly clock: Pick<Clock, 'now'>;
}

/** The coordinator's logic with its ports: outcomes come in as entries. */
function secrActor({ patches, clock }: SecrPorts) {
  const changeSettings = fromPromise<ChangeOutcome, ChangeRequest>(async ({ input }) => ({
    at: clock.now(),
    ...patches.change(input),
  }));
  const patch = patchMachine.provide({
    actors: {
      validate: fromPromise<Validation, OperationsRequest>(async ({ input }) => {
        const issues = await patches.validate(input);
        return { at: clock.now(), issues };
      }),
      rehearse: fromPromise<RehearsalOutcome, OperationsRequest>(async ({ input, signal }) => {
        const rehearsal = await patches.rehearse({ ...input, signal });
        return { at: clock.now(), rehearsal };
      }),
      snapshot: fromPromise<SettingsSnapshot, KeysRequest>(async ({ input }) => ({
        at: clock.now(),
        ...patches.snapshot(input.keys),
      })),
      changeSettings,
    },
  });
  return secrMachine.provide({ actors: { patch, changeSettings } });
}

/**
 * Describes `/secr`. A crash of any part loses nothing: each goes on from the last good state, and
 * an interrupted change of settings is asked for again.
 *
 * @param ports without them the tree can be replayed, and changes nothing.
 */
export function secr(ports?: SecrPorts): SupervisorSpec {
  return supervisor({
    id: 'secr',
    intensity: 100,
    periodMs: 60_000,
    children: [
      child({
        id: 'failures',
        logic: failureLogMachine,
        memory: 'snapshot',
        settings: '/secr',
        input: ({ settings }: ChildScope): FailureLogInput => ({
          retentionCount: (settings as SecrSettings).retentionCount,
        }),
      }),
      child({
        id: 'coordinator',
        logic: ports ? secrActor(ports) : secrMachine,
        memory: 'snapshot',
        // It reads every setting that has an envelope.
        settings: '',
        effects: { changeSettings: 'retry' },
        input: ({ settings, seed, at }: ChildScope): SecrInput => ({
          ...{ settings: settings as Settings, catalogue: secrCatalogue, seed, at },
          paths: {
            secr: secrPaths.coordinator,
            failures: secrPaths.failures,
            alerts: safeguardPaths.alerts,
          },
        }),
      }),
    ],
  });
}
