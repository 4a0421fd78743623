/** Leases in memory: for pairs inside one process, for tests and simulation. */
import type { Lease, LeaseOutcome, LeaseStore } from '../../actors/ports.ts';

interface Row extends Omit<Lease, 'status'> {
  readonly isReleased: boolean;
  /** By the store's own time, ms. */
  readonly untilMs: number;
}

/**
 * Grants roles by its own time. It forgets them with the process: `afterEpoch` keeps epochs growing
 * for those who remember.
 *
 * @param now time of this store, ms; only its differences count.
 */
export function memoryLeases(now: () => number): LeaseStore {
  const rows = new Map<string, Row>();
  const leaseOf = ({ untilMs, isReleased, ...row }: Row): Lease => {
    const status = isReleased ? 'released' : now() >= untilMs ? 'expired' : 'held';
    return { ...row, status };
  };
  const keep = (row: Row): LeaseOutcome => {
    rows.set(row.name, row);
    return { kind: 'ok', lease: leaseOf(row) };
  };
  /** The row, if it is this lease and has not ended; else the newest epoch. */
  const own = (name: string, holder: string, epoch: number): Row | LeaseOutcome => {
    const row = rows.get(name);
    const isOwn = row?.holder === holder && row.epoch === epoch && leaseOf(row).status === 'held';
    return isOwn ? row : { kind: 'fenced', epoch: row?.epoch ?? 0 };
  };
  return {
    async acquire({ name, holder, ttlMs, afterEpoch = 0 }) {
      const row = rows.get(name);
      const isHeld = row !== undefined && leaseOf(row).status === 'held';
      if (isHeld && row.holder !== holder) return { kind: 'held', lease: leaseOf(row) };
      const untilMs = now() + ttlMs;
      if (isHeld && row.epoch > afterEpoch) {
        return keep({ ...row, ttlMs, untilMs, renewalCount: row.renewalCount + 1 });
      }
      const epoch = Math.max(afterEpoch, row?.epoch ?? 0) + 1;
      return keep({ name, holder, epoch, ttlMs, renewalCount: 0, isReleased: false, untilMs });
    },
    async renew({ name, holder, epoch }) {
      const row = own(name, holder, epoch);
      if ('kind' in row) return row;
      const renewalCount = row.renewalCount + 1;
      return keep({ ...row, renewalCount, untilMs: now() + row.ttlMs });
    },
    async release({ name, holder, epoch }) {
      const row = own(name, holder, epoch);
      return 'kind' in row ? row : keep({ ...row, isReleased: true });
    },
    async get(name) {
      const row = rows.get(name);
      return row && leaseOf(row);
    },
  };
}
