/**
 * What a bulkhead and a rate limit hear, say and do: they are told of edges, never of a call. Each
 * has a chart of its own, in its own words.
 */
import { assign, emit, setup } from 'xstate';

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
function heldCallsEnd<Settings>(
  context: HeldCallsContext<Settings>,
  event: HeldCallsEvent<Settings>,
): HeldCallsEnd {
  const at = 'at' in event ? event.at : 0;
  const heldMs = at - (context.heldSinceMs ?? at);
  if (event.type !== 'CALLS_FLOWED') return { at, heldMs, refusedCount: 0, waitedCount: 0 };
  const { refusedCount, waitedCount } = event;
  return { at, heldMs, refusedCount, waitedCount };
}

/** Facts for operators: calls are held back from now on; they are no longer. */
export type HeldCallsEmitted<Begin extends string, End extends string, Settings> =
  | { readonly type: Begin; readonly at: number; readonly settings: Settings }
  | ({ readonly type: End } & HeldCallsEnd);

/** Guards and actions of such a chart, which says `begin` and `end` at its edges. */
export function heldCallsSetup<Settings, const Begin extends string, const End extends string>(
  begin: Begin,
  end: End,
) {
  return setup({
    types: {
      input: {} as HeldCallsInput<Settings>,
      context: {} as HeldCallsContext<Settings>,
      events: {} as HeldCallsEvent<Settings>,
      emitted: {} as HeldCallsEmitted<Begin, End, Settings>,
    },
    actions: {
      adoptSettings: assign({
        settings: ({ context, event }) =>
          event.type === 'SETTINGS_CHANGED' ? event.settings : context.settings,
      }),
      noteBegin: assign({ heldSinceMs: ({ event }) => ('at' in event ? event.at : null) }),
      noteEnd: assign({ heldSinceMs: null }),
      announceBegin: emit(({ context }) => ({
        type: begin,
        at: context.heldSinceMs ?? 0,
        settings: context.settings,
      })),
      announceEnd: emit(({ context, event }) => ({ type: end, ...heldCallsEnd(context, event) })),
    },
  });
}
