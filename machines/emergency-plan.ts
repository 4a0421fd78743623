/**
 * Emergency plan: brings trading to a stop, in an order in which no step undoes another.
 *
 * States: `idle` -> `acting` (no new risk from its first moment: `cancelling` working orders ->
 * `reducing` the position -> `flushing` the journal -> `stopping` the trading tree) -> `flat` or
 * `exposed` with what is left named (another order tries again) -> `releasing` after a reset ->
 * `idle`.
 *
 * A step that fails is tried again, then its fallback is; then the plan goes on without it and says
 * so. Every try has a time limit: the plan always ends. Exits stay possible until then: a halt that
 * came first would deny them.
 *
 * Pure: reads no clock, draws no randomness, does no I/O.
 */
import { inputOf, planSetup } from './emergency-plan-setup.ts';
import type { EmergencyStep } from './emergency-plan-types.ts';

export { emergencyOutcome } from './emergency-plan-setup.ts';
export type * from './emergency-plan-types.ts';

/** One step: its tries, its fallback where it has one, and then the next step in any case. */
function step(name: EmergencyStep, next: string) {
  const target = `#emergencyPlan.${next}`;
  const done = { guard: 'isDone', target, actions: ['noteOutcome', 'announceStep'] } as const;
  const givenUp = { target, actions: ['noteOutcome', 'noteUndone', 'announceStep'] } as const;
  const afterTry = [
    done,
    { guard: 'mayTryAgain', target: 'trying', reenter: true, actions: 'noteOutcome' },
    { guard: 'hasFallback', target: 'fallingBack', actions: 'noteOutcome' },
    givenUp,
  ] as const;
  const afterFallback = [done, givenUp] as const;
  return planSetup.createStateConfig({
    entry: { type: 'beginStep', params: { step: name } },
    initial: 'trying',
    states: {
      trying: {
        entry: 'countTry',
        invoke: {
          src: name,
          input: inputOf(name, 'verified'),
          onDone: afterTry,
          onError: afterTry,
        },
        after: { limit: afterTry },
      },
      fallingBack: {
        invoke: {
          src: name,
          input: inputOf(name, 'blind'),
          onDone: afterFallback,
          onError: afterFallback,
        },
        after: { limit: afterFallback },
      },
    },
  });
}

const whenStopped = {
  RELEASE: { target: 'releasing', actions: 'noteRelease' },
  PLAN_ASKED: { actions: ['reportStart', 'reportEnd'] },
  RESTRICTION_ASKED: { actions: 'haltTrading' },
} as const;

// Machine

export const emergencyPlanMachine = planSetup.createMachine({
  id: 'emergencyPlan',
  description: 'Brings trading to a stop: orders cancelled, position closed, journal on disk.',
  context: ({ input }) => ({
    ...{ settings: input.settings, paths: input.paths, incarnation: input.incarnation },
    ...{ planCount: 0, at: 0, startedAtMs: 0, by: '', why: '' },
    ...{ step: 'cancelOrders', tryCount: 0, failure: '', remaining: null, undone: [] },
  }),
  entry: 'askEmergency',
  initial: 'idle',
  on: { SETTINGS_CHANGED: { actions: 'adoptSettings' } },
  states: {
    // A release is heard here too: a plan that has started again may have stopped the tree before.
    idle: {
      on: {
        START: { target: 'acting', actions: 'begin' },
        RELEASE: { target: 'releasing', actions: 'noteRelease' },
      },
    },
    // A second START changes nothing: there is no more that could be done.
    acting: {
      tags: 'acting',
      entry: ['stopNewRisk', 'announceStarted', 'reportStart'],
      on: {
        PLAN_ASKED: { actions: 'reportStart' },
        RESTRICTION_ASKED: { actions: 'stopNewRisk' },
      },
      initial: 'cancelling',
      states: {
        cancelling: step('cancelOrders', 'acting.reducing'),
        reducing: step('reducePosition', 'acting.flushing'),
        flushing: step('flush', 'acting.stopping'),
        stopping: step('stopTree', 'ended'),
      },
    },
    ended: {
      entry: ['haltTrading', 'announceStopped', 'reportEnd'],
      always: [{ guard: 'isFlat', target: 'flat' }, { target: 'exposed' }],
    },
    flat: { tags: 'stopped', on: whenStopped },
    // Whoever orders it again wants what is left to be tried again.
    exposed: {
      tags: 'stopped',
      on: { ...whenStopped, START: { target: 'acting', actions: 'beginAgain' } },
    },
    // An emergency that comes now waits for nothing.
    releasing: {
      entry: ['resumeTrading', 'announceReleased'],
      on: { START: { target: 'acting', actions: 'begin' } },
      invoke: {
        src: 'startTree',
        input: ({ context }) => ({ planId: `e-${context.incarnation}.${context.planCount}` }),
        onDone: [
          { guard: 'isDone', target: 'idle' },
          { target: 'idle', actions: 'announceStartFailed' },
        ],
        onError: { target: 'idle', actions: 'announceStartFailed' },
      },
    },
  },
});
