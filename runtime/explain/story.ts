/** The life of one actor in a journal: starts, ends, changes of state, facts, in time order. */
import type { Json } from '../journal/format.ts';
import type { readJournal } from '../journal/read.ts';
import type { Divergence } from '../replay/divergence.ts';
import { feed } from '../replay/feed.ts';
import { JournalEmptyError, openReplay } from '../replay/replay.ts';
import { nearest } from '../settings/nearest.ts';
import { NotInJournalError } from './errors.ts';
import type { Judgement } from './evidence.ts';
import type { ExplainOptions } from './explain.ts';
import { Teller } from './teller.ts';

export interface StoryQuery {
  /** Path of the actor. */
  readonly actor: string;
  /** First and last seq. */
  readonly from?: number | undefined;
  readonly until?: number | undefined;
  /** The last so many incidents are told; 200 by default. */
  readonly limit?: number | undefined;
}

/** One thing in the life of an actor. */
export type Incident = {
  readonly seq: number;
  readonly at: number;
  readonly time: string;
  /** Which start of this path, from 0. */
  readonly incarnation: number;
} /** `during`: the entry, in words. */ & (
  | { readonly kind: 'started'; readonly to: Json; readonly during: string }
  | {
      readonly kind: 'ended';
      readonly how: string;
      readonly why?: string;
      readonly during: string;
    }
  | {
      readonly kind: 'changed';
      readonly from?: Json;
      readonly to: Json;
      readonly on: string;
      /** Path of who sent the event; '' for the runtime, absent for the outside. */
      readonly by?: string;
    }
  | { readonly kind: 'fact'; readonly fact: Json; readonly judgement?: Judgement }
);

export interface Story {
  readonly actor: string;
  /** Id of its machine; kind of logic for others. */
  readonly machine: string;
  /** The last entry that was read. */
  readonly lastSeq: number;
  readonly incidents: readonly Incident[];
  /** Earlier ones, which the limit left out. */
  readonly leftOut: number;
  /** Set when the replay did something else than the journal says: the story ends there. */
  readonly divergence: Divergence | undefined;
}

export async function storyOf(
  source: Parameters<typeof readJournal>[0],
  query: StoryQuery,
  options: ExplainOptions,
): Promise<Story> {
  const { core, lines } = await openReplay(source, options, (turn) => teller.turned(turn));
  const teller: Teller = new Teller(core, query);
  core.engine.kernel.trace = teller;
  const { onEntry } = options;
  const { until } = query;
  const fed = await feed(core, teller.watching(lines), { until, ...(onEntry ? { onEntry } : {}) });
  const lastSeq = core.engine.seq;
  core.engine.kernel.trace = undefined;
  core.dispose();
  const { divergence } = fed;
  if (lastSeq === 0 && !divergence) {
    throw new JournalEmptyError('The journal has no entries: nothing to explain.');
  }
  const { machine, paths } = teller;
  if (machine === undefined && !divergence) throw unknownActor(query.actor, lastSeq, paths);
  const { told, leftOut } = teller;
  return {
    actor: query.actor,
    machine: machine ?? 'unknown',
    lastSeq,
    incidents: told,
    leftOut,
    divergence,
  };
}

/** Paths that somebody may have meant, also by their last names alone. */
function nearestPaths(actor: string, paths: readonly string[]): readonly string[] {
  const names = actor.split('/').filter(Boolean);
  const endOf = (path: string) => path.split('/').slice(-names.length).join('/');
  const end = nearest(names.join('/'), paths.map(endOf));
  const near = nearest(actor, paths);
  return near ? [near] : end === undefined ? [] : paths.filter((path) => endOf(path) === end);
}

function unknownActor(actor: string, lastSeq: number, paths: ReadonlySet<string>) {
  const meant = nearestPaths(actor, [...paths]).slice(0, 3);
  const some = [...paths].slice(0, 8).join(', ');
  const hint =
    meant.length > 0
      ? `Did you mean ${meant.map((path) => `'${path}'`).join(' or ')}?`
      : `There are ${some}${paths.size > 8 ? ' and others' : ''}; 'kintsugi tree' shows all.`;
  return new NotInJournalError(`No actor ran at '${actor}' up to seq ${lastSeq}. ${hint}`);
}
