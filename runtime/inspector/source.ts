/** What the page is about: a runtime that lives, or the journal of one. */
import type { Turn } from '../engine/engine.ts';
import type {
  ActorRow,
  Answers,
  ChangedRow,
  ChartView,
  Detail,
  Difference,
  EntryPage,
  EntryQuery,
  Head,
  History,
  HistoryQuery,
  Messages,
  Moment,
  RunView,
  Vitals,
} from './protocol.ts';

/** Everything that is shown. Secrets are left out of all of it, and long values are cut. */
export interface InspectSource {
  readonly mode: 'live' | 'recorded';
  readonly run: RunView;
  /** False: only what the turns of the journal say is known, and nothing can be replayed. */
  readonly hasMachines: boolean;
  head(): Head;
  /** The tree, parents before children. */
  actors(): readonly ActorRow[];
  /**
   * What of a place of the tree differs from the row that was told, which is brought up to date;
   * undefined when there is none at the path.
   */
  row?(path: string, told: ChangedRow | undefined): ChangedRow | undefined;
  /** Calls back after each turn, until undone; absent where no turns come. */
  watch?(observe: (turn: Turn) => void): () => void;
  vitals(): Vitals;
  /** Ids of the charts that are known. */
  machines(): readonly string[];
  /** @throws {Refusal} when there is no such chart. */
  chart(machine: string): ChartView;
  /** The tree after a turn; 0: before the first. */
  moment(seq: number): Promise<Moment>;
  /** @throws {Refusal} when nobody is, or was, at the path. */
  detail(path: string, seq: number | 'now'): Promise<Detail>;
  difference(path: string, seq: number): Promise<Difference>;
  entries(query: EntryQuery): Promise<EntryPage>;
  /** @throws {NotInJournalError} when there is no such entry. */
  explain(seq: number): Promise<Answers['explain']>;
  /** Messages of the entries from one to another, at most 200 entries. */
  messages(from: number, until: number): Promise<Messages>;
  /** Numbers, states and facts along the journal. */
  history(query: HistoryQuery): Promise<History>;
  /** Lets go of what it holds for those who watched; it can be asked again. */
  close(): void;
}
