/** Who gets a place. */
import type { BulkheadSettings } from '../../config/protect.ts';

/** Nobody overtakes: while others wait, a newcomer waits as well. */
export function bulkheadAdmission(
  settings: Pick<BulkheadSettings, 'concurrencyMax' | 'queueCountMax'>,
  runningCount: number,
  queuedCount: number,
): 'run' | 'queue' | 'refuse' {
  if (runningCount < settings.concurrencyMax && queuedCount === 0) return 'run';
  return queuedCount < settings.queueCountMax ? 'queue' : 'refuse';
}
