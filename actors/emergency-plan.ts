/** The emergency plan joined to what a host can do: each step is one call of the port. */
import { fromPromise } from 'xstate';
import type { SafetySettings } from '../config/safety.ts';
import {
  emergencyPlanMachine,
  type StepInput,
  type StepOutcome,
} from '../machines/emergency-plan.ts';
import { type ChildScope, type ChildSpec, child } from './child.ts';
import { effectKey } from './effect-key.ts';
import type { Clock, EmergencyPort, EmergencyRequest, EmergencyStepReport } from './ports.ts';
import { safeguardPaths } from './safeguard-paths.ts';

export interface EmergencyPlanPorts {
  /** Ends its calls by itself within `timeoutMs` of real time: see `limitedEmergencyPort`. */
  readonly emergency: EmergencyPort;
  readonly clock: Pick<Clock, 'now'>;
}

type Step = (request: EmergencyRequest) => Promise<EmergencyStepReport>;

/** The plan's logic with its port. A rejection is an outcome: the step was not done. */
function planActor({ emergency, clock }: EmergencyPlanPorts) {
  const step = (act: Step) =>
    fromPromise<StepOutcome, StepInput>(async ({ input, signal, self }) => {
      const { planId, tryNumber, how, timeoutMs } = input;
      const key = effectKey(self);
      try {
        const {
          isDone,
          why = null,
          remaining,
        } = await act({
          ...{ planId, key, tryNumber, how, timeoutMs, signal },
        });
        return { at: clock.now(), isDone, why, ...(remaining && { remaining }) };
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        return { at: clock.now(), isDone: false, why };
      }
    });
  return emergencyPlanMachine.provide({
    actors: {
      cancelOrders: step((request) => emergency.cancelOrders(request)),
      reducePosition: step((request) => emergency.reducePosition(request)),
      flush: step((request) => emergency.flush(request)),
      stopTree: step((request) => emergency.stopTree(request)),
      startTree: fromPromise<StepOutcome, { readonly planId: string }>(async () => {
        const { isDone, why = null } = await emergency.startTree();
        return { at: clock.now(), isDone, why };
      }),
    },
  });
}

/** Describes the plan's actor. Without ports it can be replayed, and does nothing. */
export function emergencyPlanChild(ports?: EmergencyPlanPorts): ChildSpec {
  return child({
    id: 'emergencyPlan',
    logic: ports ? planActor(ports) : emergencyPlanMachine,
    memory: 'snapshot',
    settings: '/safety/plan',
    // A plan that the end of the process interrupts goes on from the step that it was in: the same
    // call under the same key, with its whole time.
    effects: { '*': 'retry' },
    timers: { '*': 'restart' },
    input: ({ settings, incarnation }: ChildScope) => ({
      settings: settings as SafetySettings['plan'],
      paths: { safety: safeguardPaths.safety, tradingMode: safeguardPaths.tradingMode },
      incarnation,
    }),
  });
}
