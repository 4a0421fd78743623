/** A clock whose open requests end together: what waits for time must not outlive its runtime. */
import type { Clock } from '../../actors/ports.ts';

export interface ScopedClock extends Clock {
  /** Withdraws every open request. */
  close(): void;
}

export function scopedClock(clock: Clock): ScopedClock {
  const open = new Set<() => void>();
  return {
    now: () => clock.now(),
    at(dueMs, wake, gate) {
      const withdrawInner = clock.at(
        dueMs,
        () => {
          open.delete(withdraw);
          wake();
        },
        gate,
      );
      const withdraw = () => {
        open.delete(withdraw);
        withdrawInner();
      };
      open.add(withdraw);
      return withdraw;
    },
    close() {
      for (const withdraw of [...open]) withdraw();
    },
  };
}
