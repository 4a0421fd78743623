/** The charts that the page can draw, by id or by hash; each is read once. */
import type { AnyStateMachine } from 'xstate';
import type { AnySpec } from '../../actors/child.ts';
import { supervisorMachine } from '../../machines/supervisor.ts';
import { chartOf } from '../charts/chart.ts';
import { definitionHash } from '../charts/definition.ts';
import type { ChartView } from './protocol.ts';

const views = new WeakMap<object, ChartView>();

function viewOf(machine: AnyStateMachine): ChartView {
  // Copies that only got their implementations share one configuration, and one chart.
  const known = views.get(machine.config);
  if (known) return known;
  const view = { hash: definitionHash(machine), chart: chartOf(machine) };
  views.set(machine.config, view);
  return view;
}

/** The machine of a specification; undefined for other logic. */
export function machineOf(spec: AnySpec): AnyStateMachine | undefined {
  const logic = spec.kind === 'supervisor' ? supervisorMachine : spec.logic;
  return isMachine(logic) ? logic : undefined;
}

export const isMachine = (value: unknown): value is AnyStateMachine =>
  typeof value === 'object' && value !== null && '__xstatenode' in value;

/** Hash of the chart that a specification runs; undefined for logic that is not a machine. */
export function hashOf(spec: AnySpec): string | undefined {
  const machine = machineOf(spec);
  return machine && viewOf(machine).hash;
}

/** Those of a set of machines, by id and by hash; of two with one id, the first. */
export function chartsOf(machines: Iterable<AnyStateMachine>): ReadonlyMap<string, ChartView> {
  const found = new Map<string, ChartView>();
  for (const machine of machines) {
    const view = viewOf(machine);
    if (!found.has(machine.id)) found.set(machine.id, view);
    found.set(view.hash, view);
  }
  return found;
}
