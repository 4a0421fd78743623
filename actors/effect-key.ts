/** The idempotency key of an effect: the same one when it is asked for again after a crash. */
import type { AnyActorRef } from 'xstate';

const keys = new WeakMap<AnyActorRef, string>();

/**
 * Key under which a promise (or other effect) was asked for: `self` is what XState hands to its
 * creator. One that is retried after a restart of the process has the same key as before, and no
 * other effect of any journal has it: give it to whoever must not do the thing twice. An effect
 * with policy `retry` starts when the entry that asks for it is on disk.
 *
 * @throws {TypeError} for an actor that is no effect of a runtime.
 */
export function effectKey(self: AnyActorRef): string {
  const key = keys.get(self);
  if (key === undefined) {
    throw new TypeError(`Actor '${self.id}' is no effect that a runtime asked for: it has no key.`);
  }
  return key;
}

/** Notes the key of an effect. @internal */
export function nameEffect(self: AnyActorRef, key: string): void {
  keys.set(self, key);
}
