/** The doors' actor: it is told of requests that were turned away. */
import type { HttpSettings } from '../config/http.ts';
import { type DoorsInput, doorsMachine } from '../machines/doors.ts';
import { type ChildScope, child, type SupervisorSpec, supervisor } from './child.ts';

/** A root of its own: nothing depends on it, and it is not there before a first refusal. */
export const doorsPaths = { root: '/doors', refusals: '/doors/refusals' } as const;

/** Describes `/doors`. */
export function doorsSupervisor(): SupervisorSpec {
  return supervisor({
    id: 'doors',
    // What comes in must never be able to end the runtime.
    intensity: 100,
    periodMs: 60_000,
    children: [
      child({
        id: 'refusals',
        logic: doorsMachine,
        memory: 'snapshot',
        settings: '/http',
        input: ({ settings }: ChildScope): DoorsInput => ({ settings: settings as HttpSettings }),
      }),
    ],
  });
}
