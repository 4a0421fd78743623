/** Where reading of a log begins. */
import type { LogBlock, LogPosition } from '../../actors/ports.ts';

/** Tells whether a block lies before the position. */
export function earlierThan(
  from: LogPosition,
): (block: Pick<LogBlock, 'version' | 'lastSeq'>) => boolean {
  if ('version' in from) return ({ version }) => version < from.version;
  return ({ lastSeq }) => lastSeq < from.seq;
}
