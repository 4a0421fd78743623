/**
 * Posture: the one answer to "may I?".
 *
 * States: `unrestricted` (nothing is forbidden or reduced) and `restricted`. Regions (degradation,
 * safety, trading mode, more later) tell their states; what is allowed is the meet of them all.
 *
 * Any actor may subscribe with `{ type: 'SUBSCRIBE', path }`, its own path: it is answered at once
 * and after each change of the answer with `POSTURE_CHANGED`. One that is gone misses it, and is
 * no harm; one that starts again subscribes again.
 *
 * Pure: reads no clock, keeps no random state, does no I/O.
 */
import { assign, emit, enqueueActions, setup } from 'xstate';
import type { PostureSettings } from '../config/posture.ts';
import {
  type Forbidden,
  isSameAnswer,
  type Meet,
  meetOf,
  namesOf,
  type Regions,
} from './policies/posture-meet.ts';
import { tell } from './tell.ts';

// Types

export interface PostureInput {
  readonly settings: PostureSettings;
  /**
   * Paths of the regions to be asked for their states: those of a posture that starts again. One
   * that does not answer forbids what an unknown state does.
   */
  readonly ask?: readonly string[];
}

export interface PostureContext extends Meet {
  readonly settings: PostureSettings;
  readonly ask: readonly string[];
  readonly regions: Regions;
  /** Paths of those who are told of each change, in the order in which they asked. */
  readonly subscribers: readonly string[];
}

/** To each subscriber. */
export interface PostureChanged {
  readonly type: 'POSTURE_CHANGED';
  /** Logical time of what changed it, ms. */
  readonly at: number;
  /** What nobody may do now, sorted. */
  readonly forbidden: readonly string[];
  /** Shares below 1 of what is allowed. */
  readonly quality: Readonly<Record<string, number>>;
}

/** `at` is logical time in ms. */
export type PostureEvent =
  | {
      readonly type: 'REGION_CHANGED';
      readonly at: number;
      readonly region: string;
      readonly state: string;
      readonly why: string;
    }
  /** Wants to be told of the answer, under a path; a second time only asks again. */
  | { readonly type: 'SUBSCRIBE'; readonly path: string }
  | { readonly type: 'UNSUBSCRIBE'; readonly path: string }
  | { readonly type: 'SETTINGS_CHANGED'; readonly settings: PostureSettings };

export type PostureEmitted = PostureChangedFact | PostureSubscriberRefused;

/** There are as many subscribers as there may be: this one is told nothing. */
export interface PostureSubscriberRefused {
  readonly type: 'posture.subscriberRefused';
  readonly at: number;
  readonly path: string;
  readonly subscriberCountMax: number;
}

/** The answer has changed; by a change of settings, `region` and the rest are null. */
export interface PostureChangedFact {
  readonly type: 'posture.changed';
  readonly at: number;
  /** What is forbidden now, sorted. */
  readonly forbidden: readonly string[];
  /** Who forbids what, and why. */
  readonly reasons: readonly Forbidden[];
  readonly quality: Readonly<Record<string, number>>;
  readonly region: string | null;
  readonly state: string | null;
  readonly why: string | null;
}

// Decisions

/** More than any tree of ours has; a bound, because the context is written into the journal. */
const subscriberCountMax = 256;

type Args = { readonly context: PostureContext; readonly event: PostureEvent };

const regionsAfter = ({ context, event }: Args): Regions => {
  if (event.type !== 'REGION_CHANGED') return context.regions;
  const { region, state, why, at } = event;
  return { ...context.regions, [region]: { state, why, at } };
};

const settingsAfter = ({ context, event }: Args): PostureSettings =>
  event.type === 'SETTINGS_CHANGED' ? event.settings : context.settings;

/** Each region is known by the last part of its path. */
const regionsAsked = (paths: readonly string[]): Regions =>
  Object.fromEntries(
    paths.map((path) => {
      const why = 'it has not told its state since the posture started again';
      return [path.slice(path.lastIndexOf('/') + 1), { state: 'unknown', why, at: 0 }];
    }),
  );

const meetAfter = (args: Args): Meet => meetOf(settingsAfter(args), regionsAfter(args));

