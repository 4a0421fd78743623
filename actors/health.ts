/** Health: the monitor's actor, and the probes, each an actor of its own. */
import { type EventObject, fromCallback } from 'xstate';
import { type HealthSettings, type ProbeOptions, probeOptionsSchema } from '../config/health.ts';
import { type HealthMonitorInput, healthMonitorMachine } from '../machines/health-monitor.ts';
import {
  type CheckedProbe,
  type HealthProbeInput,
  healthProbeMachine,
} from '../machines/health-probe.ts';
import {
  type ChildScope,
  type ChildSpec,
  child,
  dynamicSupervisor,
  type SupervisorSpec,
} from './child.ts';
import type { HealthChecks } from './ports.ts';

/** What a probe is started with; part of the journal. */
export interface ProbeGiven {
  readonly options: ProbeOptions;
  readonly isGauge: boolean;
}

/** Describes the actor that makes the score. It remembers its components in a crash. */
export function healthChild(listeners: readonly string[]): ChildSpec {
  return child({
    id: 'health',
    logic: healthMonitorMachine,
    memory: 'snapshot',
    settings: '/health',
    input: ({ settings, at }: ChildScope): HealthMonitorInput => ({
      settings: settings as HealthSettings,
      at,
      listeners,
    }),
  });
}

/** The probe's logic with its port: outcomes come in as entries, and a replay checks nothing. */
export const healthProbeActor = (checks: HealthChecks) =>
  healthProbeMachine.provide({
    actors: {
      checks: fromCallback<EventObject, CheckedProbe>(({ input, sendBack }) =>
        checks.watch(input, sendBack),
      ),
    },
  });

/** Describes the supervisor of all probes and gauges: one that fails harms no other. */
export function probesSupervisor(
  checks: HealthChecks,
  listeners: readonly string[],
): SupervisorSpec {
  return dynamicSupervisor({
    id: 'probes',
    intensity: 1_000,
    periodMs: 60_000,
    child: {
      logic: healthProbeActor(checks),
      memory: 'snapshot',
      settings: '/health',
      input: ({ path, settings, at, given }: ChildScope): HealthProbeInput => {
        const { options, isGauge } = given as ProbeGiven;
        return {
          id: path.slice(path.lastIndexOf('/') + 1),
          options: probeOptionsSchema.parse(options),
          settings: settings as HealthSettings,
          at,
          isGauge,
          listeners,
        };
      },
    },
  });
}
