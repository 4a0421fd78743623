/** Who started and who stopped in a turn, in order, as its record tells. */
import type { TurnLine } from '../../runtime/journal/format.ts';

const statusOf = (to: unknown): string | undefined =>
  typeof to === 'object' && to !== null ? (to as { status?: string }).status : undefined;

export const stopped = ({ changed = [] }: TurnLine): string[] =>
  changed.filter(({ to }) => statusOf(to) === 'stopped').map(({ path }) => path);

export const started = ({ changed = [] }: TurnLine): string[] =>
  changed
    .filter(({ to, incarnation = 0 }) => to !== undefined && !statusOf(to) && incarnation > 0)
    .map(({ path }) => path);