const isRestricting = ({ forbidden, quality }: Meet): boolean =>
  forbidden.length > 0 || Object.keys(quality).length > 0;

/** A change of settings carries no time: the newest word of a region is the nearest. */
const timeOf = ({ context, event }: Args): number =>
  event.type === 'REGION_CHANGED'
    ? event.at
    : Math.max(0, ...Object.values(context.regions).map(({ at }) => at));

const answerOf = ({ context, event }: Args): PostureChanged => ({
  type: 'POSTURE_CHANGED',
  at: timeOf({ context, event }),
  forbidden: namesOf(context),
  quality: context.quality,
});

// Implementations

const postureSetup = setup({
  types: {
    input: {} as PostureInput,
    context: {} as PostureContext,
    events: {} as PostureEvent,
    emitted: {} as PostureEmitted,
    tags: {} as 'unrestricted' | 'restricted',
  },
  guards: {
    changesAnswer: (args) => !isSameAnswer(args.context, meetAfter(args)),
    restricts: ({ context }) => isRestricting(context),
    restrictsNothing: ({ context }) => !isRestricting(context),
  },
  actions: {
    meetRegions: assign((args) => ({
      settings: settingsAfter(args),
      regions: regionsAfter(args),
      ...meetAfter(args),
    })),
    announceChanged: emit(({ context, event }) => {
      const told = event.type === 'REGION_CHANGED' ? event : undefined;
      return {
        type: 'posture.changed' as const,
        at: timeOf({ context, event }),
        forbidden: namesOf(context),
        reasons: context.forbidden,
        quality: context.quality,
        region: told?.region ?? null,
        state: told?.state ?? null,
        why: told?.why ?? null,
      };
    }),
    tellSubscribers: enqueueActions(({ context, event, enqueue, system }) =>
      tell({ enqueue, system }, context.subscribers, answerOf({ context, event })),
    ),
    takeSubscriber: enqueueActions(({ context, event, enqueue, system }) => {
      if (event.type !== 'SUBSCRIBE') return;
      const { path } = event;
      const { subscribers } = context;
      if (!subscribers.includes(path)) {
        const isFull = subscribers.length >= subscriberCountMax;
        // Those who are gone make room: they ask again when they come back.
        const present = isFull ? subscribers.filter((one) => system.get(one)) : subscribers;
        if (present.length >= subscriberCountMax) {
          const at = timeOf({ context, event });
          enqueue.emit({ type: 'posture.subscriberRefused', at, path, subscriberCountMax });
          return;
        }
        enqueue.assign({ subscribers: [...present, path] });
      }
      tell({ enqueue, system }, [path], answerOf({ context, event }));
    }),
    dropSubscriber: assign({
      subscribers: ({ context, event }) =>
        event.type === 'UNSUBSCRIBE'
          ? context.subscribers.filter((one) => one !== event.path)
          : context.subscribers,
    }),
    askRegions: enqueueActions(({ context, enqueue, system }) =>
      tell({ enqueue, system }, context.ask, { type: 'REGION_ASKED' }),
    ),
  },
});

// Machine

const changed = ['meetRegions', 'announceChanged', 'tellSubscribers'] as const;

export const postureMachine = postureSetup.createMachine({
  id: 'posture',
  description: 'Answers "may I?" by the most restrictive of all regions.',
  context: ({ input: { settings, ask = [] } }) => {
    const regions = regionsAsked(ask);
    return { settings, ask, regions, subscribers: [], ...meetOf(settings, regions) };
  },
  entry: 'askRegions',
  initial: 'unrestricted',
  on: {
    // A region that goes away is heard no more: its last word holds.
    REGION_CHANGED: [{ guard: 'changesAnswer', actions: changed }, { actions: 'meetRegions' }],
    SETTINGS_CHANGED: [{ guard: 'changesAnswer', actions: changed }, { actions: 'meetRegions' }],
    SUBSCRIBE: { actions: 'takeSubscriber' },
    UNSUBSCRIBE: { actions: 'dropSubscriber' },
  },
  states: {
    unrestricted: { tags: 'unrestricted', always: { guard: 'restricts', target: 'restricted' } },
    restricted: {
      tags: 'restricted',
      always: { guard: 'restrictsNothing', target: 'unrestricted' },
    },
  },
});
