/** The posture's actor. */
import type { PostureSettings } from '../config/posture.ts';
import { type PostureInput, postureMachine } from '../machines/posture.ts';
import { type ChildScope, type ChildSpec, child } from './child.ts';

/**
 * Describes the actor that answers "may I?". After a crash it knows what it knew; started anew it
 * asks the regions at `regions`.
 */
export function postureChild(regions: readonly string[]): ChildSpec {
  return child({
    id: 'posture',
    logic: postureMachine,
    memory: 'snapshot',
    settings: '/posture',
    // At its first start there is nobody to ask yet: regions tell their states as they start.
    input: ({ settings, incarnation }: ChildScope): PostureInput => ({
      settings: settings as PostureSettings,
      ask: incarnation > 0 ? regions : [],
    }),
  });
}
