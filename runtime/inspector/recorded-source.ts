/** The journal of a run that is over, as the page sees it. */
import { packageVersion } from '../cli/package.ts';
import { Refusal } from '../http/problem.ts';
import { fileLog } from '../journal/file-log.ts';
import { type HeaderLine, isHeader } from '../journal/format.ts';
import { readJournal } from '../journal/read.ts';
import { JournalEmptyError, type ReplayOptions } from '../replay/replay.ts';
import { chartsInUse } from './charts.ts';
import type { JournalSource } from './cursor.ts';
import { historyOf } from './history.ts';
import { entryPage } from './pages.ts';
import { Past } from './past.ts';
import type { ChartView, EntryQuery, HistoryQuery, Moment, RunView, Vitals } from './protocol.ts';
import { RecordedTurns } from './recorded-turns.ts';
import { vitalsOf } from './rows.ts';
import type { InspectSource } from './source.ts';

export interface RecordedOptions
  extends Pick<ReplayOptions, 'children' | 'allowChanged' | 'nameable'> {
  /** Builds the tree of the journal; it throws when it does not know the journal's host. */
  readonly tree?: ReplayOptions['tree'];
  /** Ends what is being read or replayed: nobody waits for it any more. */
  readonly signal?: AbortSignal;
}

/** Where a recorded journal ends, and what is known there. */
interface End {
  readonly moment: Moment;
  readonly vitals: Vitals;
  readonly charts: ReadonlyMap<string, ChartView>;
  /** Why nothing can be replayed; undefined when it can. */
  readonly why?: string;
}

/**
 * Opens a recorded journal at its end. Where its machines are unknown, or do something else than
 * the journal says, only its turns are shown.
 *
 * @throws {JournalCorruptError} when it is damaged.
 * @throws {JournalUnavailableError} when the folder holds no journal.
 * @throws {JournalEmptyError} when it has no header.
 */
export async function openRecorded(
  journal: JournalSource,
  options: RecordedOptions = {},
): Promise<RecordedSource> {
  const log = typeof journal === 'string' ? fileLog(journal) : journal;
  const { lastSeq } = await log.head();
  const header = await headerOf(journal);
  const past = new Past(journal, options);
  const turns = new RecordedTurns(journal, options.signal);
  const end = await endOf(past, turns, lastSeq);
  return new RecordedSource(journal, header, end, past, turns);
}

async function headerOf(journal: JournalSource): Promise<HeaderLine> {
  for await (const line of readJournal(journal)) {
    if (isHeader(line)) return line;
    break;
  }
  throw new JournalEmptyError('The journal is empty: nothing to show.');
}

async function endOf(past: Past, turns: RecordedTurns, lastSeq: number): Promise<End> {
  try {
    const moment = await past.moment(lastSeq);
    const [vitals, charts] = await past.at(lastSeq, (core) => [vitalsOf(core), chartsInUse(core)]);
    return { moment, vitals, charts };
  } catch (error) {
    const moment = await turns.moment(lastSeq);
    const why = (error as Error).message;
    return { moment, vitals: { forbidden: [], alertCount: 0 }, charts: chartsInUse(), why };
  }
}

export class RecordedSource implements InspectSource {
  readonly mode = 'recorded';
  /** Why only the turns are known; undefined when all is. */
  readonly why: string | undefined;
  readonly run: RunView;
  private readonly journal: JournalSource;
  private readonly end: End;
  private readonly past: Past;
  private readonly turns: RecordedTurns;

  /** Use `openRecorded`. */
  constructor(
    journal: JournalSource,
    { id, host, seed }: HeaderLine,
    end: End,
    past: Past,
    turns: RecordedTurns,
  ) {
    this.journal = journal;
    this.run = { id, host, seed, version: packageVersion() };
    this.end = end;
    this.why = end.why;
    this.past = past;
    this.turns = turns;
  }

  get hasMachines(): boolean {
    return this.why === undefined;
  }

  head() {
    const { actors: _, ...head } = this.end.moment;
    return head;
  }

  actors() {
    return this.end.moment.actors;
  }

  vitals(): Vitals {
    return this.end.vitals;
  }

  machines(): readonly string[] {
    return [...new Set([...this.end.charts.values()].map(({ chart }) => chart.id))].sort();
  }

  chart(machine: string): ChartView {
    const found = this.end.charts.get(machine);
    if (found) return found;
    throw new Refusal(404, 'NOT_FOUND', `There is no machine '${machine}'.`);
  }

  moment(seq: number) {
    return this.known.moment(seq);
  }

  detail(path: string, seq: number | 'now') {
    return this.known.detail(path, seq === 'now' ? this.end.moment.seq : seq);
  }

  difference(path: string, seq: number) {
    return this.known.difference(path, seq);
  }

  entries(query: EntryQuery) {
    return entryPage(this.journal, query, this.end.moment.seq);
  }

  async explain(seq: number) {
    if (this.hasMachines) return this.past.explain(seq);
    const text = `Nothing can be replayed, so that nothing can be explained: ${this.why}`;
    throw new Refusal(409, 'MACHINES_UNKNOWN', text);
  }

  history(query: HistoryQuery) {
    return historyOf(this.journal, query, this.end.moment.seq);
  }

  messages(from: number, until: number) {
    return this.known.messages(from, until);
  }

  close(): void {
    this.past.close();
  }

  private get known(): Past | RecordedTurns {
    return this.hasMachines ? this.past : this.turns;
  }
}
