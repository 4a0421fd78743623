/** Why: one entry of a journal, or the life of one actor in it. */
import type { Turn } from '../engine/engine.ts';
import { type InputLine, isInput, type JournalLine } from '../journal/format.ts';
import { readJournal } from '../journal/read.ts';
import { feed } from '../replay/feed.ts';
import { JournalEmptyError, openReplay, type ReplayOptions } from '../replay/replay.ts';
import { entryView } from './entry-words.ts';
import { NotInJournalError } from './errors.ts';
import type { Explanation } from './explanation.ts';
import { type Lineage, lineageOf } from './lineage.ts';
import { type Story, type StoryQuery, storyOf } from './story.ts';
import { type Before, changesOf, effectsOf, takeBefore, timerChanges } from './turn-changes.ts';
import { TurnTrace } from './turn-trace.ts';

type Source = Parameters<typeof readJournal>[0];

/** One entry, as in `{ seq: 12 }`. */
export interface EntryQuery {
  readonly seq: number;
}

/** How to build the tree, as for `replayJournal`. */
export type ExplainOptions = Pick<ReplayOptions, 'tree' | 'children' | 'allowChanged' | 'onEntry'>;

/**
 * Explains one entry, or tells the story of one actor. Nothing of the outside runs; the journal is
 * replayed up to there, and what the replay does differently is in `divergence`.
 *
 * @param source folder of a journal, or anything that `readJournal` takes. A log is read twice.
 * @throws {NotInJournalError} for a seq or an actor that the journal does not have.
 * @throws {JournalEmptyError} when it has no entries.
 * @throws {JournalCorruptError} when it is damaged, up to its end.
 * @throws {MachineChangedError} when a chart has changed and `allowChanged` is not set.
 */
export function explain(
  source: Source,
  query: EntryQuery,
  options?: ExplainOptions,
): Promise<Explanation>;
export function explain(
  source: Source,
  query: StoryQuery,
  options?: ExplainOptions,
): Promise<Story>;
export function explain(
  source: Source,
  query: EntryQuery | StoryQuery,
  options: ExplainOptions = {},
): Promise<Explanation | Story> {
  return 'seq' in query
    ? explainEntry(source, query.seq, options)
    : storyOf(source, query, options);
}

async function explainEntry(
  source: Source,
  seq: number,
  options: ExplainOptions,
): Promise<Explanation> {
  const lineage = await lineageOf(readJournal(source), seq);
  const { entry, lastSeq } = lineage;
  if (lastSeq === 0) throw new JournalEmptyError('The journal has no entries: nothing to explain.');
  if (!entry) {
    throw new NotInJournalError(`There is no entry ${seq}: the journal has seq 1 to ${lastSeq}.`);
  }
  return traced(source, entry, lineage, options);
}

async function traced(
  source: Source,
  entry: InputLine,
  lineage: Lineage,
  options: ExplainOptions,
): Promise<Explanation> {
  let turn: Turn | undefined;
  let before: Before | undefined;
  const { core, lines } = await openReplay(source, options, (last) => {
    turn = last;
  });
  const trace = new TurnTrace(core);
  core.engine.kernel.trace = trace;
  const causes = new Map<number, InputLine>(lineage.causes.map((seq) => [seq, entry]));
  const watched = watching(lines, (input) => {
    if (causes.has(input.seq)) causes.set(input.seq, input);
    if (input.seq !== entry.seq) return;
    before = takeBefore(core);
    trace.isOn = true;
  });
  const { onEntry } = options;
  const fed = await feed(core, watched, { until: entry.seq, ...(onEntry ? { onEntry } : {}) });
  trace.isOn = false;
  const { later, laterCut, lastSeq } = lineage;
  const done = turn?.input.seq === entry.seq ? turn : undefined;
  const timers =
    done && before ? timerChanges(core, entry, before, later) : { set: [], cancelled: [] };
  const explanation: Explanation = {
    entry: entryView(entry),
    lastSeq,
    causes: lineage.causes.map((seq) => entryView(causes.get(seq)!)),
    causesLeftOut: lineage.causesLeftOut,
    happened: trace.happened,
    happenedLeftOut: trace.leftOut,
    changed: done && before ? changesOf(core, done, before) : [],
    record: recordOf(done),
    effects: done ? effectsOf(core, done, later) : [],
    timersSet: timers.set,
    timersCancelled: timers.cancelled,
    later: later.map(entryView),
    laterCut,
    divergence: fed.divergence,
  };
  core.dispose();
  return explanation;
}

/** Passes lines on, and tells of each entry just before it is replayed. */
async function* watching(
  lines: AsyncIterable<JournalLine>,
  entering: (input: InputLine) => void,
): AsyncGenerator<JournalLine, void> {
  for await (const line of lines) {
    if (isInput(line)) entering(line);
    yield line;
  }
}

function recordOf(turn: Turn | undefined): Explanation['record'] {
  const { down, dead, threw, timers } = turn?.line ?? {};
  return {
    ...(down ? { down } : {}),
    ...(dead ? { dead } : {}),
    ...(threw ? { threw } : {}),
    ...(timers ? { timers } : {}),
  };
}
