/** The life of a runtime, and what it says when it takes nothing. */
import {
  ActorFailedError,
  RestartIntensityExceededError,
  RuntimeStoppedError,
} from '../actors/errors.ts';
import type { Node, TreeHost } from './supervision/tree.ts';

export type Status = 'new' | 'starting' | 'running' | 'stopping' | 'stopped' | 'failed';

/** Why nothing is taken in this state. */
export function refusal(status: Status): RuntimeStoppedError {
  const cure = status === 'new' ? 'call start() first' : 'make a new one';
  return new RuntimeStoppedError(`The runtime is ${status}: ${cure}.`);
}

/** The failure of a runtime by the end of a root; undefined for a root that ended normally. */
export function failureOf(
  { spec, path }: Node,
  ending: Parameters<TreeHost['ended']>[1],
  cause: string,
): Error | undefined {
  if (ending === 'gaveUp' && spec.kind === 'supervisor') {
    return new RestartIntensityExceededError(path, spec.intensity, spec.periodMs, { cause });
  }
  if (ending === 'failedToStart' || ending === 'crashed') {
    return new ActorFailedError(path, ending, cause);
  }
  return undefined;
}

/** @throws {TypeError} for what is no event. */
export function checkEvent(path: string, event: unknown): void {
  if (typeof (event as { type?: unknown } | null | undefined)?.type === 'string') return;
  throw new TypeError(`Event to '${path}' must be an object with a 'type', got ${typeof event}.`);
}
