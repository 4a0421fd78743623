/** The machine's own time, kept from going back. */
import type { Clock } from '../../actors/ports.ts';

/** Longest delay that `setTimeout` takes. */
const DELAY_MS_MAX = 2 ** 31 - 1;

/**
 * Wall-clock time in milliseconds; a clock that is set back stands still until it has caught up.
 */
export function systemClock(): Clock {
  let last = 0;
  const now = () => {
    last = Math.max(last, Date.now());
    return last;
  };
  return {
    now,
    catchUp(atMs) {
      last = Math.max(last, atMs);
    },
    at(dueMs, wake, gate) {
      let handle: NodeJS.Timeout | undefined;
      let withdrawn = false;
      const arm = () => {
        if (withdrawn) return;
        const delay = dueMs - now();
        // Written so that a time that is no number is due, and not for ever tried again.
        if (!(delay > 0) && handle !== undefined) wake();
        else handle = setTimeout(arm, Math.min(Math.max(delay, 0) || 0, DELAY_MS_MAX));
      };
      if (gate) gate.then(arm, arm);
      else arm();
      return () => {
        withdrawn = true;
        clearTimeout(handle);
      };
    },
  };
}
