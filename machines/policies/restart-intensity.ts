/**
 * Restart intensity: how many restarts within a sliding period are still bearable.
 *
 * @see https://www.erlang.org/doc/system/sup_princ.html#maximum-restart-intensity
 */

/** Times of the restarts that still count at `at`, this one included; oldest first. */
export function addRestart(
  restartsAt: readonly number[],
  at: number,
  periodMs: number,
): readonly number[] {
  return [...restartsAt.filter((time) => time >= at - periodMs), at];
}

/** True when one more restart at `at` is more than `intensity` within `periodMs`. */
export function exceedsIntensity(
  restartsAt: readonly number[],
  at: number,
  limits: { readonly intensity: number; readonly periodMs: number },
): boolean {
  return addRestart(restartsAt, at, limits.periodMs).length > limits.intensity;
}
