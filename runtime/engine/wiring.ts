/** What the turn loop does in place of XState: the hooks of the seam, joined to the engine. */
import { adopt } from './adopt.ts';
import { clean } from './clean.ts';
import type { Engine } from './engine.ts';
import type { EngineHooks } from './hooks.ts';
import type { SeamHooks } from './seam.ts';

export function seamHooksOf(engine: Engine, host: EngineHooks): SeamHooks {
  return {
    created: (actor) => {
      // Before anybody knows of it: one that is refused was never there.
      host.nameable?.(actor, engine.paths.of(actor));
      engine.paths.born(actor);
      adopt(engine.asks, actor);
    },
    registered: (actor) => {
      engine.paths.add(actor);
      engine.changes.touch(actor);
    },
    unregistered: (actor) => {
      engine.effects.forget(actor);
      if (!engine.paths.remove(actor)) return;
      engine.changes.touch(actor);
      if (actor.getSnapshot().status === 'error') clean(engine.kernel, engine.paths, actor);
    },
    relay: (source, target, event) => engine.gate.relay(source, target, event),
    watch: (run) => {
      try {
        engine.asks.outside(run);
      } catch (error) {
        host.watcherFailed(error);
      }
    },
    nextId: () => engine.ids.session(),
    find: (key) => (key.startsWith('/') ? engine.paths.reference(key) : undefined),
    schedule: (source, target, event, delayMs, id) => {
      // A delay that is no number would spoil the order of the others.
      const delay = Number.isNaN(delayMs) ? 0 : delayMs;
      const timer = { source, target, event, delayMs: delay, deadlineMs: engine.at + delay };
      const name = engine.timers.claim(source, id, () => engine.ids.timer());
      engine.setTimer({ ...timer, cause: engine.seq, id: name });
    },
    cancel: (source, id) => engine.timers.cancel(source, id),
    cancelAll: (source) => {
      if (source.getSnapshot().status === 'error') host.crashing(source);
      engine.timers.cancelAll(source);
    },
  };
}
