/**
 * Patch: one change of settings, from the proposal to its end.
 *
 * States: `proposed` -> `validated` by schemas and rules -> `rehearsed` on the recent past ->
 * `snapshotted` -> `canary`, a part of the change for a while -> `applied`, the whole of it ->
 * `observing` -> `kept` when it has been seen to help, or `rollingBack` -> `rolledBack`. A patch
 * that somebody or something refuses is `rejected`. `quarantined` waits for a person: `held` before
 * anything is applied, `stuck` when a rollback is refused.
 *
 * Nothing is applied that was not validated and snapshotted; whatever is applied ends `kept` or
 * `rolledBack` by the end of its window; an interrupted change is asked for again under its key.
 *
 * Pure: reads no clock, draws no randomness, does no I/O.
 */
import { canariesOf, inputs } from './patch-requests.ts';
import { patchSetup } from './patch-setup.ts';
import { noTotals } from './policies/outcome-score.ts';

export type * from './patch-types.ts';

const tellState = <S extends string>(state: S) =>
  ({ type: 'tellState', params: { state } }) as const;

/** A change that failed by itself may have been made: it is undone either way. */
const undone = { target: 'rollingBack', actions: ['noteTime', 'noteChange'] } as const;
const withdrawn = { target: 'rollingBack', actions: ['noteTime', 'noteOrder'] } as const;
const refused = { target: 'rejected', actions: ['noteTime', 'noteOrder'] } as const;

/** What is heard while a part of the change, or all of it, is in force. */
const watching = {
  WITHDRAW: withdrawn,
  PERFORMED: { actions: ['noteTime', 'noteSample'] },
  FAILED_AGAIN: { actions: ['noteTime', 'noteFailure'] },
} as const;

const harmful = {
  guard: 'isHarmful',
  target: 'rollingBack',
  actions: [{ type: 'judge', params: { isEarly: true } }, 'announceJudged'],
} as const;

