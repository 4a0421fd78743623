/**
 * Posture: the one answer to "may I?".
 *
 * States: `unrestricted` (nothing is forbidden or reduced) and `restricted`. Regions (degradation,
 * safety, trading mode, more later) tell their states; what is allowed is the meet of them all.
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
  | { readonly type: 'SETTINGS_CHANGED'; readonly settings: PostureSettings };

/** The answer has changed; by a change of settings, `region` and the rest are null. */
export interface PostureEmitted {
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
    askRegions: enqueueActions(({ context, enqueue, system }) =>
      tell({ enqueue, system }, context.ask, { type: 'REGION_ASKED' }),
    ),
  },
});

// Machine

export const postureMachine = postureSetup.createMachine({
  id: 'posture',
  description: 'Answers "may I?" by the most restrictive of all regions.',
  context: ({ input: { settings, ask = [] } }) => {
    const regions = regionsAsked(ask);
    return { settings, ask, regions, ...meetOf(settings, regions) };
  },
  entry: 'askRegions',
  initial: 'unrestricted',
  on: {
    // A region that goes away is heard no more: its last word holds.
    REGION_CHANGED: [
      { guard: 'changesAnswer', actions: ['meetRegions', 'announceChanged'] },
      { actions: 'meetRegions' },
    ],
    SETTINGS_CHANGED: [
      { guard: 'changesAnswer', actions: ['meetRegions', 'announceChanged'] },
      { actions: 'meetRegions' },
    ],
  },
  states: {
    unrestricted: { tags: 'unrestricted', always: { guard: 'restricts', target: 'restricted' } },
    restricted: {
      tags: 'restricted',
      always: { guard: 'restrictsNothing', target: 'unrestricted' },
    },
  },
});
