/** What a bulkhead and a rate limit hear: they are told of edges, never of a call. */

/** `at` is logical time in ms. */
export type HeldCallsEvent<Settings> =
  /** The first call for some time that had to wait or was refused. */
  | { readonly type: 'CALLS_HELD'; readonly at: number }
  /** No call was held back for `quietMs`. */
  | ({ readonly type: 'CALLS_FLOWED'; readonly at: number } & HeldCallsCount)
  | { readonly type: 'SETTINGS_CHANGED'; readonly settings: Settings };

/** What was counted between the two. */
export interface HeldCallsCount {
  readonly refusedCount: number;
  readonly waitedCount: number;
}

export interface HeldCallsContext<Settings> {
  readonly settings: Settings;
  /** Since when calls are held back, logical ms; null while none are. */
  readonly heldSinceMs: number | null;
}

export interface HeldCallsInput<Settings> {
  readonly settings: Settings;
}

/** What is announced when it is over. */
export type HeldCallsEnd = HeldCallsCount & {
  readonly at: number;
  /** From the first call held back until it was said to be over, `quietMs` included. */
  readonly heldMs: number;
};

/** The counts that an event brings; a chart's own words when somebody sends it another. */
export function heldCallsEnd<Settings>(
  context: HeldCallsContext<Settings>,
  event: HeldCallsEvent<Settings>,
): HeldCallsEnd {
  const at = 'at' in event ? event.at : 0;
  const heldMs = at - (context.heldSinceMs ?? at);
  if (event.type !== 'CALLS_FLOWED') return { at, heldMs, refusedCount: 0, waitedCount: 0 };
  const { refusedCount, waitedCount } = event;
  return { at, heldMs, refusedCount, waitedCount };
}