export const patchMachine = patchSetup.createMachine({
  id: 'patch',
  description: 'Tries one change of settings, and keeps it or rolls it back.',
  context: ({ input }) => ({
    ...input,
    ...{ sinceMs: input.at, inForce: 'nothing', tryCount: 0, isValid: false },
    canary: input.crash === null ? [] : canariesOf(input),
    ...{ rehearsal: null, snapshot: null, after: noTotals, seenSeverity: 0, outcome: null },
    ...{ hash: null, overridden: [], fault: null, isWithdrawn: input.crash !== null },
    reason: input.crash ?? input.proposal.why,
  }),
  initial: 'deciding',
  states: {
    deciding: {
      always: [
        { guard: 'hasCrashed', target: 'rollingBack' },
        { guard: 'isDoubted', target: 'quarantined', actions: 'announceProposed' },
        { target: 'proposed', actions: 'announceProposed' },
      ],
    },
    proposed: {
      tags: 'waiting',
      entry: ['beginStep', tellState('proposed')],
      on: { WITHDRAW: refused },
      initial: 'validating',
      states: {
        validating: {
          entry: 'countTry',
          invoke: {
            src: 'validate',
            input: inputs.operations,
            onDone: [
              {
                guard: 'isValid',
                target: '#patch.validated',
                actions: ['noteTime', 'noteValid'],
              },
              { target: '#patch.rejected', actions: ['noteTime', 'noteIssues'] },
            ],
            onError: [
              { guard: 'mayTryAgain', target: 'validating', reenter: true },
              { target: '#patch.rejected', actions: 'noteIssues' },
            ],
          },
        },
      },
    },
    validated: {
      tags: 'waiting',
      entry: [{ type: 'announce', params: { type: 'patch.validated' } }, tellState('validated')],
      on: { WITHDRAW: refused },
      invoke: {
        src: 'rehearse',
        input: inputs.operations,
        onDone: [
          { guard: 'isWorse', target: 'rejected', actions: ['noteTime', 'noteRehearsal'] },
          { target: 'rehearsed', actions: ['noteTime', 'noteRehearsal'] },
        ],
        onError: { target: 'rehearsed', actions: 'noteRehearsal' },
      },
      after: { rehearsal: { target: 'rehearsed', actions: 'noteRehearsal' } },
    },
    rehearsed: {
      tags: 'waiting',
      entry: ['beginStep', 'announceRehearsed', tellState('rehearsed')],
      on: { WITHDRAW: refused },
      initial: 'snapshotting',
      states: {
        snapshotting: {
          entry: 'countTry',
          invoke: {
            src: 'snapshot',
            input: inputs.keys,
            onDone: [
              {
                guard: 'isUnchanged',
                target: '#patch.snapshotted',
                actions: ['noteTime', 'noteSnapshot'],
              },
              { target: '#patch.rejected', actions: ['noteTime', 'noteOutdated'] },
            ],
            onError: [
              { guard: 'mayTryAgain', target: 'snapshotting', reenter: true },
              { target: '#patch.rejected', actions: 'noteOutdated' },
            ],
          },
        },
      },
    },
    snapshotted: {
      tags: 'applied',
      entry: ['announceSnapshotted', tellState('snapshotted')],
      on: { WITHDRAW: withdrawn },
      invoke: {
        src: 'changeSettings',
        input: inputs.canary,
        onDone: [
          { guard: 'isDone', target: 'canary', actions: ['noteTime', 'noteChange'] },
          { target: 'rejected', actions: ['noteTime', 'noteChange'] },
        ],
        onError: undone,
      },
    },
    canary: {
      tags: 'applied',
      entry: [
        { type: 'beginStage', params: { inForce: 'canary' } },
        { type: 'announceChanged', params: { type: 'patch.canaryStarted' } },
        tellState('canary'),
      ],
      on: watching,
      always: harmful,
      after: { canary: { target: 'applied', actions: 'noteStageEnd' } },
    },
    applied: {
      tags: 'applied',
      entry: tellState('applied'),
      on: { WITHDRAW: withdrawn },
      invoke: {
        src: 'changeSettings',
        input: inputs.whole,
        onDone: [
          { guard: 'isDone', target: 'observing', actions: ['noteTime', 'noteChange'] },
          undone,
        ],
        onError: undone,
      },
    },
    observing: {
      tags: 'applied',
      entry: [
        { type: 'beginStage', params: { inForce: 'whole' } },
        { type: 'announceChanged', params: { type: 'patch.applied' } },
        tellState('observing'),
      ],
      on: watching,
      always: harmful,
      after: {
        observation: {
          target: 'judging',
          actions: [
            'noteStageEnd',
            { type: 'judge', params: { isEarly: false } },
            'announceJudged',
          ],
        },
      },
    },
    judging: {
      tags: 'applied',
      always: [{ guard: 'isKept', target: 'kept' }, { target: 'rollingBack' }],
    },
    rollingBack: {
      tags: 'applied',
      entry: ['beginStep', tellState('rollingBack')],
      // What others change by now is left alone: the way back is asked for anew, without it.
      on: {
        WITHDRAW: { target: '.restoring', actions: ['beginStep', 'noteTime', 'noteOverridden'] },
      },
      initial: 'restoring',
      states: {
        restoring: {
          entry: 'countTry',
          invoke: {
            src: 'changeSettings',
            input: inputs.nothing,
            onDone: [
              {
                guard: 'isDone',
                target: '#patch.rolledBack',
                actions: ['noteTime', 'noteRestored'],
              },
              { guard: 'mayTryAgain', target: 'restoring', reenter: true, actions: 'noteTime' },
              { target: '#patch.quarantined.stuck', actions: ['noteTime', 'noteChange'] },
            ],
            onError: [
              { guard: 'mayTryAgain', target: 'restoring', reenter: true },
              { target: '#patch.quarantined.stuck', actions: 'noteChange' },
            ],
          },
        },
      },
    },
    quarantined: {
      initial: 'held',
      states: {
        held: {
          tags: 'waiting',
          entry: [
            'noteDoubt',
            { type: 'announce', params: { type: 'patch.quarantined' } },
            { type: 'raiseAlert', params: { severity: 'warning' } },
            tellState('quarantined'),
          ],
          exit: 'resolveAlert',
          on: {
            APPROVE: { target: '#patch.proposed', actions: ['noteTime', 'noteOrder'] },
            REJECT: { target: '#patch.rejected', actions: ['noteTime', 'noteOrder'] },
            WITHDRAW: { target: '#patch.rejected', actions: ['noteTime', 'noteOrder'] },
          },
          after: { approval: { target: '#patch.rejected', actions: 'noteUnapproved' } },
        },
        // The settings of others make the old values impossible: a person has to know, and it is
        // tried again until it goes.
        stuck: {
          tags: 'applied',
          entry: [
            { type: 'announce', params: { type: 'patch.quarantined' } },
            { type: 'raiseAlert', params: { severity: 'critical' } },
            tellState('quarantined'),
          ],
          exit: 'resolveAlert',
          on: {
            APPROVE: { target: '#patch.rollingBack', actions: 'noteTime' },
            WITHDRAW: { actions: 'noteOverridden' },
          },
          after: { retry: { target: '#patch.rollingBack', actions: 'noteRetry' } },
        },
      },
    },
    kept: { type: 'final', tags: 'ended', entry: ['announceKept', tellState('kept')] },
    rolledBack: {
      type: 'final',
      tags: 'ended',
      entry: ['announceRolledBack', tellState('rolledBack')],
    },
    rejected: {
      type: 'final',
      tags: 'ended',
      entry: [{ type: 'announce', params: { type: 'patch.rejected' } }, tellState('rejected')],
    },
  },
});
