/** What a reset of the safety manager may mean. One that is not clear is refused in words. */

/**
 * `trading` ends the emergency or the halt and lets trading begin again; `metrics` begins the
 * counts anew and releases nothing; `all` is both.
 */
export const resetScopes = ['trading', 'metrics', 'all'] as const;
export type ResetScope = (typeof resetScopes)[number];

const scopesText =
  "'trading' (ends the emergency or halt, trading begins again), 'metrics' (failure counts, " +
  "uptime), or 'all'";

export const isResetScope = (scope: unknown): scope is ResetScope =>
  resetScopes.includes(scope as ResetScope);

/** What of the manager a reset could release. */
export type Latch = 'none' | 'halt' | 'acting' | 'stopped';

/** Why a reset is refused; null when it is clear and can be done. */
export function resetRefusal(latch: Latch, scope: unknown): string | null {
  if (!isResetScope(scope)) {
    const got = scope == null || scope === '' ? 'nothing' : `'${String(scope)}'`;
    return `Say what is reset, ${scopesText}; got ${got}.`;
  }
  if (scope === 'metrics') return null;
  if (latch === 'acting') return 'The emergency plan still runs: reset when it has ended.';
  if (scope === 'trading' && latch === 'none') return "Nothing of 'trading' is latched.";
  return null;
}
