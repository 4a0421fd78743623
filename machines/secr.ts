/**
 * Coordinator of SECR: answers failures by patches, one owner for each setting, and learns.
 *
 * States: `watching` -> `resetting` after a reset (every patch is withdrawn, then every setting
 * goes back to where it was found, also those of patches that were given up) -> `paused` until
 * somebody resumes. Failures are counted in all of them, and answered while `watching`.
 *
 * Each patch is an actor of its own. A pattern in a failure (its pressure) asks for an answer; the
 * resolver matrix says what could be changed; admission what may be; trust which is tried.
 *
 * Pure: reads no clock, draws no randomness, does no I/O.
 */
import { thresholdAtStart } from './policies/icap-threshold.ts';
import { seenSettings } from './secr-answers.ts';
import { restoreInput } from './secr-decisions.ts';
import { secrSetup } from './secr-setup.ts';

export { type FailureRow, failureLogMachine } from './failure-log.ts';
export type * from './secr-types.ts';

const counted = ['noteTime', 'noteFailure', 'moveThreshold'] as const;

const unrestored = {
  target: '#secr.paused',
  actions: ['announceRestored', 'raiseUnrestored'],
} as const;

export const secrMachine = secrSetup.createMachine({
  id: 'secr',
  description: 'Answers failures by patches of settings, judges them, and learns.',
  context: ({ input }) => ({
    ...seenSettings(input.settings, input.catalogue),
    ...{ catalogue: input.catalogue, paths: input.paths, seed: input.seed, at: input.at },
    ...{
      pressures: {},
      failureCount: 0,
      refusedCount: 0,
      samples: [],
      active: {},
      patchCount: 0,
      proposalCount: 0,
    },
    ...{ pins: {}, coolingUntilMs: {}, origins: {}, begunAtMs: [], trusts: {}, records: [] },
    threshold: thresholdAtStart(input.settings.secr.threshold),
    resetBy: null,
  }),
  initial: 'watching',
  on: {
    SETTINGS_CHANGED: { actions: ['noteTime', 'adoptSettings'] },
    FAILURE_REPORTED: [{ guard: 'isFlawed', actions: 'refuse' }, { actions: [...counted] }],
    PATCH_PROPOSED: { actions: 'refuse' },
    PERFORMED: { actions: ['noteTime', 'noteSample', 'moveThreshold'] },
    MARKET_SEEN: { actions: ['noteTime', 'noteMarket', 'moveThreshold'] },
    PIN: { actions: ['noteTime', 'pin'] },
    UNPIN: { actions: ['noteTime', 'unpin'] },
    APPROVE: { actions: 'passOn' },
    REJECT: { actions: 'passOn' },
    WITHDRAW: { actions: 'passOn' },
    PATCH_CHANGED: { actions: ['noteTime', 'notePatch'] },
    'xstate.done.actor.*': { actions: 'forgetChild' },
    'xstate.error.actor.*': { actions: 'undoCrashed' },
  },
  states: {
    watching: {
      tags: 'answers',
      on: {
        FAILURE_REPORTED: [
          { guard: 'isFlawed', actions: 'refuse' },
          { guard: 'isPressing', actions: [...counted, 'answer'] },
          { actions: [...counted] },
        ],
        PATCH_PROPOSED: [
          { guard: 'isFlawed', actions: 'refuse' },
          { actions: ['noteTime', 'propose'] },
        ],
        RESET: { target: 'resetting', actions: ['noteTime', 'withdrawAll'] },
      },
    },
    resetting: {
      tags: 'silent',
      initial: 'withdrawing',
      states: {
        withdrawing: {
          always: [{ guard: 'isIdle', target: 'restoring' }],
        },
        restoring: {
          always: { guard: 'hasNoOrigins', target: '#secr.paused', actions: 'endReset' },
          invoke: {
            src: 'changeSettings',
            input: restoreInput,
            onDone: [
              {
                guard: 'isRestored',
                target: '#secr.paused',
                actions: ['announceRestored', 'endReset'],
              },
              unrestored,
            ],
            onError: unrestored,
          },
        },
      },
    },
    paused: {
      tags: 'silent',
      on: {
        RESET: { target: 'resetting', actions: ['noteTime', 'withdrawAll'] },
        RESUME: { target: 'watching', actions: ['noteTime', 'resume'] },
      },
    },
  },
});
