/** The life of a runtime, and what it says when it takes nothing. */
import { RestartIntensityExceededError, RuntimeStoppedError } from '../actors/errors.ts';
import type { Node } from './supervision/tree.ts';

export type Status = 'new' | 'starting' | 'running' | 'stopping' | 'stopped' | 'failed';

/** Why nothing is taken in this state. */
export function refusal(status: Status): RuntimeStoppedError {
  const cure = status === 'new' ? 'call start() first' : 'make a new one';
  return new RuntimeStoppedError(`The runtime is ${status}: ${cure}.`);
}

/** The failure of a runtime whose root supervisor gave up; undefined for a root that just ended. */
export function givenUp({ spec, path }: Node, cause: string): Error | undefined {
  if (spec.kind !== 'supervisor') return undefined;
  return new RestartIntensityExceededError(path, spec.intensity, spec.periodMs, { cause });
}
