/** The degradation controller's actor. */
import type { DegradationSettings } from '../config/degradation.ts';
import { type DegradationInput, degradationMachine } from '../machines/degradation.ts';
import { type ChildScope, type ChildSpec, child } from './child.ts';

/**
 * Describes the actor that follows the health score. A crash does not change the level; started
 * anew it asks the monitor at `ask`.
 */
export function degradationChild(
  listeners: readonly string[],
  ask: readonly string[] = [],
): ChildSpec {
  return child({
    id: 'degradation',
    logic: degradationMachine,
    memory: 'snapshot',
    settings: '/degradation',
    input: ({ settings, at, path }: ChildScope): DegradationInput => ({
      settings: settings as DegradationSettings,
      at,
      listeners,
      path,
      ask,
    }),
  });
}
