/**
 * Safety manager: one state over the health of all components, and the latch of emergencies.
 *
 * States: `watching` (`healthy`, `degraded`, `critical`; worse at once, better after a dwell) ->
 * `emergency` (`acting` while the plan runs, then `stopped`) -> `watching` by a reset that names
 * what it resets. An operator starts an emergency at once; reports must be confirmed.
 *
 * Pure: reads no clock, draws no randomness, does no I/O.
 */
import { noMetrics } from './policies/safety-metrics.ts';
import { safetySetup } from './safety-setup.ts';

export type * from './safety-types.ts';

const entered = ['announceChanged', 'tellPosture', 'tellAlerts'] as const;
const heard = ['noteTime', 'noteHealth', 'noteReports', 'moveLevel', 'watchSilence'] as const;
const ordered = [
  ...(['noteTime', 'latchOrder'] as const),
  { type: 'setLevel', params: { level: 'emergency' } },
] as const;
const resumed = ['noteTime', 'forgetOutcome'] as const;
const again = [...resumed, 'latchOrder', 'startPlan'] as const;
const refused = ['noteTime', 'noteRefusal', 'announceRefusal'] as const;
const measured = ['noteTime', 'rebaseMetrics', 'announceReset'] as const;
const released = ['noteTime', 'announceReset', 'release', 'rebaseMetrics'] as const;

// Machine

export const safetyMachine = safetySetup.createMachine({
  id: 'safety',
  description: 'One state over the health of all components, and the latch of emergencies.',
  context: ({ input }) => ({
    ...{ settings: input.settings, paths: input.paths, at: input.at, level: 'healthy', calm: null },
    ...{ reports: {}, health: null, judged: 'healthy', evidence: null, metrics: noMetrics },
    ...{ halt: null, emergency: null, outcome: null, refusedCount: 0, refusal: null },
  }),
  entry: 'askOthers',
  initial: 'watching',
  on: {
    SETTINGS_CHANGED: { actions: 'adoptSettings' },
    REGION_ASKED: { actions: 'tellPosture' },
    RESTRICTION_ASKED: { actions: 'repeatHalt' },
    AUTHENTICATION_FAILED: { actions: ['noteTime', 'haltTrading'] },
  },
  states: {
    watching: {
      initial: 'healthy',
      on: {
        EMERGENCY: { target: 'emergency', actions: ordered },
        PLAN_STARTED: { target: 'emergency', actions: ordered },
        HEALTH_SCORED: [
          {
            guard: 'isConfirmed',
            target: 'emergency',
            actions: [...heard, 'announceReport', 'latchReports'],
          },
          {
            guard: { type: 'leadsTo', params: { level: 'critical' } },
            target: '.critical',
            actions: heard,
          },
          {
            guard: { type: 'leadsTo', params: { level: 'degraded' } },
            target: '.degraded',
            actions: heard,
          },
          {
            guard: { type: 'leadsTo', params: { level: 'healthy' } },
            target: '.healthy',
            actions: heard,
          },
          { actions: heard },
        ],
        // Who says nothing is not healthy: only new scores lead out of critical again.
        HEALTH_SILENT: [
          {
            guard: { type: 'leadsTo', params: { level: 'critical' } },
            target: '.critical',
            actions: ['noteTime', 'noteSilence', 'moveLevel'],
          },
          { actions: ['noteTime', 'noteSilence', 'moveLevel'] },
        ],
        EMERGENCY_REPORTED: [
          {
            guard: 'isConfirmed',
            target: 'emergency',
            actions: ['noteTime', 'noteReports', 'announceReport', 'latchReports'],
          },
          { actions: ['noteTime', 'noteReports', 'announceReport'] },
        ],
        EMERGENCY_WITHDRAWN: { actions: ['noteTime', 'noteReports'] },
        RESET: [
          { guard: 'isRefused', actions: refused },
          { guard: 'isMetricsReset', actions: measured },
          { actions: released },
        ],
      },
      states: {
        healthy: { tags: 'available', entry: entered },
        degraded: { tags: 'available', entry: entered },
        critical: { tags: 'unavailable', entry: entered },
      },
    },
    // Only a reset leads out of here. Health is still counted, but decides nothing.
    emergency: {
      tags: 'unavailable',
      entry: ['beginEmergency', ...entered, 'startPlan'],
      initial: 'acting',
      on: {
        HEALTH_SCORED: { actions: ['noteTime', 'noteHealth', 'watchSilence'] },
        HEALTH_SILENT: { actions: ['noteTime', 'noteSilence'] },
      },
      states: {
        acting: {
          // The plan has a limit of its own; one that is gone must not hold up people for ever.
          after: { planSilence: { target: 'stopped', actions: 'noteSilentPlan' } },
          on: {
            PLAN_ENDED: { target: 'stopped', actions: ['noteTime', 'noteOutcome'] },
            EMERGENCY_ASKED: { actions: 'startPlan' },
            RESET: [
              { guard: 'isRefused', actions: refused },
              { guard: 'isMetricsReset', actions: measured },
            ],
          },
        },
        stopped: {
          on: {
            PLAN_ENDED: { actions: ['noteTime', 'noteOutcome'] },
            // A position is left: what could not be done is tried again.
            EMERGENCY: { guard: 'isExposed', target: 'acting', actions: again },
            PLAN_STARTED: { target: 'acting', actions: resumed },
            RESET: [
              { guard: 'isRefused', actions: refused },
              { guard: 'isMetricsReset', actions: measured },
              {
                guard: { type: 'isJudged', params: { level: 'critical' } },
                target: '#safety.watching.critical',
                actions: [...released, { type: 'setLevel', params: { level: 'critical' } }],
              },
              {
                guard: { type: 'isJudged', params: { level: 'degraded' } },
                target: '#safety.watching.degraded',
                actions: [...released, { type: 'setLevel', params: { level: 'degraded' } }],
              },
              {
                target: '#safety.watching.healthy',
                actions: [...released, { type: 'setLevel', params: { level: 'healthy' } }],
              },
            ],
          },
        },
      },
    },
  },
});
